// What kube-controller-manager knows and does, for the page's inspector.
import type { ControllerManagerState } from './controller-manager.ts';
import type { ControllerRun } from './controller-run.ts';

export interface ControllerView {
  readonly name: string;
  /** False while it waits for leadership or its caches. */
  readonly started: boolean;
  readonly workers: number;
  /** Keys in line; at most `limit`, `waitingCount` is how many there are. */
  readonly waiting: readonly string[];
  readonly waitingCount: number;
  /** Keys being worked on, each with the purposes of the writes that it waits for. */
  readonly inProgress: readonly { readonly key: string; readonly waitingFor: readonly string[] }[];
  /** Keys that come back later: when (virtual µs) and after how many failures. */
  readonly delayed: readonly { readonly key: string; readonly readyUs: number; readonly failures: number }[];
}

export interface ControllerManagerView {
  readonly leading: boolean;
  /** Who holds the lease, as far as this process knows. */
  readonly leader: string;
  readonly controllers: readonly ControllerView[];
  readonly informers: readonly { readonly name: string; readonly objects: number; readonly synced: boolean; readonly phase: string; readonly resourceVersion: string }[];
  readonly requestsUnderWay: number;
}

/** A picture of the process; lists are cut at `limit` entries. */
export function inspectControllerManager(state: ControllerManagerState, limit = 50): ControllerManagerView {
  return {
    leading: state.leading, leader: state.leader?.elector.holder ?? '',
    controllers: [...state.runs.values()].map((run) => controllerView(run, limit)),
    informers: [...state.client.informers.values()].map(({ spec, objects, synced, phase, resourceVersion }) => ({ name: spec.name, objects: objects.size, synced, phase, resourceVersion })),
    requestsUnderWay: state.client.pendingCount,
  };
}

function controllerView(run: ControllerRun, limit: number): ControllerView {
  const { queue } = run;
  const open = new Map(run.openSyncs().map((sync) => [sync.key, sync.waitingFor]));
  return {
    name: run.controller.name, started: run.started, workers: run.settings.workers, waiting: queue.keys().slice(0, limit), waitingCount: queue.length,
    inProgress: queue.inProgress().slice(0, limit).map((key) => ({ key, waitingFor: open.get(key) ?? [] })),
    delayed: queue.delayed().slice(0, limit).map(({ key, readyUs }) => ({ key, readyUs, failures: queue.failuresOf(key) })),
  };
}
