// Persistent volumes (models ValidatePersistentVolume and ValidatePersistentVolumeUpdate).
import type { CSIPersistentVolumeSource, GlusterfsPersistentVolumeSource, ISCSIPersistentVolumeSource, NodeSelectorRequirement, PersistentVolume, PersistentVolumeSpec, SecretReference, VolumeNodeAffinity } from '../generated/types.ts';
import { unifiedDiff } from '../difflib.ts';
import { indentedInternal, internalForm } from '../internal-form.ts';
import { formatQuantity, parseQuantity, quantityValue } from '../quantity.ts';
import { validateNodeSelector } from './affinity.ts';
import { validateAccessModes, volumeModes } from './claims.ts';
import { validateDriverName } from './drivers.ts';
import type { Errors } from './field.ts';
import { byteLength, Path } from './field.ts';
import { equal, immutable, sortedMap } from './metadata.ts';
import { dns1123Label, dns1123Subdomain, labelValue, subdomainName } from './names.ts';
import { noBacksteps } from './paths.ts';
import { iscsiNameTooLong, requireMembers, validateAzureDisk, validateFc, validateFlex, validateFlocker, validateHostPath, validateIscsi, validateNfs, validatePartition, validateQuobyte, validateSecretRef, validateStorageOs } from './volume-plugins.ts';

type SourceName = 'awsElasticBlockStore' | 'azureDisk' | 'azureFile' | 'cephfs' | 'cinder' | 'csi' | 'fc' | 'flexVolume' | 'flocker' | 'gcePersistentDisk' | 'glusterfs' | 'hostPath'
  | 'iscsi' | 'local' | 'nfs' | 'photonPersistentDisk' | 'portworxVolume' | 'quobyte' | 'rbd' | 'scaleIO' | 'storageos' | 'vsphereVolume';
type Check = (spec: PersistentVolumeSpec, path: Path, errors: Errors, name: string) => void;

interface Source {
  readonly name: SourceName;
  /** How the path is written where it differs from the name: inside, and when it is one too many. */
  readonly inside?: string;
  readonly surplus?: string;
  readonly check: Check;
}

const specPath = new Path('spec');
const annotationsPath = new Path('metadata').child('annotations');
const mountOptions = 'volume.beta.kubernetes.io/mount-options';
const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];

function needs(name: SourceName, ...members: readonly string[]): Source {
  return { name, check: (spec, path, errors) => requireMembers(spec[name] as object, members, path, errors) };
}

function disk(name: 'gcePersistentDisk' | 'awsElasticBlockStore', id: string): Check {
  return (spec, path, errors) => {
    requireMembers(spec[name] as object, [id], path, errors);
    validatePartition(spec[name] ?? {}, path, errors);
  };
}

/** In the order in which they are looked at. */
const sources: readonly Source[] = [
  { name: 'hostPath', check: (spec, path, errors) => spec.hostPath && validateHostPath(spec.hostPath, path, errors) },
  { name: 'gcePersistentDisk', inside: 'persistentDisk', check: disk('gcePersistentDisk', 'pdName') },
  { name: 'awsElasticBlockStore', check: disk('awsElasticBlockStore', 'volumeID') },
  { name: 'glusterfs', check: (spec, path, errors) => spec.glusterfs && checkGlusterfs(spec.glusterfs, path, errors) },
  { name: 'flocker', check: (spec, path, errors) => spec.flocker && validateFlocker(spec.flocker, path, errors) },
  { name: 'nfs', check: (spec, path, errors) => spec.nfs && validateNfs(spec.nfs, path, errors) },
  needs('rbd', 'monitors', 'image'),
  { name: 'quobyte', check: (spec, path, errors) => spec.quobyte && validateQuobyte(spec.quobyte, path, errors) },
  { ...needs('cephfs', 'monitors'), surplus: 'cephFS' },
  { name: 'iscsi', check: (spec, path, errors, name) => spec.iscsi && checkIscsi(spec.iscsi, name, path, errors) },
  { name: 'cinder', check: checkCinder },
  { name: 'fc', check: (spec, path, errors) => spec.fc && validateFc(spec.fc, path, errors) },
  { name: 'flexVolume', check: (spec, path, errors) => spec.flexVolume && validateFlex(spec.flexVolume, path, errors) },
  { name: 'azureFile', check: checkAzureFile },
  needs('vsphereVolume', 'volumePath'),
  needs('photonPersistentDisk', 'pdID'),
  needs('portworxVolume', 'volumeID'),
  { name: 'azureDisk', check: (spec, path, errors) => spec.azureDisk && validateAzureDisk(spec.azureDisk, path, errors) },
  needs('scaleIO', 'gateway', 'system', 'volumeName'),
  { name: 'local', check: checkLocal },
  { name: 'storageos', check: (spec, path, errors) => spec.storageos && validateStorageOs(spec.storageos, true, path, errors) },
  { name: 'csi', check: (spec, path, errors) => spec.csi && checkCsi(spec.csi, path, errors) },
];

