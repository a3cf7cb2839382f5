// Volumes of pods: exactly one source each, and what every source needs.
import type { CSIVolumeSource, ObjectMeta, Volume } from '../generated/types.ts';
import { parseQuantity } from '../quantity.ts';
import { validateDriverName } from './drivers.ts';
import { validateClaimTemplate } from './claims.ts';
import { byteLength } from './field.ts';
import type { Errors, Path } from './field.ts';
import { dns1123Label, dns1123Subdomain, subdomainName } from './names.ts';
import { localDescendingPath } from './paths.ts';
import { validateDownwardApi, validateKeyedVolume, validateProjected } from './projected.ts';
import { iscsiNameTooLong, requireMembers, validateAzureDisk, validateFc, validateFlex, validateFlocker, validateHostPath, validateIscsi, validateNfs, validatePartition, validateQuobyte, validateSecretRef, validateStorageOs } from './volume-plugins.ts';

export interface VolumeRules {
  /** The pod's metadata; templates have none. */
  readonly meta?: ObjectMeta;
  /** False for templates, where an image volume may still lack its reference. */
  readonly isPod: boolean;
}

type SourceName = Exclude<keyof Volume, 'name'>;
type Check = (volume: Volume, path: Path, errors: Errors, rules: VolumeRules) => void;

interface Source {
  readonly name: SourceName;
  /** How the path is written where it differs from the name: inside, and when it is one too many. */
  readonly inside?: string;
  readonly surplus?: string;
  readonly check: Check;
}

function needs(name: SourceName, ...members: readonly string[]): Source {
  return { name, check: (volume, path, errors) => requireMembers(volume[name] as object, members, path, errors) };
}

/** In the order in which they are looked at: the first one counts. */
const sources: readonly Source[] = [
  { name: 'hostPath', check: (volume, path, errors) => volume.hostPath && validateHostPath(volume.hostPath, path, errors) },
  { name: 'gitRepo', check: checkGitRepo },
  { name: 'gcePersistentDisk', inside: 'persistentDisk', check: checkDisk('gcePersistentDisk', 'pdName') },
  { name: 'awsElasticBlockStore', check: checkDisk('awsElasticBlockStore', 'volumeID') },
  { name: 'secret', check: (volume, path, errors) => validateKeyedVolume(volume.secret ?? {}, volume.secret?.secretName ?? '', 'secretName', path, errors) },
  { name: 'nfs', check: (volume, path, errors) => volume.nfs && validateNfs(volume.nfs, path, errors) },
  { name: 'iscsi', check: (volume, path, errors) => volume.iscsi && validateIscsi(volume.iscsi, false, path, errors) },
  needs('glusterfs', 'endpoints', 'path'),
  { name: 'flocker', check: (volume, path, errors) => volume.flocker && validateFlocker(volume.flocker, path, errors) },
  needs('persistentVolumeClaim', 'claimName'),
  needs('rbd', 'monitors', 'image'),
  { name: 'cinder', check: checkCinder },
  { name: 'cephfs', surplus: 'cephFS', check: (volume, path, errors) => requireMembers(volume.cephfs as object, ['monitors'], path, errors) },
  { name: 'quobyte', check: (volume, path, errors) => volume.quobyte && validateQuobyte(volume.quobyte, path, errors) },
  { name: 'downwardAPI', surplus: 'downwarAPI', check: (volume, path, errors) => volume.downwardAPI && validateDownwardApi(volume.downwardAPI, path, errors) },
  { name: 'fc', check: (volume, path, errors) => volume.fc && validateFc(volume.fc, path, errors) },
  { name: 'flexVolume', check: (volume, path, errors) => volume.flexVolume && validateFlex(volume.flexVolume, path, errors) },
  { name: 'configMap', check: (volume, path, errors) => validateKeyedVolume(volume.configMap ?? {}, volume.configMap?.name ?? '', 'name', path, errors) },
  needs('azureFile', 'secretName', 'shareName'),
  needs('vsphereVolume', 'volumePath'),
  needs('photonPersistentDisk', 'pdID'),
  needs('portworxVolume', 'volumeID'),
  { name: 'azureDisk', check: (volume, path, errors) => volume.azureDisk && validateAzureDisk(volume.azureDisk, path, errors) },
  { name: 'storageos', check: (volume, path, errors) => volume.storageos && validateStorageOs(volume.storageos, false, path, errors) },
  { name: 'projected', check: (volume, path, errors) => volume.projected && validateProjected(volume.projected, path, errors) },
  needs('scaleIO', 'gateway', 'system', 'volumeName'),
  { name: 'csi', check: (volume, path, errors) => volume.csi && checkCsi(volume.csi, path, errors) },
  { name: 'ephemeral', check: checkEphemeral },
  { name: 'image', check: checkImage },
];

