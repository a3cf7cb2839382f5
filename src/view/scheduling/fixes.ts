// What could be changed so that a node takes a pod: as data, and carried out on the objects.
import type { Node, Pod, Taint } from '../../sim/api/generated/types.ts';
import type { Collision } from '../../sim/scheduler/framework/attempt.ts';

export type Fix =
  | { readonly kind: 'tolerate'; readonly key: string; readonly value: string; readonly effect: Taint['effect'] }
  | { readonly kind: 'untaint'; readonly node: string; readonly key: string; readonly effect: Taint['effect'] }
  | { readonly kind: 'label'; readonly node: string; readonly key: string; readonly value: string }
  | { readonly kind: 'unselect'; readonly key: string }
  | { readonly kind: 'uncordon'; readonly node: string }
  | { readonly kind: 'request'; readonly resource: string; readonly to: number }
  | { readonly kind: 'grow'; readonly node: string; readonly resource: string; readonly to: number }
  | { readonly kind: 'relax'; readonly index: number };

const text = ({ params }: Collision, name: string): string => String(params[name] ?? '');
const amount = ({ params }: Collision, name: string): number => Number(params[name] ?? 0);
const MEBI = 2 ** 20;

/** Changes of the pod or of that node that would settle a collision; none for what neither can help. */
export function fixesFor(collision: Collision, node: string): readonly Fix[] {
  const key = text(collision, 'key');
  switch (collision.code) {
    case 'untoleratedTaint': {
      const effect = text(collision, 'effect') as Taint['effect'];
      return [{ kind: 'tolerate', key, value: text(collision, 'value'), effect }, { kind: 'untaint', node, key, effect }];
    }
    case 'nodeSelector': return [{ kind: 'label', node, key, value: text(collision, 'wanted') }, { kind: 'unselect', key }];
    case 'nodeAffinity': return text(collision, 'operator') === 'In' ? [{ kind: 'label', node, key, value: text(collision, 'values').split(', ')[0] ?? '' }] : [];
    case 'cordoned': return [{ kind: 'uncordon', node }];
    case 'insufficient': case 'beyondCapacity': return resourceFixes(collision, node);
    case 'tooManyPods': return [{ kind: 'grow', node, resource: 'pods', to: amount(collision, 'used') + 1 }];
    case 'skew': case 'missingLabel': return [{ kind: 'relax', index: Number(/\[(\d+)\]/.exec(collision.pod ?? '')?.[1] ?? 0) }];
    default: return [];
  }
}

function resourceFixes(collision: Collision, node: string): readonly Fix[] {
  const resource = text(collision, 'resource');
  const free = amount(collision, 'capacity') - amount(collision, 'used');
  const rounded = resource === 'cpu' ? Math.floor(free / 100) * 100 : Math.floor(free / MEBI) * MEBI;
  const grow: Fix = { kind: 'grow', node, resource, to: amount(collision, 'used') + amount(collision, 'wanted') };
  return rounded > 0 ? [{ kind: 'request', resource, to: rounded }, grow] : [grow];
}

/** An amount as a quantity: cpu from millicores, other resources from whole units. */
export function quantity(resource: string, value: number): string {
  if (resource === 'cpu') return value % 1000 === 0 ? String(value / 1000) : `${value}m`;
  const isBytes = resource === 'memory' || resource === 'ephemeral-storage';
  if (!isBytes || value % MEBI !== 0) return String(value);
  return value % 2 ** 30 === 0 ? `${value / 2 ** 30}Gi` : `${value / MEBI}Mi`;
}

/** Whether a fix changes the pod; otherwise it changes a node. */
export function changesPod(fix: Fix): boolean {
  return fix.kind === 'tolerate' || fix.kind === 'unselect' || fix.kind === 'request' || fix.kind === 'relax';
}

/** The pod after a fix; the same pod where the fix is about a node. */
export function fixedPod(pod: Pod, fix: Fix): Pod {
  const { spec } = pod;
  if (!spec) return pod;
  switch (fix.kind) {
    case 'tolerate': {
      const toleration = { key: fix.key, operator: 'Equal' as const, ...(fix.value !== '' && { value: fix.value }), effect: fix.effect };
      return { ...pod, spec: { ...spec, tolerations: [...spec.tolerations ?? [], toleration] } };
    }
    case 'unselect': return { ...pod, spec: { ...spec, nodeSelector: Object.fromEntries(Object.entries(spec.nodeSelector ?? {}).filter(([key]) => key !== fix.key)) } };
    case 'request': {
      const share = Math.max(1, Math.floor(fix.to / Math.max(1, spec.containers.length)));
      const containers = spec.containers.map((container) => {
        const requests = { ...container.resources?.requests, [fix.resource]: quantity(fix.resource, share) };
        return { ...container, resources: { ...container.resources, requests } };
      });
      return { ...pod, spec: { ...spec, containers } };
    }
    case 'relax': {
      const constraints = (spec.topologySpreadConstraints ?? []).map((each, i) => (i === fix.index ? { ...each, whenUnsatisfiable: 'ScheduleAnyway' as const } : each));
      return { ...pod, spec: { ...spec, topologySpreadConstraints: constraints } };
    }
    case 'untaint': case 'label': case 'uncordon': case 'grow': return pod;
  }
}

/** The node after a fix; the same node where the fix is about the pod. */
export function fixedNode(node: Node, fix: Fix): Node {
  switch (fix.kind) {
    case 'untaint': return { ...node, spec: { ...node.spec, taints: (node.spec?.taints ?? []).filter((taint) => taint.key !== fix.key || taint.effect !== fix.effect) } };
    case 'label': return { ...node, metadata: { ...node.metadata, labels: { ...node.metadata.labels, [fix.key]: fix.value } } };
    case 'uncordon': {
      const taints = (node.spec?.taints ?? []).filter((taint) => taint.key !== 'node.kubernetes.io/unschedulable');
      return { ...node, spec: { ...node.spec, unschedulable: false, taints } };
    }
    case 'grow': return { ...node, status: { ...node.status, allocatable: { ...node.status?.allocatable, [fix.resource]: quantity(fix.resource, fix.to) } } };
    case 'tolerate': case 'unselect': case 'request': case 'relax': return node;
  }
}

/** What a person would edit of a pod: no status, no fields that the server manages. */
export function editablePod({ apiVersion, kind, metadata: { name, namespace, labels }, spec }: Pod): Pod {
  return { apiVersion, kind, metadata: { name, namespace, ...(labels && { labels }) }, ...(spec && { spec }) };
}

/** What a person would edit of a node: labels, taints, cordon, and how much of everything there is. */
export function editableNode({ apiVersion, kind, metadata: { name, labels }, spec, status }: Node): Node {
  const { taints, unschedulable } = spec ?? {};
  return {
    apiVersion, kind, metadata: { name, ...(labels && { labels }) },
    spec: { ...(unschedulable && { unschedulable }), ...(taints && taints.length > 0 && { taints }) },
    status: { ...(status?.allocatable && { allocatable: status.allocatable }) },
  };
}
