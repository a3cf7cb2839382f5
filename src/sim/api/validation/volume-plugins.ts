// Volume sources of the plugins for storage systems: what each of them needs.
import type { AzureDiskVolumeSource, FCVolumeSource, FlockerVolumeSource, HostPathVolumeSource, ISCSIVolumeSource, NFSVolumeSource, QuobyteVolumeSource } from '../generated/types.ts';
import type { Errors, Path } from './field.ts';
import { byteLength } from './field.ts';
import { dns1123Label, rangeMessage } from './names.ts';
import { noBacksteps } from './paths.ts';

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

/** Members that must not be empty, in the order in which they are asked for. */
export function requireMembers(source: object, names: readonly string[], path: Path, errors: Errors): void {
  const members = source as Readonly<Record<string, unknown>>;
  for (const name of names) {
    const value = members[name];
    if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) errors.required(path.child(name));
  }
}

export function validateHostPath(source: HostPathVolumeSource, path: Path, errors: Errors): void {
  if (source.path === '') {
    errors.required(path.child('path'));
    return;
  }
  noBacksteps(source.path, path.child('path'), errors);
  if (source.type !== undefined && !hostPathTypes.includes(source.type)) errors.notSupported(path.child('type'), source.type, hostPathTypes);
}

export function validatePartition(source: { readonly partition?: number }, path: Path, errors: Errors): void {
  const partition = source.partition ?? 0;
  if (partition < 0 || partition > 255) errors.invalid(path.child('partition'), partition, rangeMessage(0, 255));
}

function initiatorProblem(name: string, prefixDetail: string): string | undefined {
  const pattern = initiatorPatterns[name.slice(0, 3)];
  if (pattern === undefined) return prefixDetail;
  return pattern.test(name) ? undefined : 'must be valid format';
}

const initiatorPatterns: Readonly<Record<string, RegExp | undefined>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[0-9A-Fa-f]{16}$/,
  naa: /^naa.[0-9A-Fa-f]{32}$/,
};

/** In persistent volumes the prefix is not told apart from the rest. */
export function validateIscsi(source: ISCSIVolumeSource, persistent: boolean, path: Path, errors: Errors): void {
  const prefixDetail = persistent ? 'must be valid format' : 'must be valid format starting with iqn, eui, or naa';
  if (source.targetPortal === '') errors.required(path.child('targetPortal'));
  if (source.iqn === '') {
    errors.required(path.child('iqn'));
  } else {
    const problem = initiatorProblem(source.iqn, prefixDetail);
    if (problem !== undefined) errors.invalid(path.child('iqn'), source.iqn, problem);
  }
  if (source.lun < 0 || source.lun > 255) errors.invalid(path.child('lun'), source.lun, rangeMessage(0, 255));
  if ((source.chapAuthDiscovery || source.chapAuthSession) && source.secretRef === undefined) errors.required(path.child('secretRef'));
  if (persistent && source.secretRef !== undefined && !source.secretRef.name) errors.required(path.child('secretRef').child('name'));
  if (source.initiatorName !== undefined) {
    const problem = initiatorProblem(source.initiatorName, prefixDetail);
    if (problem !== undefined) errors.invalid(path.child('initiatorname'), source.initiatorName, problem);
  }
}

export const iscsiNameTooLong = 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

export function validateFc(source: FCVolumeSource, path: Path, errors: Errors): void {
  const names = source.targetWWNs ?? [];
  const ids = source.wwids ?? [];
  const at = path.child('targetWWNs');
  if (names.length === 0 && ids.length === 0) errors.required(at, 'must specify either targetWWNs or wwids, but not both');
  if (names.length > 0 && ids.length > 0) errors.invalid(at, names, 'targetWWNs and wwids can not be specified simultaneously');
  if (names.length === 0) return;
  if (source.lun === undefined) errors.required(path.child('lun'), 'lun is required if targetWWNs is specified');
  else if (source.lun < 0 || source.lun > 255) errors.invalid(path.child('lun'), source.lun, rangeMessage(0, 255));
}

