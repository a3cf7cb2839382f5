import type { SessionInput } from '../../worker/protocol.ts';

/** What kube-scheduler runs with when it is given nothing, written out. */
export const DEFAULT_CONFIGURATION = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
percentageOfNodesToScore: 0   # 0: adapts to the size of the cluster
podInitialBackoffSeconds: 1
podMaxBackoffSeconds: 10
profiles:
- schedulerName: default-scheduler
  plugins:
    multiPoint:
      enabled:
      - {name: TaintToleration, weight: 3}
      - {name: NodeAffinity, weight: 2}
      - {name: NodeResourcesFit, weight: 1}
      - {name: PodTopologySpread, weight: 2}
      - {name: InterPodAffinity, weight: 2}
      - {name: NodeResourcesBalancedAllocation, weight: 1}
      - {name: ImageLocality, weight: 1}
  pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy:
        type: LeastAllocated
        resources: [{name: cpu, weight: 1}, {name: memory, weight: 1}]
`;

const MOST_ALLOCATED = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
  plugins:
    score:
      disabled:
      - name: NodeResourcesBalancedAllocation
      enabled:
      - {name: NodeResourcesFit, weight: 10}
  pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy:
        type: MostAllocated
        resources: [{name: cpu, weight: 1}, {name: memory, weight: 1}]
`;

const TWO_PROFILES = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
- schedulerName: packing-scheduler
  pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy:
        type: RequestedToCapacityRatio
        resources: [{name: cpu, weight: 3}, {name: memory, weight: 1}]
        requestedToCapacityRatio:
          shape: [{utilization: 0, score: 0}, {utilization: 80, score: 10}, {utilization: 100, score: 5}]
`;

/** Starting points, by the code of their name. */
export const TEMPLATES = { default: DEFAULT_CONFIGURATION, packing: MOST_ALLOCATED, twoProfiles: TWO_PROFILES } as const;

/** The configuration that decided at a moment; what was given at that very moment comes after it. */
export function configurationAt(inputs: readonly SessionInput[], atUs: number): string {
  const given = inputs.findLast((each) => each.input.type === 'schedulerConfigure' && each.atUs < atUs)?.input;
  return given?.type === 'schedulerConfigure' ? given.yaml : DEFAULT_CONFIGURATION;
}

/** The configuration that was given last, up to the playhead; the default when none was. */
export function runningConfiguration(inputs: readonly SessionInput[], position: number): string {
  const given = inputs.findLast((each) => each.input.type === 'schedulerConfigure' && each.position <= position)?.input;
  return given?.type === 'schedulerConfigure' ? given.yaml : DEFAULT_CONFIGURATION;
}
