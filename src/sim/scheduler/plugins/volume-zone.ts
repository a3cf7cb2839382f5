import type { PersistentVolume, StorageClass } from '../../api/generated/types.ts';
import { Action } from '../framework/events.ts';
import type { Handle, Plugin, PreFilterResult } from '../framework/plugin.ts';
import { labelPath } from '../framework/plugin.ts';
import type { Status } from '../framework/status.ts';
import { status, unresolvable } from '../framework/status.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { claimClass } from '../volumes.ts';

const NAME = 'VolumeZone';
const SKIP = { status: status(NAME, 'Skip') };
const REFUSAL = unresolvable(NAME, 'node(s) had no available volume zone');
/** Old zone and region labels and the labels that took their place. */
const MODERN: ReadonlyMap<string, string> = new Map([
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
]);
const TOPOLOGY_LABELS: readonly string[] = [...MODERN.keys(), ...MODERN.values()];

interface VolumeTopology { readonly key: string; readonly values: ReadonlySet<string> }

/** Where the labels of an old volume say it is; several zones are joined by `__`. */
function topologiesOf(volume: PersistentVolume): readonly VolumeTopology[] {
  return TOPOLOGY_LABELS.flatMap((key) => {
    const value = volume.metadata.labels?.[key];
    if (value === undefined) return [];
    const values = value.split('__').map((zone) => zone.trim());
    return values.includes('') ? [] : [{ key, values: new Set(values) }];
  });
}

function refuse(reason: string): Status {
  return unresolvable(NAME, reason);
}

/** The claim's volume; undefined while it waits for a consumer, or a refusal. */
function volumeOf({ listers }: Handle, key: string): PersistentVolume | Status | undefined {
  const name = key.slice(key.indexOf('/') + 1);
  if (name === '') return refuse('PersistentVolumeClaim had no name');
  const claim = listers.get('persistentvolumeclaims', key);
  if (claim === undefined) return refuse(`persistentvolumeclaim "${name}" not found`);
  const volumeName = claim.spec?.volumeName;
  if (volumeName) return listers.get('persistentvolumes', volumeName) ?? refuse(`persistentvolume "${volumeName}" not found`);
  const className = claimClass(claim);
  if (className === '') return refuse('PersistentVolumeClaim had no pv name and storageClass name');
  const storageClass = listers.get('storageclasses', className);
  if (storageClass === undefined) return refuse(`storageclass.storage.k8s.io "${className}" not found`);
  if (storageClass.volumeBindingMode === undefined) return refuse(`VolumeBindingMode not set for StorageClass "${className}"`);
  return storageClass.volumeBindingMode === 'WaitForFirstConsumer' ? undefined : refuse('PersistentVolume had no name');
}

function preFilter(handle: Handle, pod: PodInfo): PreFilterResult<readonly VolumeTopology[]> {
  const topologies: VolumeTopology[] = [];
  for (const key of pod.claimKeys) {
    const volume = volumeOf(handle, key);
    if (volume === undefined) continue;
    if ('code' in volume) return { status: volume };
    topologies.push(...topologiesOf(volume));
  }
  return topologies.length === 0 ? SKIP : { state: topologies };
}

function filter(topologies: readonly VolumeTopology[], { labels }: NodeInfo): Status | undefined {
  if (!TOPOLOGY_LABELS.some((key) => labels[key] !== undefined)) return undefined;
  for (const { key, values } of topologies) {
    const value = labels[key] ?? labels[MODERN.get(key) ?? key];
    if (value === undefined || !values.has(value)) return REFUSAL;
  }
  return undefined;
}

/** Models VolumeZone: volumes that say their zone in labels, as volumes of cloud disks once did. */
export const volumeZone: Plugin<readonly VolumeTopology[]> = {
  name: NAME,
  events: [
    {
      resource: 'StorageClass',
      action: Action.Add,
      hint: (_pod, _before, after) => (after as StorageClass | undefined)?.volumeBindingMode === 'WaitForFirstConsumer',
    },
    { resource: 'Node', action: Action.Add | Action.UpdateNodeLabel },
    {
      resource: 'PersistentVolumeClaim',
      action: Action.Add | Action.UpdateOther,
      hint: (pod, _before, after) => pod.metadata.namespace === after?.metadata.namespace
        && (pod.spec?.volumes ?? []).some((volume) => volume.persistentVolumeClaim?.claimName === after?.metadata.name),
    },
    {
      resource: 'PersistentVolume',
      action: Action.Add | Action.UpdateOther,
      hint: (_pod, before, after) => before === undefined || TOPOLOGY_LABELS.some((key) => before.metadata.labels?.[key] !== after?.metadata.labels?.[key]),
    },
  ],
  preFilter,
  explainFilter: (topologies, _pod, { labels }) => topologies.flatMap(({ key, values }) => {
    const actual = labels[key] ?? labels[MODERN.get(key) ?? key];
    if (actual !== undefined && values.has(actual)) return [];
    return [{ code: 'volumeZone', pod: 'spec.volumes', node: labelPath(key), params: { key, wanted: [...values].join(', '), actual: actual ?? '' } }];
  }),
  filter: (topologies, _pod, node) => filter(topologies, node),
};
