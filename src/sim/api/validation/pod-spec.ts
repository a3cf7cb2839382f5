// Pod specs, in pods and in templates (models ValidatePodSpec). The order of the checks is the order of the errors.
import type { ObjectMeta, PodDNSConfig, PodResourceClaim, PodSpec, Volume } from '../generated/types.ts';
import { internalForm } from '../internal-form.ts';
import { compareQuantities, formatQuantity, parseQuantity } from '../quantity.ts';
import { aggregateResources } from '../defaults/resources.ts';
import { validateAffinity, validateTolerations, validateTopologySpread } from './affinity.ts';
import type { PodContext } from './containers.ts';
import { validateContainers, validateEphemeralContainers, validateInitContainers } from './containers.ts';
import type { Errors, Path } from './field.ts';
import { byteLength } from './field.ts';
import { validateLegacyIp } from './ip.ts';
import { validateLabels } from './metadata.ts';
import { dns1123Label, dns1123Subdomain, dns1123SubdomainWithUnderscore, qualifiedName, rangeMessage } from './names.ts';
import { isHugePage, validateContainerResourceName, validatePodResourceName, validateRequirements } from './resources.ts';
import { validatePodSecurity } from './security.ts';
import { visitContainers } from './visit.ts';
import { validateVolumes } from './volumes.ts';
import { validateHostProcess, validateOperatingSystem } from './windows.ts';

export interface PodSpecRules {
  /** The pod's metadata; templates have none. */
  readonly meta?: ObjectMeta;
  readonly isPod: boolean;
}

const maxInt32 = 2_147_483_647;
const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const preemptionPolicies = ['PreemptLowerPriority', 'Never'];

export function validatePodSpec(spec: PodSpec, rules: PodSpecRules, path: Path, errors: Errors): void {
  if (spec.terminationGracePeriodSeconds === undefined) errors.required(path.child('terminationGracePeriodSeconds'));
  const volumes = validateVolumes(spec.volumes, rules, path.child('volumes'), errors);
  const context: PodContext = { spec, volumes, claimNames: claimNamesOf(spec), hostUsers: spec.hostUsers ?? true };
  if (spec.resourceClaims) validateResourceClaims(spec.resourceClaims, path.child('resourceClaims'), errors);
  validateContainers(context, path.child('containers'), errors);
  if (spec.initContainers) validateInitContainers(context, path.child('initContainers'), errors);
  validateEphemeralContainers(context, path.child('ephemeralContainers'), errors);
  if (spec.resources) validatePodResources(spec, context.claimNames, path, errors);
  validateHostNetworkPorts(spec, rules.isPod, path.child('containers'), errors);
  validateChoice(spec.restartPolicy ?? '', restartPolicies, path.child('restartPolicy'), errors);
  validateChoice(spec.dnsPolicy ?? '', dnsPolicies, path.child('dnsPolicy'), errors);
  if (spec.nodeSelector) validateLabels(spec.nodeSelector, path.child('nodeSelector'), errors);
  validatePodSecurity(spec, path.child('securityContext'), errors);
  if (spec.affinity) validateAffinity(spec.affinity, path.child('affinity'), errors);
  validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, path.child('dnsConfig'), errors);
  spec.readinessGates?.forEach(({ conditionType }, i) => errors.invalidAll(path.child('readinessGates').index(i).child('conditionType'), conditionType, qualifiedName(conditionType)));
  validateSchedulingGates(spec, path.child('schedulingGates'), errors);
  if (spec.topologySpreadConstraints) validateTopologySpread(spec.topologySpreadConstraints, path.child('topologySpreadConstraints'), errors);
  validateHostProcess(spec, path, errors);
  if (spec.hostUsers === false) validateOwnUsers(spec, path, errors);
  if (spec.hostnameOverride !== undefined) validateHostnameOverride(spec, spec.hostnameOverride, path.child('hostnameOverride'), errors);
  validateNames(spec, path, errors);
  validateOperatingSystem(spec, path, errors);
  validateFileKeyVolumes(spec, path, errors);
}

function claimNamesOf(spec: PodSpec): readonly string[] {
  return spec.resourceClaims?.map(({ name }) => name).filter((name) => name !== '') ?? [];
}

