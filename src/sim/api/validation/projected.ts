// Volumes made from parts of the API: config maps, secrets, the pod's own fields, and projections of several of them.
import type { ClusterTrustBundleProjection, DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, ServiceAccountTokenProjection, VolumeProjection } from '../generated/types.ts';
import type { Errors, Path } from './field.ts';
import { validateFileMode, localNonReservedPath } from './paths.ts';
import { validateFieldRef, validateResourceRef } from './references.ts';

const fieldRefPaths = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];

function validateItem(item: KeyToPath, path: Path, errors: Errors): void {
  if (item.key === '') errors.required(path.child('key'));
  if (item.path === '') errors.required(path.child('path'));
  localNonReservedPath(item.path, path.child('path'), errors);
  validateFileMode(item.mode, path.child('mode'), errors);
}

/** A config map or secret as a volume; `nameField` is what the type calls its name. */
export function validateKeyedVolume(source: { readonly defaultMode?: number; readonly items?: readonly KeyToPath[] }, name: string, nameField: string, path: Path, errors: Errors): void {
  if (name === '') errors.required(path.child(nameField));
  validateFileMode(source.defaultMode, path.child('defaultMode'), errors);
  source.items?.forEach((item, i) => validateItem(item, path.child('items').index(i), errors));
}

function validateDownwardFile(file: DownwardAPIVolumeFile, path: Path, errors: Errors): void {
  if (file.path === '') errors.required(path.child('path'));
  localNonReservedPath(file.path, path.child('path'), errors);
  if (file.fieldRef) {
    validateFieldRef(file.fieldRef, fieldRefPaths, path.child('fieldRef'), errors);
    if (file.resourceFieldRef) errors.invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
  } else if (file.resourceFieldRef) {
    validateResourceRef(file.resourceFieldRef, true, path.child('resourceFieldRef'), errors);
  } else {
    errors.required(path, 'one of fieldRef and resourceFieldRef is required');
  }
  validateFileMode(file.mode, path.child('mode'), errors);
}

export function validateDownwardApi(source: { readonly defaultMode?: number; readonly items?: readonly DownwardAPIVolumeFile[] }, path: Path, errors: Errors): void {
  validateFileMode(source.defaultMode, path.child('defaultMode'), errors);
  for (const file of source.items ?? []) validateDownwardFile(file, path, errors);
}

function validateToken(token: ServiceAccountTokenProjection, path: Path, volume: Path, errors: Errors): void {
  const seconds = token.expirationSeconds ?? 0;
  if (seconds < 600) errors.invalid(path.child('expirationSeconds'), seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > 2 ** 32) errors.invalid(path.child('expirationSeconds'), seconds, 'may not specify a duration larger than 2^32 seconds');
  if (token.path === '') errors.required(volume.child('path'));
  else localNonReservedPath(token.path, volume.child('path'), errors);
}

function validateTrustBundle(bundle: ClusterTrustBundleProjection, path: Path, errors: Errors): void {
  const { name, signerName } = bundle;
  if (name !== undefined && signerName !== undefined) errors.invalid(path, bundle, 'only one of name and signerName may be used');
  else if (name === '') errors.required(path.child('name'), 'must be a valid object name');
  else if (signerName === '') errors.required(path.child('signerName'), 'must be a valid signer name');
  else if (name === undefined && signerName === undefined) errors.required(path, 'either name or signerName must be specified');
  if (bundle.path === '') errors.required(path.child('path'));
  localNonReservedPath(bundle.path, path.child('path'), errors);
}

/** Several sources in one directory: no file twice. */
export function validateProjected(source: ProjectedVolumeSource, path: Path, errors: Errors): void {
  validateFileMode(source.defaultMode, path.child('defaultMode'), errors);
  const files = new Set<string>();
  const claim = (file: string, shown: string): void => {
    if (file === '') return;
    if (files.has(file)) errors.invalid(path, shown, 'conflicting duplicate paths');
    files.add(file);
  };
  source.sources?.forEach((part, i) => validatePart(part, path.child('sources').index(i), path, claim, errors));
}

function validatePart(part: VolumeProjection, path: Path, volume: Path, claim: (file: string, shown: string) => void, errors: Errors): void {
  for (const kind of ['secret', 'configMap'] as const) {
    const keyed = part[kind];
    if (!keyed) continue;
    const at = path.child(kind);
    if (!keyed.name) errors.required(at.child('name'));
    keyed.items?.forEach((item, i) => {
      validateItem(item, at.child('items').index(i), errors);
      claim(item.path, keyed.name ?? '');
    });
  }
  for (const file of part.downwardAPI?.items ?? []) {
    validateDownwardFile(file, path.child('downwardAPI'), errors);
    claim(file.path, file.path);
  }
  if (part.serviceAccountToken) validateToken(part.serviceAccountToken, path.child('serviceAccountToken'), volume, errors);
  if (part.clusterTrustBundle) {
    validateTrustBundle(part.clusterTrustBundle, path.child('clusterTrustBundle'), errors);
    claim(part.clusterTrustBundle.path, part.clusterTrustBundle.path);
  }
  if (Object.values(part).filter((value) => value !== undefined).length > 1) errors.forbidden(path, 'may not specify more than 1 volume type per source');
}
