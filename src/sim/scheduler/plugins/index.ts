// All plugins, in the order of the default profile. A new plugin is a file and a line here.
import type { Plugin } from '../framework/plugin.ts';
import type { PluginArgs } from '../plugin-args.ts';
import { defaultBinder } from './default-binder.ts';
import { defaultPreemption } from './default-preemption.ts';
import { dynamicResources } from './dynamic-resources.ts';
import { imageLocality } from './image-locality.ts';
import { interPodAffinity } from './inter-pod-affinity.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodeDeclaredFeatures } from './node-declared-features.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { nodeVolumeLimits } from './node-volume-limits.ts';
import { podTopologySpread } from './pod-topology-spread.ts';
import { prioritySort } from './priority-sort.ts';
import { schedulingGates } from './scheduling-gates.ts';
import { taintToleration } from './taint-toleration.ts';
import { volumeBinding } from './volume-binding.ts';
import { volumeRestrictions } from './volume-restrictions.ts';
import { volumeZone } from './volume-zone.ts';

export interface Registration {
  readonly name: string;
  /** Weight of its score in the default profile; plugins without a score have none. */
  readonly weight: number;
  create(args: PluginArgs): Plugin;
}

export const PLUGINS: readonly Registration[] = [
  { name: 'SchedulingGates', weight: 0, create: () => schedulingGates },
  { name: 'PrioritySort', weight: 0, create: () => prioritySort },
  { name: 'NodeUnschedulable', weight: 0, create: () => nodeUnschedulable },
  { name: 'NodeName', weight: 0, create: () => nodeName },
  { name: 'TaintToleration', weight: 3, create: () => taintToleration },
  { name: 'NodeAffinity', weight: 2, create: (args) => nodeAffinity(args.NodeAffinity) },
  { name: 'NodePorts', weight: 0, create: () => nodePorts },
  { name: 'NodeResourcesFit', weight: 1, create: (args) => nodeResourcesFit(args.NodeResourcesFit) },
  { name: 'VolumeRestrictions', weight: 0, create: () => volumeRestrictions },
  { name: 'NodeVolumeLimits', weight: 0, create: () => nodeVolumeLimits },
  { name: 'VolumeBinding', weight: 1, create: () => volumeBinding },
  { name: 'VolumeZone', weight: 0, create: () => volumeZone },
  { name: 'PodTopologySpread', weight: 2, create: (args) => podTopologySpread(args.PodTopologySpread) },
  { name: 'InterPodAffinity', weight: 2, create: (args) => interPodAffinity(args.InterPodAffinity) },
  { name: 'DynamicResources', weight: 2, create: () => dynamicResources },
  { name: 'DefaultPreemption', weight: 0, create: (args) => defaultPreemption(args.DefaultPreemption) },
  { name: 'NodeResourcesBalancedAllocation', weight: 1, create: (args) => nodeResourcesBalancedAllocation(args.NodeResourcesBalancedAllocation) },
  { name: 'ImageLocality', weight: 1, create: () => imageLocality },
  { name: 'DefaultBinder', weight: 0, create: () => defaultBinder },
  { name: 'NodeDeclaredFeatures', weight: 0, create: () => nodeDeclaredFeatures },
];
