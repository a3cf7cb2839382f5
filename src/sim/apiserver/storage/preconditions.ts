// What a client says about the object that it means to change (models storage.Preconditions).
import type { ApiObject } from '../../api/meta.ts';
import { subjectOf } from '../call.ts';
import type { Call } from '../call.ts';
import { Refusal, conflict } from '../status.ts';

/** Throws Refusal (409) if the object that was sent names another uid, or with `revision` another resourceVersion. */
export function checkSameObject(call: Call, key: string, sent: ApiObject, existing: ApiObject, revision = false): void {
  compare(call, key, 'UID', sent.metadata.uid, existing.metadata.uid);
  if (revision) compare(call, key, 'ResourceVersion', sent.metadata.resourceVersion, existing.metadata.resourceVersion);
}

function compare(call: Call, key: string, what: 'UID' | 'ResourceVersion', wanted: string | undefined, found: string | undefined): void {
  if (!wanted || wanted === found) return;
  const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found ?? ''}`;
  throw new Refusal(conflict(subjectOf(call), call.request.name, why));
}
