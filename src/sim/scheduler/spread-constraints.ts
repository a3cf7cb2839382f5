// Topology spread constraints of a pod, parsed, and how many matching pods each node holds.
import type { Pod, Toleration, TopologySpreadConstraint } from '../api/generated/types.ts';
import type { Labels, Selector } from '../api/selectors.ts';
import { intersectSelectors, matchesSelector, selectorOf, selectorOfLabels } from '../api/selectors.ts';
import { defaultSelector } from './default-selector.ts';
import type { Handle } from './framework/plugin.ts';
import { hasRequiredNodeAffinity, requiredNodeAffinityMatches } from './node-affinity.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodTopologySpreadArgs } from './plugin-args.ts';
import type { PodInfo } from './pod-info.ts';
import { hasForbiddingTaint } from './taints.ts';

export const HOSTNAME = 'kubernetes.io/hostname';
export const ZONE = 'topology.kubernetes.io/zone';

/** What "cluster default constraints" are without configuration: soft, by node and by zone. */
const SYSTEM_DEFAULTS: readonly TopologySpreadConstraint[] = [
  { topologyKey: HOSTNAME, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: ZONE, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
];

export interface SpreadConstraint {
  /** Its place in the pod's list; −1 for defaults. */
  readonly index: number;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly topologyKey: string;
  readonly selector: Selector;
  readonly honorNodeAffinity: boolean;
  readonly honorNodeTaints: boolean;
}

/** matchLabelKeys stand for the incoming pod's own values of those labels. */
function selectorWithKeys(constraint: TopologySpreadConstraint, labels: Labels): Selector {
  const selector = selectorOf(constraint.labelSelector);
  const present = (constraint.matchLabelKeys ?? []).filter((key) => Object.hasOwn(labels, key));
  if (present.length === 0) return selector;
  return intersectSelectors(selectorOfLabels(Object.fromEntries(present.map((key) => [key, labels[key] ?? '']))), selector);
}

function parse(constraint: TopologySpreadConstraint, labels: Labels, index: number): SpreadConstraint {
  return {
    index,
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    topologyKey: constraint.topologyKey,
    selector: selectorWithKeys(constraint, labels),
    honorNodeAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honorNodeTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}

/** The pod's own constraints of that kind, or the defaults if it has none at all and belongs to something. */
export function constraintsOf(
  pod: PodInfo, handle: Handle, args: PodTopologySpreadArgs, action: TopologySpreadConstraint['whenUnsatisfiable'],
): readonly SpreadConstraint[] {
  const own = pod.pod.spec?.topologySpreadConstraints;
  if (own !== undefined && own.length > 0) return own.flatMap((c, i) => (c.whenUnsatisfiable === action ? [parse(c, pod.labels, i)] : []));
  const defaults = (args.defaultingType === 'System' ? SYSTEM_DEFAULTS : args.defaultConstraints)
    .filter((c) => c.whenUnsatisfiable === action).map((c) => parse(c, pod.labels, -1));
  if (defaults.length === 0) return defaults;
  const selector = defaultSelector(pod.pod, handle.listers);
  return selector.requirements.length === 0 ? [] : defaults.map((constraint) => ({ ...constraint, selector }));
}

/** Whether the node counts as a place for this pod under the constraint's two policies. */
export type NodeInclusion = (constraint: SpreadConstraint, node: NodeInfo) => boolean;

export function nodeInclusion(pod: Pod): NodeInclusion {
  const checkAffinity = hasRequiredNodeAffinity(pod);
  const tolerations: readonly Toleration[] | undefined = pod.spec?.tolerations;
  return (constraint, info) => {
    const { node } = info;
    if (node === undefined) return false;
    if (checkAffinity && constraint.honorNodeAffinity && !requiredNodeAffinityMatches(pod, node)) return false;
    return !constraint.honorNodeTaints || !hasForbiddingTaint(node.spec?.taints, tolerations);
  };
}

/** By slot: how many pods of that namespace match, terminating ones left out (countPodsMatchSelector). */
export function matchingPodsPerSlot(handle: Handle, namespace: string, selector: Selector): Int32Array {
  const { cache } = handle;
  const perSlot = new Int32Array(cache.slotCount);
  for (const group of cache.groups().inNamespace(namespace)) {
    if (group.sample.terminating || !matchesSelector(selector, group.sample.labels)) continue;
    const { slots, counts } = group;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] ?? 0;
      perSlot[slot] = (perSlot[slot] ?? 0) + (counts[i] ?? 0);
    }
  }
  return perSlot;
}
