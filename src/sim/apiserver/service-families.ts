// IP families of Services in a cluster that has IPv4 only (models core/service/storage's initIPFamilyFields).
import type { Service, ServiceSpec } from '../api/generated/types.ts';
import { Errors, Path } from '../api/validation/field.ts';
import { parseIp, isIpv4 } from '../api/validation/ip.ts';
import { validateClusterIps } from '../api/validation/service.ts';
import { Refusal, invalid } from './status.ts';

type Family = 'IPv4' | 'IPv6';

const CONFIGURED: Family = 'IPv4';
const specPath = new Path('spec');
const policyPath = specPath.child('ipFamilyPolicy');

/** The Service with its ipFamilies and ipFamilyPolicy. Throws Refusal (422) if the cluster cannot give what it asks for. */
export function withFamilies(service: Service, old: Service | undefined): Service {
  const spec = service.spec ?? {};
  if (spec.type === 'ExternalName') return service;
  // Headless and without a selector: nobody knows the families of its endpoints.
  const isFree = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? old?.spec?.ipFamilyPolicy ?? (isFree ? 'RequireDualStack' : 'SingleStack');
  refuse(service, (errors) => validateClusterIps({ ...spec, ipFamilyPolicy }, old?.spec?.clusterIPs ?? [], errors));
  let families: Family[] = [];
  refuse(service, (errors) => {
    if (ipFamilyPolicy === 'SingleStack') validateSingle(spec, errors);
    families = familiesFor(spec, errors);
  });
  if (families.length === 0) families = [CONFIGURED];
  if (!isFree) refuse(service, (errors) => validateConfigured(families, ipFamilyPolicy, errors));
  else if (families.length < 2 && ipFamilyPolicy !== 'SingleStack') families = [...families, families[0] === 'IPv4' ? 'IPv6' : 'IPv4'];
  if (spec.ipFamilyPolicy === ipFamilyPolicy && spec.ipFamilies?.length === families.length) return service;
  return { ...service, spec: { ...spec, ipFamilyPolicy, ipFamilies: families } };
}

function refuse(service: Service, check: (errors: Errors) => void): void {
  const errors = new Errors();
  check(errors);
  if (errors.length > 0) throw new Refusal(invalid('', 'Service', service.metadata.name ?? '', errors.list));
}

function validateSingle({ clusterIPs = [], ipFamilies = [] }: ServiceSpec, errors: Errors): void {
  const needed = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
  if (clusterIPs.length === 2) errors.invalid(policyPath, 'SingleStack', `${needed} cluster IPs are specified`);
  if (ipFamilies.length === 2) errors.invalid(policyPath, 'SingleStack', `${needed} IP families are specified`);
}

/** The families that are asked for, and those of the addresses that are. */
function familiesFor({ clusterIPs = [], ipFamilies = [] }: ServiceSpec, errors: Errors): Family[] {
  const families = [...ipFamilies] as Family[];
  for (const [i, text] of clusterIPs.entries()) {
    if (text === 'None') break;
    const ip = parseIp(text);
    const family: Family = ip === undefined || isIpv4(ip) ? 'IPv4' : 'IPv6';
    if (i < families.length) continue;
    if (family === CONFIGURED) families.push(family);
    else errors.invalid(specPath.child('clusterIPs').index(i), clusterIPs, `${family} is not configured on this cluster`);
  }
  return families;
}

function validateConfigured(families: readonly Family[], policy: string, errors: Errors): void {
  if (policy === 'RequireDualStack') errors.invalid(policyPath, policy, 'this cluster is not configured for dual-stack services');
  families.forEach((family, i) => {
    if (family !== CONFIGURED) errors.invalid(specPath.child('ipFamilies').index(i), family, 'not configured on this cluster');
  });
}
