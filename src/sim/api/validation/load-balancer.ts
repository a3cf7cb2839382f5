// Addresses of load balancers in the statuses of Services and Ingresses (models ValidateLoadBalancerStatus).
import type { LoadBalancerIngress } from '../generated/types.ts';
import type { Errors } from './field.ts';
import { Path } from './field.ts';
import { parseIp, validateLegacyIp } from './ip.ts';
import { dns1123Subdomain } from './names.ts';

export const ingressPath = new Path('status').child('loadBalancer').child('ingress');
const modes = ['Proxy', 'VIP'];

export function validateLoadBalancerAddress(ingress: { readonly ip?: string; readonly hostname?: string }, before: readonly string[], path: Path, errors: Errors): void {
  if (ingress.ip) validateLegacyIp(ingress.ip, path.child('ip'), errors, before);
  const { hostname } = ingress;
  if (!hostname) return;
  errors.invalidAll(path.child('hostname'), hostname, dns1123Subdomain(hostname));
  if (parseIp(hostname) !== undefined) errors.invalid(path.child('hostname'), hostname, 'must be a DNS name, not an IP address');
}

export function validateServiceAddresses(next: readonly LoadBalancerIngress[], old: readonly LoadBalancerIngress[], errors: Errors): void {
  const before = old.flatMap(({ ip }) => (ip ? [ip] : []));
  next.forEach((ingress, i) => {
    const at = ingressPath.index(i);
    const mode = ingress.ipMode;
    if (ingress.ip) validateLegacyIp(ingress.ip, at.child('ip'), errors, before);
    if (mode === undefined) {
      if (ingress.ip) errors.required(at.child('ipMode'), 'must be specified when `ip` is set');
    } else if (!ingress.ip) {
      errors.forbidden(at.child('ipMode'), 'may not be specified when `ip` is not set');
    } else if (!modes.includes(mode)) {
      errors.notSupported(at.child('ipMode'), mode, modes);
    }
    validateLoadBalancerAddress({ hostname: ingress.hostname ?? '' }, before, at, errors);
  });
}
