import type { Deployment, ReplicaSet } from '../../api/generated/types.ts';
import { DEPLOYMENTS } from '../../api/resources.ts';
import { updateRequest } from '../../client/requests.ts';
import type { Write, WriteResult } from '../controller.ts';
import type { Steps } from '../steps.ts';

/** What a sync reads, once, when it begins. */
export interface SyncInput {
  readonly key: string;
  readonly deployment: Deployment;
  /** ReplicaSets of the namespace that it owns or that nobody owns. */
  readonly candidates: readonly ReplicaSet[];
  /** uids of ReplicaSets with pods that have not finished; only filled for the Recreate strategy. */
  readonly withPods: readonly string[];
  readonly unixUs: number;
}

/** A sync under way. The Deployment is a working copy: status writes don't refresh its resourceVersion, as in the real one. */
export interface Sync {
  readonly input: SyncInput;
  readonly steps: Steps;
  deployment: Deployment;
  /** What revision.ts found for the present template. */
  split?: { readonly owned: readonly ReplicaSet[]; readonly template: unknown; readonly current: ReplicaSet | undefined; readonly old: readonly ReplicaSet[] };
  /** A ReplicaSet as the cache has it at that moment. */
  cached(key: string): ReplicaSet | undefined;
}

export function statusWrite(deployment: Deployment): Write {
  return { purpose: 'updateStatus', spec: updateRequest(DEPLOYMENTS, deployment, 'status') };
}

/** Writes the working copy's status (and with it, its annotations). Later writes of it in this sync will conflict. */
export function writeStatus(sync: Sync): WriteResult {
  return sync.steps.write(statusWrite(sync.deployment));
}