export function validateNfs(source: NFSVolumeSource, path: Path, errors: Errors): void {
  requireMembers(source, ['server', 'path'], path, errors);
  if (!source.path.startsWith('/')) errors.invalid(path.child('path'), source.path, 'must be an absolute path');
}

export function validateQuobyte(source: QuobyteVolumeSource, path: Path, errors: Errors): void {
  const detail = 'must be a host:port pair or multiple pairs separated by commas';
  if (source.registry === '') errors.required(path.child('registry'), detail);
  else if (byteLength(source.tenant ?? '') >= 65) errors.required(path.child('tenant'), 'must be a UUID and may not exceed a length of 64 characters');
  else for (const pair of source.registry.split(',')) if (!/^(?:[^:[\]]*|\[[^\]]*\]):[^:]*$/.test(pair)) errors.invalid(path.child('registry'), source.registry, detail);
  if (source.volume === '') errors.required(path.child('volume'));
}

export function validateFlocker(source: FlockerVolumeSource, path: Path, errors: Errors): void {
  const { datasetName, datasetUUID } = source;
  if (!datasetName && !datasetUUID) errors.required(path, 'one of datasetName and datasetUUID is required');
  if (datasetName && datasetUUID) errors.invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously');
  if (datasetName?.includes('/')) errors.invalid(path.child('datasetName'), datasetName, "must not contain '/'");
}

export function validateFlex(source: { readonly driver: string; readonly options?: Readonly<Record<string, string>> }, path: Path, errors: Errors): void {
  if (source.driver === '') errors.required(path.child('driver'));
  for (const key of Object.keys(source.options ?? {})) {
    const namespace = `.${(key.includes('/') ? key.slice(0, key.indexOf('/')) : key).toLowerCase()}`;
    if (namespace.endsWith('.kubernetes.io') || namespace.endsWith('.k8s.io')) errors.invalid(path.child('options').key(key), key, 'kubernetes.io and k8s.io namespaces are reserved');
  }
}

const cachingModes = ['None', 'ReadOnly', 'ReadWrite'];
const diskKinds = ['Dedicated', 'Managed', 'Shared'];

export function validateAzureDisk(source: AzureDiskVolumeSource, path: Path, errors: Errors): void {
  requireMembers(source, ['diskName', 'diskURI'], path, errors);
  const { cachingMode, kind, diskURI } = source;
  if (cachingMode !== undefined && !cachingModes.includes(cachingMode)) errors.notSupported(path.child('cachingMode'), cachingMode, cachingModes);
  if (kind !== undefined && !diskKinds.includes(kind)) errors.notSupported(path.child('kind'), kind, diskKinds);
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/')) {
    errors.notSupported(path.child('diskURI'), diskURI, ['/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}']);
  }
  if (kind !== undefined && kind !== 'Managed' && !diskURI.startsWith('https://')) {
    errors.notSupported(path.child('diskURI'), diskURI, ['https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd']);
  }
}

/** `secretRef` of plugins; in persistent volumes with its namespace. */
export function validateSecretRef(ref: { readonly name?: string; readonly namespace?: string } | undefined, persistent: boolean, path: Path, errors: Errors): void {
  if (ref === undefined) return;
  if (!ref.name) errors.required(path.child('secretRef').child('name'));
  if (persistent && !ref.namespace) errors.required(path.child('secretRef').child('namespace'));
}

export function validateStorageOs(source: { readonly volumeName?: string; readonly volumeNamespace?: string; readonly secretRef?: { readonly name?: string; readonly namespace?: string } }, persistent: boolean, path: Path, errors: Errors): void {
  if (!source.volumeName) errors.required(path.child('volumeName'));
  else errors.invalidAll(path.child('volumeName'), source.volumeName, dns1123Label(source.volumeName));
  if (source.volumeNamespace) errors.invalidAll(path.child('volumeNamespace'), source.volumeNamespace, dns1123Label(source.volumeNamespace));
  validateSecretRef(source.secretRef, persistent, path, errors);
}
