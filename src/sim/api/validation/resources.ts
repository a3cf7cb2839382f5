// Resource names, amounts and requirements (models validateResourceRequirements and core/helper).
import type { ResourceClaim, ResourceRequirements } from '../generated/types.ts';
import type { QuantityText } from '../quantity.ts';
import { compareQuantities, parseQuantity, quantityValue } from '../quantity.ts';
import type { Errors, Path } from './field.ts';
import { Printed } from './field.ts';
import { dns1123Label, qualifiedName } from './names.ts';

type ResourceList = Readonly<Record<string, QuantityText>>;

const hugePagesPrefix = 'hugepages-';
const standardContainerResources = new Set(['cpu', 'memory', 'ephemeral-storage']);
const standardResources = new Set([
  'cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage',
  'pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims', 'storage', 'requests.storage', 'services.nodeports', 'services.loadbalancers',
]);
/** What containers may ask for more of than there is. */
const integerResources = new Set(['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers']);
const podLevelResources = ['cpu', 'hugepages-', 'memory'];

export function isHugePage(name: string): boolean {
  return name.startsWith(hugePagesPrefix);
}

/** Resources of Kubernetes itself: without a domain, or of kubernetes.io. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false;
  return qualifiedName(`requests.${name}`).length === 0;
}

export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePage(name);
}

function isIntegerResource(name: string): boolean {
  return integerResources.has(name) || isExtendedResource(name);
}

/** Names of resources anywhere: a standard one, or with a domain. True if nothing was wrong. */
export function validateResourceName(name: string, path: Path, errors: Errors): boolean {
  const messages = qualifiedName(name);
  errors.invalidAll(path, name, messages);
  if (messages.length > 0) return false;
  if (name.includes('/') || standardResources.has(name) || isHugePage(name) || isHugePage(name.replace(/^requests\./, ''))) return true;
  errors.invalid(path, name, 'must be a standard resource type or fully qualified');
  return false;
}

export function validateContainerResourceName(name: string, path: Path, errors: Errors): void {
  validateResourceName(name, path, errors);
  if (!name.includes('/')) {
    if (!standardContainerResources.has(name) && !isHugePage(name)) errors.invalid(path, name, 'must be a standard resource for containers');
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.invalid(path, name, "doesn't follow extended resource name standard");
  }
}

export function validatePodResourceName(name: string, path: Path, errors: Errors): void {
  if (!validateResourceName(name, path, errors)) return;
  if (name !== 'cpu' && name !== 'memory' && !isHugePage(name)) errors.notSupported(path, name, podLevelResources);
}

/** Not negative, and whole where halves make no sense. */
export function validateResourceAmount(name: string, amount: QuantityText, path: Path, errors: Errors): void {
  const quantity = parseQuantity(amount);
  if (quantity.nano < 0n) errors.invalid(path, amount, 'must be greater than or equal to 0');
  if (isIntegerResource(name) && quantity.nano % 1_000_000_000n !== 0n) errors.invalid(path, amount, 'must be an integer');
}

function hugePageProblem(name: string, amount: QuantityText): string | undefined {
  const size = name.slice(hugePagesPrefix.length);
  const quantity = parseQuantity(amount);
  try {
    const page = quantityValue(parseQuantity(size));
    const wanted = quantityValue(quantity);
    if (page > 0 && wanted >= 0 && wanted % page === 0) return undefined;
  } catch {
    // A page size that is no quantity: nothing is a multiple of it.
  }
  return `${amount} is not positive integer multiple of ${name}`;
}

/** Requests and limits of a container, or of a pod when `nameRule` is that of pods. */
export function validateRequirements(requirements: ResourceRequirements | undefined, nameRule: (name: string, path: Path, errors: Errors) => void, claimNames: readonly string[], path: Path, errors: Errors): void {
  if (requirements === undefined) return;
  const { limits, requests, claims } = requirements;
  if (limits === undefined && requests === undefined && claims === undefined) return;
  if (limits !== undefined) validateLimits(limits, nameRule, path.child('limits'), errors);
  if (requests !== undefined) validateRequests(requests, limits ?? {}, nameRule, path, errors);
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  if (names.some(isHugePage) && !names.some((name) => name === 'cpu' || name === 'memory')) errors.forbidden(path, 'HugePages require cpu or memory');
  if (claims !== undefined) validateClaimNames(claims, claimNames, path.child('claims'), errors);
}

function validateLimits(limits: ResourceList, nameRule: (name: string, path: Path, errors: Errors) => void, path: Path, errors: Errors): void {
  for (const name of Object.keys(limits)) {
    const at = path.key(name);
    const amount = limits[name] ?? '0';
    nameRule(name, at, errors);
    validateResourceAmount(name, amount, at, errors);
    const problem = isHugePage(name) ? hugePageProblem(name, amount) : undefined;
    if (problem !== undefined) errors.invalid(at, amount, problem);
  }
}

function validateRequests(requests: ResourceList, limits: ResourceList, nameRule: (name: string, path: Path, errors: Errors) => void, path: Path, errors: Errors): void {
  const requestsPath = path.child('requests');
  for (const name of Object.keys(requests)) {
    const at = requestsPath.key(name);
    const amount = requests[name] ?? '0';
    nameRule(name, at, errors);
    validateResourceAmount(name, amount, at, errors);
    const limit = limits[name];
    if (limit !== undefined) {
      const order = compareQuantities(parseQuantity(amount), parseQuantity(limit));
      if (order !== 0 && !isOvercommitAllowed(name)) errors.invalid(requestsPath, amount, `must be equal to ${name} limit of ${limit}`);
      else if (order > 0) errors.invalid(requestsPath, amount, `must be less than or equal to ${name} limit of ${limit}`);
    } else if (!isOvercommitAllowed(name)) {
      errors.required(path.child('limits'), 'Limit must be set for non overcommitable resources');
    }
    const problem = isHugePage(name) ? hugePageProblem(name, amount) : undefined;
    if (problem !== undefined) errors.invalid(at, amount, problem);
  }
}

function validateClaimNames(claims: readonly ResourceClaim[], known: readonly string[], path: Path, errors: Errors): void {
  const seen = new Set<string>();
  claims.forEach(({ name, request }, i) => {
    const at = path.index(i);
    if (name === '') {
      errors.required(at);
      return;
    }
    const key = request ? `${name}/${request}` : name;
    if (seen.has(name)) {
      errors.duplicate(at, name);
    } else {
      if (request) errors.invalidAll(at.child('request'), request, dns1123Label(request));
      if (seen.has(key)) errors.duplicate(at, key);
      else if (!request) for (const other of seen) if (other.startsWith(`${name}/`)) errors.duplicate(at, name);
      seen.add(key);
    }
    if (known.includes(name)) return;
    const where = known.length === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`;
    errors.notFound(at, new Printed(`${JSON.stringify(name)}: must be one of the names in pod.spec.resourceClaims${where}`));
  });
}

