import { record } from '../call.ts';
import type { Call } from '../call.ts';
import type { StageOutcome } from '../messages.ts';

const FROM_CACHE: StageOutcome = { stage: 'etcd', outcome: 'skipped', code: 'readFromCache', params: {} };
const UNCHANGED: StageOutcome = { stage: 'etcd', outcome: 'skipped', code: 'unchanged', params: {} };
const DRY_RUN: StageOutcome = { stage: 'etcd', outcome: 'skipped', code: 'dryRun', params: {} };

const SENT = { create: 'createSent', update: 'updateSent', delete: 'deleteSent', read: 'readSent' } as const;

/** A transaction was sent to etcd; what came of it is told when the answer is there. */
export function recordWaiting(call: Call, code: keyof typeof SENT, key: string): void {
  call.stage = 'etcd';
  record(call, { stage: 'etcd', outcome: 'passed', code: SENT[code], params: { key } });
}

export function recordCommitted(call: Call, key: string, revision: number, tookUs: number): void {
  replaceLast(call, { stage: 'etcd', outcome: 'changed', code: 'committed', params: { key, revision, tookUs } });
}

export function recordRead(call: Call, key: string, revision: number, tookUs: number): void {
  replaceLast(call, { stage: 'etcd', outcome: 'passed', code: 'read', params: { key, revision, tookUs } });
}

export function recordCache(call: Call): void {
  record(call, FROM_CACHE);
}

export function recordUnchanged(call: Call): void {
  record(call, UNCHANGED);
}

export function recordDryRun(call: Call): void {
  record(call, DRY_RUN);
}

/** The answer takes the place of the outcome that said "sent"; the call has a list of its own since it was resumed. */
function replaceLast({ stages }: Call, outcome: StageOutcome): void {
  const last = stages.length - 1;
  if (stages[last]?.stage === 'etcd') stages[last] = outcome;
  else stages.push(outcome);
}
