// The parts of a node, for those who put worlds together.
import type { Actor, ActorId } from '../kernel/actor.ts';
import { cni } from './cni.ts';
import { csiNode } from './csi-node.ts';
import { kubelet } from './kubelet/kubelet.ts';
import { cniId, csiNodeId, kubeletId, runtimeId } from './messages.ts';
import { containerRuntime } from './runtime/runtime.ts';

/** The kinds of actors that a node consists of. */
export const nodeActors: readonly Actor[] = [kubelet as Actor, containerRuntime as Actor, cni as Actor, csiNode as Actor];

/** The actors of one node, in the order in which they are to be spawned; each gets the same NodeArgs. */
export function nodeParts(node: string): readonly ActorId[] {
  return [cniId(node), csiNodeId(node), runtimeId(node), kubeletId(node)];
}