function checkGlusterfs(source: GlusterfsPersistentVolumeSource, path: Path, errors: Errors): void {
  requireMembers(source, ['endpoints', 'path'], path, errors);
  const namespace = source.endpointsNamespace;
  if (namespace === undefined) return;
  const at = path.child('endpointsNamespace');
  if (namespace === '') errors.invalid(at, namespace, 'if the endpointnamespace is set, it must be a valid namespace name');
  else errors.invalidAll(at, namespace, dns1123Label(namespace));
}

function checkIscsi(source: ISCSIPersistentVolumeSource, name: string, path: Path, errors: Errors): void {
  if (source.initiatorName !== undefined && byteLength(`${name}:${source.targetPortal}`) > 64) errors.invalid(path.child('targetportal'), source.targetPortal, iscsiNameTooLong);
  validateIscsi(source, true, path, errors);
}

function checkCinder(spec: PersistentVolumeSpec, path: Path, errors: Errors): void {
  requireMembers(spec.cinder as object, ['volumeID'], path, errors);
  validateSecretRef(spec.cinder?.secretRef, true, path, errors);
}

function checkAzureFile(spec: PersistentVolumeSpec, path: Path, errors: Errors): void {
  requireMembers(spec.azureFile as object, ['secretName', 'shareName'], path, errors);
  if (spec.azureFile?.secretNamespace === '') errors.required(path.child('secretNamespace'));
}

function checkLocal(spec: PersistentVolumeSpec, path: Path, errors: Errors): void {
  const local = spec.local?.path ?? '';
  if (local === '') errors.required(path.child('path'));
  else noBacksteps(local, path.child('path'), errors);
  if (spec.nodeAffinity === undefined) errors.required(specPath.child('nodeAffinity'), 'Local volume requires node affinity');
}

function checkSecret(secret: SecretReference | undefined, path: Path, errors: Errors): void {
  if (secret === undefined) return;
  const { name = '', namespace = '' } = secret;
  if (name === '') errors.required(path.child('name'));
  else errors.invalidAll(path.child('name'), name, dns1123Subdomain(name));
  if (namespace === '') errors.required(path.child('namespace'));
  else errors.invalidAll(path.child('namespace'), namespace, dns1123Label(namespace));
}

function checkCsi(source: CSIPersistentVolumeSource, path: Path, errors: Errors): void {
  validateDriverName(source.driver, path.child('driver'), errors);
  if (source.volumeHandle === '') errors.required(path.child('volumeHandle'));
  for (const ref of ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const) checkSecret(source[ref], path.child(ref), errors);
}

function validateCapacity(spec: PersistentVolumeSpec, errors: Errors): void {
  const path = specPath.child('capacity');
  const capacity = spec.capacity ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) errors.required(path);
  if (capacity['storage'] === undefined || names.length > 1) errors.notSupported(path, spec.capacity === undefined ? null : sortedMap(capacity), ['storage']);
  for (const name of names) {
    const amount = parseQuantity(capacity[name] ?? '0');
    if (amount.nano < 0n) errors.invalid(path.key(name), quantityValue(amount), 'must be a valid resource quantity');
    if (amount.nano <= 0n) errors.invalid(path.key(name), formatQuantity(amount), 'must be greater than zero');
  }
}

function validateSources(spec: PersistentVolumeSpec, name: string, errors: Errors): void {
  let count = 0;
  for (const source of sources) {
    if (spec[source.name] === undefined) continue;
    // Whatever comes before it, a flexVolume is looked into.
    if (count > 0 && source.name !== 'flexVolume') errors.forbidden(specPath.child(source.surplus ?? source.name), 'may not specify more than 1 volume type');
    else source.check(spec, specPath.child(source.inside ?? source.name), errors, name);
    count++;
  }
  if (count === 0) errors.required(specPath, 'must specify a volume type');
}

/** The spec; `checkLabels` is false for volumes that had bad values in their affinity before. */
export function validateVolumeSpec(spec: PersistentVolumeSpec, name: string, checkLabels: boolean, errors: Errors): void {
  validateAccessModes(spec.accessModes, '', specPath.child('accessModes'), errors);
  validateCapacity(spec, errors);
  const policy = spec.persistentVolumeReclaimPolicy;
  const policyPath = specPath.child('persistentVolumeReclaimPolicy');
  if (policy && !reclaimPolicies.includes(policy)) errors.notSupported(policyPath, policy, reclaimPolicies);
  const affinityPath = specPath.child('nodeAffinity').child('required');
  if (spec.nodeAffinity?.required) validateNodeSelector(spec.nodeAffinity.required, affinityPath, errors, checkLabels);
  else if (spec.nodeAffinity) errors.required(affinityPath, 'must specify required node constraints');
  validateSources(spec, name, errors);
  if (spec.hostPath && /^\/+(?:\.?\/+)*\.?$/.test(spec.hostPath.path) && policy === 'Recycle') errors.forbidden(policyPath, "may not be 'recycle' for a hostPath mount of '/'");
  if (spec.storageClassName) errors.invalidAll(specPath.child('storageClassName'), spec.storageClassName, subdomainName(spec.storageClassName, false));
  if (spec.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode)) errors.notSupported(specPath.child('volumeMode'), spec.volumeMode, volumeModes);
  validateAttributesClass(spec, errors);
}