function validateChoice(value: string, choices: readonly string[], path: Path, errors: Errors): void {
  if (value === '') errors.required(path);
  else if (!choices.includes(value)) errors.notSupported(path, value, choices);
}

function validateName(name: string | undefined, rule: (name: string) => readonly string[], path: Path, errors: Errors): void {
  if (name) errors.invalidAll(path, name, rule(name));
}

/** Single names and numbers, and what follows them. */
function validateNames(spec: PodSpec, path: Path, errors: Errors): void {
  validateName(spec.serviceAccountName, dns1123Subdomain, path.child('serviceAccountName'), errors);
  validateName(spec.nodeName, dns1123Subdomain, path.child('nodeName'), errors);
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > maxInt32)) errors.invalid(path.child('activeDeadlineSeconds'), deadline, rangeMessage(1, maxInt32));
  validateName(spec.hostname, dns1123Label, path.child('hostname'), errors);
  validateName(spec.subdomain, dns1123Label, path.child('subdomain'), errors);
  if (spec.tolerations) validateTolerations(spec.tolerations, path.child('tolerations'), errors);
  spec.hostAliases?.forEach(({ ip, hostnames }, i) => {
    const at = path.child('hostAliases').index(i);
    validateLegacyIp(ip, at.child('ip'), errors);
    hostnames?.forEach((name, j) => errors.invalidAll(at.child('hostnames').index(j), name, dns1123Subdomain(name)));
  });
  validateName(spec.priorityClassName, dns1123Subdomain, path.child('priorityClassName'), errors);
  const runtimeClass = spec.runtimeClassName;
  if (runtimeClass !== undefined) errors.invalidAll(path.child('runtimeClassName'), runtimeClass, dns1123Subdomain(runtimeClass));
  if (spec.preemptionPolicy !== undefined) validateChoice(spec.preemptionPolicy, preemptionPolicies, path.child('preemptionPolicy'), errors);
  if (spec.overhead !== undefined) validateRequirements({ limits: spec.overhead }, validateContainerResourceName, [], path.child('overhead'), errors);
}

