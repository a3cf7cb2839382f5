import { clusterActor } from './cluster.ts';
import { etcdActor } from './etcd/actor.ts';
import { apiServerActor } from './apiserver/actor.ts';
import { controllerManager } from './controllers/controller-manager.ts';
import { schedulerActor } from './scheduler/actor.ts';
import { kubelet } from './node/kubelet/kubelet.ts';
import { containerRuntime } from './node/runtime/runtime.ts';
import { cni } from './node/cni.ts';
import { csiNode } from './node/csi-node.ts';
import { storageActors } from './addons/csi-controller/index.ts';
import { allKinds } from './api/kinds/index.ts';
import type { Actor } from './kernel/actor.ts';
import { Kernel } from './kernel/kernel.ts';
import type { LatencyTable } from './kernel/latency.ts';

/** Every component that a world can have; a new one is a line here and a step in cluster.ts. */
const ACTORS = [clusterActor, etcdActor, apiServerActor(allKinds), controllerManager, schedulerActor, kubelet, containerRuntime, cni, csiNode, ...storageActors] as readonly Actor[];

/** 2026-01-05T09:00:00Z, a Monday morning: where virtual time begins unless a state says otherwise. */
export const EPOCH_US = 1_767_603_600_000_000;

export interface WorldOptions {
  readonly seed: number;
  readonly epochUs?: number;
  readonly latency?: LatencyTable;
  /** Clients that live outside of src/sim: kubectl, the façade, test doubles. */
  readonly extraActors?: readonly Actor[];
  readonly freeze?: boolean;
  readonly traceLimit?: number;
}

/** A world in which nothing has happened yet: the first input is `boot` to the actor `cluster`. */
export function createWorld(options: WorldOptions): Kernel {
  const { seed, epochUs = EPOCH_US, latency, extraActors = [], freeze, traceLimit } = options;
  const replaced = new Set(extraActors.map((actor) => actor.kind));
  return new Kernel({
    seed, epochUs, actors: [...ACTORS.filter((actor) => !replaced.has(actor.kind)), ...extraActors],
    ...(latency && { latency }), ...(freeze !== undefined && { freeze }), ...(traceLimit !== undefined && { traceLimit }),
  });
}
