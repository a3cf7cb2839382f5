import { splitGroupVersion } from '../../api/decode-body.ts';
import type { Kind } from '../../api/kind.ts';
import type { ApiObject, FieldError } from '../../api/meta.ts';
import { record, resourceOf } from '../call.ts';
import type { Call } from '../call.ts';
import type { StageOutcome } from '../messages.ts';
import { Refusal, invalid } from '../status.ts';

const VALID: StageOutcome = { stage: 'validation', outcome: 'passed', code: 'valid', params: {} };

/** Of the kind that is stored: validation knows no other. */
function groupOf({ group, storedAs }: Kind): string {
  return storedAs ? (splitGroupVersion(storedAs.apiVersion)?.group ?? '') : group;
}

/** Refuses (422) if the kind's strategy found errors. */
export function validation(call: Call, object: ApiObject, errors: readonly FieldError[]): void {
  call.stage = 'validation';
  const { kind } = resourceOf(call);
  if (errors.length > 0) throw new Refusal(invalid(groupOf(kind), object.kind, object.metadata.name ?? '', errors));
  record(call, VALID);
}