function validateResourceClaims(claims: readonly PodResourceClaim[], path: Path, errors: Errors): void {
  const seen = new Set<string>();
  claims.forEach((claim, i) => {
    const at = path.index(i);
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    if (name === '') errors.required(at.child('name'));
    else if (seen.has(name)) errors.duplicate(at.child('name'), name);
    else errors.invalidAll(at.child('name'), name, dns1123Label(name));
    seen.add(name);
    const shown = (): unknown => internalForm(claim, 'core.PodResourceClaim');
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) errors.invalid(at, shown(), 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified');
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) errors.invalid(at, shown(), 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`');
    if (resourceClaimName !== undefined) errors.invalidAll(at.child('resourceClaimName'), resourceClaimName, dns1123Subdomain(resourceClaimName));
    if (resourceClaimTemplateName !== undefined) errors.invalidAll(at.child('resourceClaimTemplateName'), resourceClaimTemplateName, dns1123Subdomain(resourceClaimTemplateName));
  });
}

/** The pod's own requests and limits, against those of its containers. */
function validatePodResources(spec: PodSpec, claimNames: readonly string[], path: Path, errors: Errors): void {
  const own = spec.resources ?? {};
  const at = path.child('resources');
  if (spec.os?.name === 'windows') {
    errors.forbidden(at, 'may not be set for a windows pod');
    return;
  }
  if (own.claims) errors.forbidden(at.child('claims'), 'claims may not be set for Resources at pod-level');
  validateRequirements(own, validatePodResourceName, claimNames, at, errors);
  for (const kind of ['requests', 'limits'] as const) {
    for (const [name, sum] of Object.entries(aggregateResources(spec, kind))) {
      const mine = own[kind]?.[name];
      if (mine === undefined || (kind === 'limits' && !isHugePage(name))) continue;
      if (compareQuantities(sum, parseQuantity(mine)) > 0) errors.invalid(at.child(kind).key(name), mine, `must be greater than or equal to aggregate container ${kind} of ${formatQuantity(sum)}`);
    }
  }
  spec.containers.forEach((container, i) => {
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const mine = own.limits?.[name];
      if (mine !== undefined && compareQuantities(parseQuantity(limit), parseQuantity(mine)) > 0) {
        errors.invalid(at.child('containers').index(i).key(name).child('limits'), limit, `must be less than or equal to pod limits of ${mine}`);
      }
    }
  });
}

function validateHostNetworkPorts(spec: PodSpec, isPod: boolean, path: Path, errors: Errors): void {
  if (spec.hostNetwork !== true) return;
  spec.containers?.forEach((container, i) => {
    container.ports?.forEach((port, j) => {
      const host = port.hostPort ?? 0;
      if ((isPod || host !== 0) && host !== port.containerPort) errors.invalid(path.index(i).child('ports').index(j).child('hostPort'), host, 'must match `containerPort` when `hostNetwork` is true');
    });
  });
}

function validateDnsConfig(config: PodDNSConfig | undefined, policy: string | undefined, path: Path, errors: Errors): void {
  if (policy === 'None') {
    if (config === undefined) errors.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None');
    else if (!config.nameservers || config.nameservers.length === 0) errors.required(path.child('nameservers'), 'must provide at least one DNS nameserver when `dnsPolicy` is None');
    if (!config?.nameservers?.length) return;
  }
  if (config === undefined) return;
  const servers = config.nameservers ?? [];
  const searches = config.searches ?? [];
  if (servers.length > 3) errors.invalid(path.child('nameservers'), servers, 'must not have more than 3 nameservers');
  servers.forEach((server, i) => validateLegacyIp(server, path.child('nameservers').index(i), errors));
  if (searches.length > 32) errors.invalid(path.child('searches'), searches, 'must not have more than 32 search paths');
  if (byteLength(searches.join(' ')) > 2048) errors.invalid(path.child('searches'), searches, 'must not have more than 2048 characters (including spaces) in the search list');
  searches.forEach((search, i) => {
    const name = search.replace(/\.$/, '');
    if (search !== '.') errors.invalidAll(path.child('searches').index(i), name, dns1123SubdomainWithUnderscore(name));
  });
  config.options?.forEach(({ name }, i) => {
    if (!name) errors.required(path.child('options').index(i), 'must not be empty');
  });
}

function validateSchedulingGates(spec: PodSpec, path: Path, errors: Errors): void {
  const seen = new Set<string>();
  spec.schedulingGates?.forEach(({ name }, i) => {
    errors.invalidAll(path.index(i), name, qualifiedName(name));
    if (seen.has(name)) errors.duplicate(path.index(i), name);
    seen.add(name);
  });
}

/** A pod with users of its own cannot share the host's namespaces. */
function validateOwnUsers(spec: PodSpec, path: Path, errors: Errors): void {
  const detail = 'when `hostUsers` is false';
  if (spec.hostNetwork) errors.forbidden(path.child('hostNetwork'), detail);
  if (spec.hostPID) errors.forbidden(path.child('HostPID'), detail);
  if (spec.hostIPC) errors.forbidden(path.child('HostIPC'), detail);
  visitContainers(spec, path, (container, at) => {
    if (container.volumeDevices) errors.forbidden(at.child('volumeDevices'), detail);
  });
}

function validateHostnameOverride(spec: PodSpec, name: string, path: Path, errors: Errors): void {
  if (spec.setHostnameAsFQDN === true) errors.forbidden(path, 'may not be specified when setHostnameAsFQDN is true');
  if (spec.hostNetwork === true) errors.forbidden(path, 'may not be specified when hostNetwork is true');
  if (byteLength(name) > 64) errors.tooLong(path, 64);
  errors.invalidAll(path, name, dns1123Subdomain(name));
}

/** Environment files live in emptyDir volumes. */
function validateFileKeyVolumes(spec: PodSpec, path: Path, errors: Errors): void {
  visitContainers(spec, path, (container, at) => {
    container.env?.forEach((variable, i) => {
      const name = variable.valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) return;
      const volume: Volume | undefined = spec.volumes?.find((candidate) => candidate.name === name);
      const where = at.child('env').index(i).child('valueFrom').child('fileKeyRef').child('volumeName');
      if (volume === undefined) errors.notFound(where, name);
      else if (volume.emptyDir === undefined) errors.invalid(where, name, 'referenced volume must be of type emptyDir');
    });
  });
}
