// What a sync of a Job begins with, and what it has found out.
import type { Job, Pod } from '../../api/generated/types.ts';
import type { ApiObject, GroupVersionResource } from '../../api/meta.ts';
import type { Steps } from '../steps.ts';
import type { BackoffRecord } from './backoff.ts';
import type { Intervals } from './indexes.ts';
import type { JobPods } from './pod-control.ts';
import { failuresOf, ignoredFailuresOf } from './pods.ts';
import type { Draft, Finish } from './status.ts';

export const JOBS: GroupVersionResource = { group: 'batch', version: 'v1', resource: 'jobs' };

export interface SyncInput {
  readonly key: string;
  readonly job: Job;
  /** Its own and orphans of the namespace. */
  readonly pods: readonly Pod[];
  /** The cache has seen all pods that were made and deleted. */
  readonly satisfied: boolean;
  /** Uids of pods that have been let go, which the cache has not seen yet. */
  readonly released: ReadonlySet<string>;
  readonly backoff: BackoffRecord;
  readonly unixUs: number;
}

/** What a sync asks of the controller around it. */
export interface SyncHost {
  expectCreations(count: number): void;
  notCreated(count: number): void;
  expectDeletions(keys: readonly string[]): void;
  notDeleted(key: string): void;
  expectReleases(uids: readonly string[]): void;
  notReleased(uid: string): void;
  keepBackoff(record: BackoffRecord): void;
  finished(): void;
  wrote(informer: string, object: ApiObject): void;
}

/** What a sync has found out. */
export interface JobContext {
  readonly input: SyncInput;
  readonly job: Job;
  readonly draft: Draft;
  readonly steps: Steps;
  readonly host: SyncHost;
  readonly podControl: JobPods;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly indexed: boolean;
  readonly backoff: BackoffRecord;
  /** Counted pods and those that will be. */
  succeeded: number;
  failed: number;
  /** From the status, and with those that succeeded since. */
  readonly earlierIndexes: Intervals;
  succeededIndexes: Intervals;
  /** Undefined without backoffLimitPerIndex. */
  readonly failedIndexes: Intervals | undefined;
  /** Failed pods that stay until their index has a replacement, which takes over their count. */
  readonly keptByIndex: ReadonlyMap<number, Pod>;
  ready: number;
  terminating: number;
  finish: Finish | undefined;
  requeueAfterUs: number | undefined;
}

export function uidOf(object: ApiObject): string {
  return object.metadata.uid ?? '';
}

/** Failures of the index before this pod, counted or not. */
export function allFailuresOf(pod: Pod): number {
  return failuresOf(pod) + ignoredFailuresOf(pod);
}

export function isSuspended(job: Job): boolean {
  return job.spec?.suspend === true;
}

export function lookAgain(context: JobContext, delayUs: number): void {
  context.requeueAfterUs = Math.min(context.requeueAfterUs ?? Infinity, delayUs);
}
