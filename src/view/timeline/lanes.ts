import { instanceOf, kindOf } from '../stage/actors.ts';

export interface Lane { readonly id: string; readonly label: string }

const FIXED: readonly (readonly [string, string])[] = [
  ['kubectl', 'kubectl'], ['kube-apiserver', 'API server'], ['etcd', 'etcd'], ['kube-controller-manager', 'controllers'], ['kube-scheduler', 'scheduler'],
];
/** With more nodes than this they share one lane. */
const NODE_LANES_MAX = 6;

export interface LaneMap {
  readonly lanes: readonly Lane[];
  /** Lane index of an actor; -1 for actors that have no lane. */
  indexOf(actor: string): number;
}

const collator = new Intl.Collator('en', { numeric: true });

/** One lane a component; one a node while they are few. `nodesLabel` names the shared lane. */
export function lanesFor(nodes: readonly string[], nodesLabel: string): LaneMap {
  const own = nodes.length <= NODE_LANES_MAX;
  const names = own ? [...nodes].sort(collator.compare) : [];
  const lanes: Lane[] = [...FIXED.map(([id, label]) => ({ id, label })), ...names.map((name) => ({ id: `node/${name}`, label: name }))];
  if (!own) lanes.push({ id: 'nodes', label: nodesLabel });
  const byId = new Map(lanes.map((lane, index) => [lane.id, index]));
  const cache = new Map<string, number>();
  const find = (actor: string): number => {
    const kind = kindOf(actor);
    if (kind === 'kubectl') return byId.get('kubectl') ?? -1;
    const node = instanceOf(actor);
    if (node !== '') return byId.get(own ? `node/${node}` : 'nodes') ?? -1;
    if (kind === 'cluster') return byId.get('kubectl') ?? -1;
    return byId.get(kind === 'csi-controller' ? 'kube-controller-manager' : kind) ?? -1;
  };
  return {
    lanes,
    indexOf(actor) {
      let index = cache.get(actor);
      if (index === undefined) cache.set(actor, index = find(actor));
      return index;
    },
  };
}