function checkGitRepo(volume: Volume, path: Path, errors: Errors): void {
  if (!volume.gitRepo?.repository) errors.required(path.child('repository'));
  localDescendingPath(volume.gitRepo?.directory ?? '', path.child('directory'), errors);
}

function checkDisk(name: 'gcePersistentDisk' | 'awsElasticBlockStore', id: string): Check {
  return (volume, path, errors) => {
    requireMembers(volume[name] as object, [id], path, errors);
    validatePartition(volume[name] ?? {}, path, errors);
  };
}

function checkCinder(volume: Volume, path: Path, errors: Errors): void {
  requireMembers(volume.cinder as object, ['volumeID'], path, errors);
  validateSecretRef(volume.cinder?.secretRef, false, path, errors);
}

function checkCsi(source: CSIVolumeSource, path: Path, errors: Errors): void {
  validateDriverName(source.driver, path.child('driver'), errors);
  const secret = source.nodePublishSecretRef;
  if (secret === undefined) return;
  if (!secret.name) errors.required(path.child('nodePublishSecretRef').child('name'));
  else errors.invalidAll(path.child('name'), secret.name, subdomainName(secret.name, false));
}

function checkEphemeral(volume: Volume, path: Path, errors: Errors): void {
  const template = volume.ephemeral?.volumeClaimTemplate;
  if (template === undefined) errors.required(path.child('volumeClaimTemplate'));
  else validateClaimTemplate(template, path.child('volumeClaimTemplate'), errors);
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

function checkImage(volume: Volume, path: Path, errors: Errors, rules: VolumeRules): void {
  if (rules.isPod && !volume.image?.reference) errors.required(path.child('reference'));
  const policy = volume.image?.pullPolicy ?? '';
  if (policy === '') errors.required(path.child('pullPolicy'));
  else if (!pullPolicies.includes(policy)) errors.notSupported(path.child('pullPolicy'), policy, pullPolicies);
}

function validateSource(volume: Volume, path: Path, errors: Errors, rules: VolumeRules): void {
  let found = volume.emptyDir !== undefined;
  const limit = volume.emptyDir?.sizeLimit;
  if (limit !== undefined && limit !== null && parseQuantity(limit).nano < 0n) errors.forbidden(path.child('emptyDir').child('sizeLimit'), 'SizeLimit field must be a valid resource quantity');
  for (const source of sources) {
    if (volume[source.name] === undefined) continue;
    if (found) {
      errors.forbidden(path.child(source.surplus ?? source.name), 'may not specify more than 1 volume type');
    } else {
      source.check(volume, path.child(source.inside ?? source.name), errors, rules);
      if (source.name === 'ephemeral') validateClaimName(volume, path, errors, rules);
    }
    found = true;
    if (source.name === 'iscsi' && volume.iscsi?.initiatorName !== undefined && byteLength(`${volume.name}:${volume.iscsi.targetPortal}`) > 64) errors.invalid(path.child('name'), volume.name, iscsiNameTooLong);
  }
  if (!found) errors.required(path, 'must specify a volume type');
}

/** The claim of an ephemeral volume is named after the pod and the volume. */
function validateClaimName(volume: Volume, path: Path, errors: Errors, rules: VolumeRules): void {
  const pod = rules.meta?.name;
  if (!pod || volume.name === '') return;
  const claim = `${pod}-${volume.name}`;
  for (const message of dns1123Subdomain(claim)) errors.invalid(path.child('name'), volume.name, `PVC name "${claim}": ${message}`);
}

const none: ReadonlyMap<string, Volume> = new Map();

/** Checks all volumes and returns the good ones by name: only those can be mounted. */
export function validateVolumes(volumes: readonly Volume[] | undefined, rules: VolumeRules, path: Path, errors: Errors): ReadonlyMap<string, Volume> {
  if (volumes === undefined) return none;
  const good = new Map<string, Volume>();
  const created = new Set(rules.meta?.name ? volumes.filter((volume) => volume.ephemeral).map((volume) => `${rules.meta?.name}-${volume.name}`) : []);
  for (let i = 0; i < volumes.length; i++) {
    const volume = volumes[i] as Volume;
    const at = path.index(i);
    const count = errors.length;
    validateSource(volume, at, errors, rules);
    if (volume.name === '') errors.required(at.child('name'));
    else errors.invalidAll(at.child('name'), volume.name, dns1123Label(volume.name));
    if (good.has(volume.name)) errors.duplicate(at.child('name'), volume.name);
    if (errors.length === count) good.set(volume.name, volume);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && created.has(claim)) errors.invalid(at.child('persistentVolumeClaim').child('claimName'), claim, 'must not reference a PVC that gets created for an ephemeral volume');
  }
  return good;
}
