// References from containers and volumes to fields, resources, config maps and secrets.
import type { ConfigMapKeySelector, ObjectFieldSelector, ResourceFieldSelector } from '../generated/types.ts';
import { canonicalQuantity } from '../quantity.ts';
import type { Errors, Path } from './field.ts';
import { configMapKey, qualifiedName, subdomainName } from './names.ts';

/** Fields of a pod that the downward API can name; the others are refused as not convertible. */
const convertibleFields = new Set([
  'metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid',
  'spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'spec.schedulerName', 'status.phase', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs', 'spec.host',
]);

/** The path and the key in brackets of `metadata.labels['a']`. */
function splitSubscript(text: string): { readonly path: string; readonly key: string } | undefined {
  const match = /^([^[\]]+)\['(.*)'\]$/s.exec(text);
  return match === null || match[2] === '' ? undefined : { path: match[1] ?? '', key: match[2] ?? '' };
}

/** A field of the pod itself. `supported` are the paths without a key that this place accepts. */
export function validateFieldRef(selector: ObjectFieldSelector, supported: readonly string[], path: Path, errors: Errors): void {
  const { apiVersion, fieldPath } = selector;
  if (!apiVersion) {
    errors.required(path.child('apiVersion'));
    return;
  }
  if (fieldPath === '') {
    errors.required(path.child('fieldPath'));
    return;
  }
  const subscript = splitSubscript(fieldPath);
  const converted = apiVersion !== 'v1' ? `unsupported pod version: ${apiVersion}` : conversionProblem(subscript?.path ?? fieldPath, fieldPath, subscript !== undefined);
  if (converted !== undefined) {
    errors.invalid(path.child('fieldPath'), fieldPath, `error converting fieldPath: ${converted}`);
    return;
  }
  const internal = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  if (subscript === undefined) {
    if (!supported.includes(internal)) errors.notSupported(path.child('fieldPath'), internal, supported);
  } else {
    const key = subscript.path === 'metadata.annotations' ? subscript.key.toLowerCase() : subscript.key;
    errors.invalidAll(path, key, qualifiedName(key));
  }
}

function conversionProblem(path: string, whole: string, subscripted: boolean): string | undefined {
  if (subscripted) return path === 'metadata.annotations' || path === 'metadata.labels' ? undefined : `field label does not support subscript: ${whole}`;
  return convertibleFields.has(path) ? undefined : `field label not supported: ${whole}`;
}

const containerResources = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory'];
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];
const byteDivisorText = byteDivisors.join(', ');

function isHugePageField(name: string): boolean {
  return name.startsWith('requests.hugepages-') || name.startsWith('limits.hugepages-');
}

/** A request or limit of a container; in volumes the container must be named. */
export function validateResourceRef(selector: ResourceFieldSelector, inVolume: boolean, path: Path, errors: Errors): void {
  const { containerName, resource, divisor } = selector;
  if (inVolume && !containerName) errors.required(path.child('containerName'));
  else if (resource === '') errors.required(path.child('resource'));
  else if (!containerResources.includes(resource) && !isHugePageField(resource)) errors.notSupported(path.child('resource'), resource, containerResources);
  const text = divisor === undefined ? '0' : canonicalQuantity(divisor);
  if (text === '0') return;
  const at = path.child('divisor');
  if (resource.endsWith('.cpu')) {
    if (text !== '1' && text !== '1m') errors.invalid(at, resource, "only divisor's values 1m and 1 are supported with the cpu resource");
    return;
  }
  const kind = resource.endsWith('.memory') ? 'memory' : resource.endsWith('.ephemeral-storage') ? 'local ephemeral storage' : isHugePageField(resource) ? 'hugepages' : undefined;
  if (kind !== undefined && !byteDivisors.includes(text)) errors.invalid(at, resource, `only divisor's values ${byteDivisorText} are supported with the ${kind} resource`);
}

/** One key of a config map or a secret. */
export function validateKeyRef(selector: ConfigMapKeySelector, path: Path, errors: Errors): void {
  const name = selector.name ?? '';
  errors.invalidAll(path.child('name'), name, subdomainName(name, false));
  if (selector.key === '') errors.required(path.child('key'));
  else errors.invalidAll(path.child('key'), selector.key, configMapKey(selector.key));
}
