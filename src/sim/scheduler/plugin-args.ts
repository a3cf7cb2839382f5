// Arguments of the configurable plugins (kubescheduler.config.k8s.io/v1), defaulted.
import type { NodeAffinity, TopologySpreadConstraint } from '../api/generated/types.ts';

export interface ResourceSpec { readonly name: string; readonly weight: number }
/** A point of a broken line: utilisation 0 … 100 in percent, score 0 … 10. */
export interface UtilizationShapePoint { readonly utilization: number; readonly score: number }

export type ScoringStrategyType = 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';

export interface ScoringStrategy {
  readonly type: ScoringStrategyType;
  readonly resources: readonly ResourceSpec[];
  readonly requestedToCapacityRatio?: { readonly shape: readonly UtilizationShapePoint[] };
}

export interface NodeResourcesFitArgs {
  readonly ignoredResources: readonly string[];
  readonly ignoredResourceGroups: readonly string[];
  readonly scoringStrategy: ScoringStrategy;
}

export interface NodeResourcesBalancedAllocationArgs { readonly resources: readonly ResourceSpec[] }

export interface PodTopologySpreadArgs {
  readonly defaultConstraints: readonly TopologySpreadConstraint[];
  readonly defaultingType: 'System' | 'List';
}

export interface InterPodAffinityArgs {
  /** Score per required affinity term of a running pod that the newcomer matches: 0 … 100. */
  readonly hardPodAffinityWeight: number;
  readonly ignorePreferredTermsOfExistingPods: boolean;
}

export interface NodeAffinityArgs { readonly addedAffinity?: NodeAffinity }

export interface DefaultPreemptionArgs {
  readonly minCandidateNodesPercentage: number;
  readonly minCandidateNodesAbsolute: number;
}

export interface PluginArgs {
  readonly NodeResourcesFit: NodeResourcesFitArgs;
  readonly NodeResourcesBalancedAllocation: NodeResourcesBalancedAllocationArgs;
  readonly PodTopologySpread: PodTopologySpreadArgs;
  readonly InterPodAffinity: InterPodAffinityArgs;
  readonly NodeAffinity: NodeAffinityArgs;
  readonly DefaultPreemption: DefaultPreemptionArgs;
}

const CPU_AND_MEMORY: readonly ResourceSpec[] = [{ name: 'cpu', weight: 1 }, { name: 'memory', weight: 1 }];

export const DEFAULT_PLUGIN_ARGS: PluginArgs = {
  NodeResourcesFit: { ignoredResources: [], ignoredResourceGroups: [], scoringStrategy: { type: 'LeastAllocated', resources: CPU_AND_MEMORY } },
  NodeResourcesBalancedAllocation: { resources: CPU_AND_MEMORY },
  PodTopologySpread: { defaultConstraints: [], defaultingType: 'System' },
  InterPodAffinity: { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false },
  NodeAffinity: {},
  DefaultPreemption: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 },
};
