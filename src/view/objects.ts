// Every object at the playhead as one list, for finding one by its name: pods and nodes are told apart from the rest elsewhere.
import type { Model } from './model.ts';

export interface ListedObject { readonly key: string; readonly kind: string; readonly namespace: string; readonly name: string; readonly brief: string }

/** What people look for first; the others follow by their names. */
const FIRST = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod', 'Node', 'Service', 'EndpointSlice', 'ConfigMap', 'Secret', 'PersistentVolumeClaim', 'PersistentVolume', 'StorageClass', 'Namespace'];

const rankOf = (kind: string): number => {
  const rank = FIRST.indexOf(kind);
  return rank < 0 ? FIRST.length : rank;
};

/** Objects that come with every cluster are less often meant than one's own. */
const isSystem = ({ namespace, name }: ListedObject): boolean => namespace.startsWith('kube-') || name.startsWith('system:') || name.startsWith('kube-');

const collator = new Intl.Collator('en', { numeric: true });

function compare(a: ListedObject, b: ListedObject): number {
  return Number(isSystem(a)) - Number(isSystem(b)) || rankOf(a.kind) - rankOf(b.kind) || collator.compare(a.kind, b.kind) || collator.compare(a.namespace, b.namespace) || collator.compare(a.name, b.name);
}

export function listObjects({ objects, pods, nodes }: Pick<Model, 'objects' | 'pods' | 'nodes'>): readonly ListedObject[] {
  const all: ListedObject[] = [...objects.values()];
  for (const pod of pods.values()) all.push({ key: `pods/${pod.key}`, kind: 'Pod', namespace: pod.namespace, name: pod.name, brief: pod.status });
  for (const node of nodes.values()) all.push({ key: `nodes//${node.name}`, kind: 'Node', namespace: '', name: node.name, brief: node.up ? node.zone : '' });
  return all.sort(compare);
}

/** Objects in which every word is found: in the kind, the namespace or the name. */
export function findObjects(all: readonly ListedObject[], text: string, limit: number): readonly ListedObject[] {
  const words = text.toLowerCase().split(/[\s/]+/).filter(Boolean);
  const found: ListedObject[] = [];
  for (const object of all) {
    if (found.length >= limit) break;
    const hay = `${object.kind} ${object.namespace} ${object.name}`.toLowerCase();
    if (words.every((word) => hay.includes(word))) found.push(object);
  }
  return found;
}

/** `/registry/deployments/default/web` → the page's `deployments.apps/default/web`; undefined for what the page doesn't list. */
export function keyOfEtcdKey({ objects, pods, nodes }: Pick<Model, 'objects' | 'pods' | 'nodes'>, etcdKey: string): string | undefined {
  const parts = etcdKey.split('/').slice(2);
  // Custom resources and their definitions have their group in front.
  const [resource = '', ...rest] = parts[0]?.includes('.') ? parts.slice(1) : parts;
  const name = rest.at(-1) ?? '';
  const namespace = rest.length > 1 ? rest.at(-2) ?? '' : '';
  if (resource === 'pods') return pods.has(`${namespace}/${name}`) ? `pods/${namespace}/${name}` : undefined;
  if (resource === 'minions') return nodes.has(name) ? `nodes//${name}` : undefined;
  for (const key of objects.keys()) if (key.endsWith(`/${namespace}/${name}`) && key.split(/[./]/)[0] === resource) return key;
  return undefined;
}
