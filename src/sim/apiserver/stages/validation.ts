import type { ApiObject, FieldError } from '../../api/meta.ts';
import { record, resourceOf } from '../call.ts';
import type { Call } from '../call.ts';
import type { StageOutcome } from '../messages.ts';
import { Refusal, invalid } from '../status.ts';

const VALID: StageOutcome = { stage: 'validation', outcome: 'passed', code: 'valid', params: {} };

/** Refuses (422) if the kind's strategy found errors. */
export function validation(call: Call, object: ApiObject, errors: readonly FieldError[]): void {
  call.stage = 'validation';
  const { kind } = resourceOf(call);
  if (errors.length > 0) throw new Refusal(invalid(kind.group, object.kind, object.metadata.name ?? '', errors));
  record(call, VALID);
}