function validateAttributesClass(spec: PersistentVolumeSpec, errors: Errors): void {
  const attributes = spec.volumeAttributesClassName;
  if (attributes === undefined) return;
  const path = specPath.child('volumeAttributesClassName');
  if (attributes === '') errors.required(path, 'an empty string is disallowed');
  else errors.invalidAll(path, attributes, subdomainName(attributes, false));
  if (spec.csi === undefined) errors.required(specPath.child('csi'), 'has to be specified when using volumeAttributesClassName');
}

const mountable: readonly SourceName[] = ['gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'cinder', 'cephfs', 'azureFile', 'vsphereVolume', 'azureDisk', 'photonPersistentDisk'];

export function validateMountOptions({ metadata, spec }: PersistentVolume, errors: Errors): void {
  if (metadata.annotations?.[mountOptions] === undefined || mountable.some((name) => spec?.[name] !== undefined)) return;
  errors.forbidden(annotationsPath.child(mountOptions), 'may not specify mount options for this volume type');
}

export function hasBadLabels(affinity: VolumeNodeAffinity | undefined): boolean {
  return affinity?.required?.nodeSelectorTerms?.some((term) => term.matchExpressions?.some(({ values = [] }) => values.some((value) => labelValue(value).length > 0))) === true;
}

function sourceOf(spec: PersistentVolumeSpec): Partial<PersistentVolumeSpec> {
  return Object.fromEntries(sources.flatMap(({ name }) => (spec[name] === undefined ? [] : [[name, spec[name]]])));
}

/** What may not change once a volume exists. */
export function validateVolumeChanges(after: PersistentVolumeSpec, before: PersistentVolumeSpec, errors: Errors): void {
  const addsSecret = before.csi !== undefined && before.csi.controllerExpandSecretRef === undefined && after.csi?.controllerExpandSecretRef !== undefined;
  const compared = addsSecret ? { ...after, csi: { ...after.csi, controllerExpandSecretRef: undefined } as unknown as CSIPersistentVolumeSource } : after;
  const source = sourceOf(compared);
  const old = sourceOf(before);
  if (!equal(source, old)) {
    const difference = unifiedDiff(indentedInternal(old, 'core.PersistentVolumeSource'), indentedInternal(source, 'core.PersistentVolumeSource'));
    errors.forbidden(specPath.child('persistentvolumesource'), `spec.persistentvolumesource is immutable after creation\n${difference}`);
  }
  immutable(after.volumeMode, before.volumeMode, new Path('volumeMode'), errors);
  if (before.nodeAffinity !== undefined && !equal(withNewLabels(before.nodeAffinity, after.nodeAffinity), after.nodeAffinity)) {
    const shown = after.nodeAffinity === undefined ? null : internalForm(after.nodeAffinity, 'core.VolumeNodeAffinity');
    errors.invalid(new Path('nodeAffinity'), shown, 'field is immutable, except for updating from beta label to GA');
  }
  if (before.volumeAttributesClassName !== undefined && after.volumeAttributesClassName === undefined) {
    errors.forbidden(specPath.child('volumeAttributesClassName'), 'update from non-nil value to nil is forbidden');
  }
}

const newLabels: Readonly<Record<string, string | undefined>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

/** The old affinity with the new names of its labels where the update uses them. */
function withNewLabels(before: VolumeNodeAffinity, after: VolumeNodeAffinity | undefined): VolumeNodeAffinity {
  const terms = after?.required?.nodeSelectorTerms;
  // Sent as null, terms stay null.
  if (before.required === undefined || !terms) return before;
  const renamed = (list: readonly NodeSelectorRequirement[] | undefined, next: readonly NodeSelectorRequirement[] | undefined): readonly NodeSelectorRequirement[] | undefined =>
    list?.map((requirement, i) => {
      const key = next?.[i]?.key;
      return key !== undefined && newLabels[requirement.key] === key ? { ...requirement, key } : requirement;
    });
  const nodeSelectorTerms = (before.required.nodeSelectorTerms ?? []).map((term, i) => ({
    ...term,
    ...(term.matchExpressions ? { matchExpressions: renamed(term.matchExpressions, terms[i]?.matchExpressions) ?? [] } : {}),
  }));
  return { required: { nodeSelectorTerms } };
}
