// What a status update of a pod may say (models ValidatePodStatusUpdate).
import type { UpdateChecks } from '../kinds/define.ts';
import type { Container, ContainerStatus, Pod, PodSpec } from '../generated/types.ts';
import type { Errors } from './field.ts';
import { Path } from './field.ts';
import { isIpv4, parseIp, validateLegacyIp } from './ip.ts';
import { immutable } from './metadata.ts';
import { qualifiedName, subdomainName } from './names.ts';
import { validateAnnotationUpdates } from './pod-update.ts';

const statusPath = new Path('status');
const conditionsPath = statusPath.child('conditions');
const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);
const mayNotReturn = 'may not be transitioned to non-terminated state';

export function validatePodStatusUpdate(next: Pod, old: Pod, errors: Errors, checks: UpdateChecks): void {
  checks.metadata();
  if (next.metadata.annotations !== old.metadata.annotations) validateAnnotationUpdates(next, old, errors);
  const status = next.status ?? {};
  const before = old.status ?? {};
  status.conditions?.forEach((condition, i) => {
    if ((condition.observedGeneration ?? 0) < 0) errors.invalid(conditionsPath.index(i).child('observedGeneration'), condition.observedGeneration, 'must be a non-negative integer');
    if (!systemConditions.has(condition.type)) errors.invalidAll(conditionsPath.index(i).child('Type'), condition.type, qualifiedName(condition.type));
  });
  validateNominatedNode(status.nominatedNodeName ?? '', before.nominatedNodeName ?? '', old.spec?.nodeName ?? '', errors);
  if ((status.observedGeneration ?? 0) < 0) errors.invalid(statusPath.child('observedGeneration'), status.observedGeneration, 'must be a non-negative integer');
  immutable(status.qosClass ?? '', before.qosClass ?? '', statusPath.child('qosClass'), errors);
  validateContainerStates(next, old, errors);
  validateClaimStatuses(next, errors);
  validateAddresses(status.podIPs, before.podIPs, 'podIPs', errors);
  const hostIP = status.hostIPs?.[0]?.ip;
  if (hostIP !== undefined && (status.hostIP ?? '') !== hostIP) errors.invalid(statusPath.child('hostIPs').index(0).child('ip'), hostIP, 'must be equal to `hostIP`');
  validateAddresses(status.hostIPs, before.hostIPs, 'hostIPs', errors);
}

function validateNominatedNode(name: string, before: string, boundTo: string, errors: Errors): void {
  if (name === '' || name === before) return;
  const path = statusPath.child('nominatedNodeName');
  errors.invalidAll(path, name, subdomainName(name, false));
  if (boundTo !== '') errors.forbidden(path, 'may not be set on pods that are already bound to a node');
}

/** Containers that have ended for good stay ended. */
function validateContainerStates(next: Pod, old: Pod, errors: Errors): void {
  const spec: PodSpec = old.spec ?? { containers: [] };
  const before = old.status;
  if (!allCouldRestart(spec)) {
    validateTransitions(next.status?.containerStatuses, before?.containerStatuses, spec.containers, spec, statusPath.child('containerStatuses'), errors);
    validateTransitions(next.status?.initContainerStatuses, before?.initContainerStatuses, spec.initContainers ?? [], spec, statusPath.child('initContainerStatuses'), errors);
  }
  const path = statusPath.child('ephemeralContainerStatuses');
  before?.ephemeralContainerStatuses?.forEach((status, i) => {
    if (status.state?.terminated === undefined) return;
    for (const { name, state } of next.status?.ephemeralContainerStatuses ?? []) {
      if (name === status.name && state?.terminated === undefined) errors.forbidden(path.index(i).child('state'), mayNotReturn);
    }
  });
}

function allCouldRestart(spec: PodSpec): boolean {
  const restartsAll = (container: Container): boolean => container.restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers') === true;
  return spec.containers.some(restartsAll) || (spec.initContainers ?? []).some(restartsAll);
}

function validateTransitions(next: readonly ContainerStatus[] | undefined, old: readonly ContainerStatus[] | undefined, containers: readonly Container[], spec: PodSpec, path: Path, errors: Errors): void {
  old?.forEach((status, i) => {
    const ended = status.state?.terminated;
    if (ended === undefined) return;
    const now = next?.find(({ name, state }) => name === status.name && state?.terminated === undefined);
    if (now === undefined) return;
    const container = containers.find(({ name }) => name === status.name);
    if (container === undefined || !shouldRestart(container, spec, ended.exitCode)) errors.forbidden(path.index(i).child('state'), mayNotReturn);
  });
}

/** Whether a container starts again after it ended with an exit code (models podutil.ContainerShouldRestart). */
export function shouldRestart(container: Container, spec: PodSpec, exitCode: number): boolean {
  if (container.restartPolicy !== undefined) {
    const rule = container.restartPolicyRules?.find(({ exitCodes }) => exitCodes !== undefined
      && (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === 'In'));
    if (rule !== undefined) return true;
  }
  const policy = container.restartPolicy ?? spec.restartPolicy;
  if (policy === 'Never') return false;
  return policy !== 'OnFailure' || exitCode !== 0;
}

function validateClaimStatuses(pod: Pod, errors: Errors): void {
  const seen = new Set<string>();
  pod.status?.resourceClaimStatuses?.forEach(({ name, resourceClaimName }, i) => {
    const at = statusPath.child('resourceClaimStatuses').index(i);
    if (!pod.spec?.resourceClaims?.some((claim) => claim.name === name)) errors.invalid(at.child('name'), name, 'must match the name of an entry in `spec.resourceClaims`');
    if (seen.has(name)) errors.duplicate(at.child('name'), name);
    seen.add(name);
    if (resourceClaimName !== undefined) errors.invalidAll(at.child('resourceClaimName'), resourceClaimName, subdomainName(resourceClaimName, false));
  });
}

/** At most one address of each family. */
function validateAddresses(next: readonly { readonly ip: string }[] | undefined, old: readonly { readonly ip: string }[] | undefined, field: 'podIPs' | 'hostIPs', errors: Errors): void {
  if (next === undefined || next === old) return;
  const path = statusPath.child(field);
  const before = (old ?? []).map(({ ip }) => ip);
  next.forEach(({ ip }, i) => validateLegacyIp(ip, path.index(i), errors, before));
  if (next.length <= 1) return;
  const parsed = next.map(({ ip }) => parseIp(ip));
  const bad = next.find((_, i) => parsed[i] === undefined);
  if (bad !== undefined) errors.internal(path, `failed to check for dual stack with error:invalid IP address: ${bad.ip}`);
  const bothFamilies = bad === undefined && parsed.some((ip) => ip !== undefined && isIpv4(ip)) && parsed.some((ip) => ip !== undefined && !isIpv4(ip));
  if (!bothFamilies || next.length > 2) errors.invalid(path, next.map(({ ip }) => ({ IP: ip })), 'may specify no more than one IP for each IP family');
}
