import type { ApiObject } from '../../api/meta.ts';
import { validatingFor } from '../admission/index.ts';
import type { Attributes } from '../admission/plugin.ts';
import { record } from '../call.ts';
import type { StageOutcome } from '../messages.ts';

const ADMITTED: StageOutcome = { stage: 'validatingAdmission', outcome: 'passed', code: 'admitted', params: {} };

/** Asks the plugins that only look. The first refusal counts. */
export function validatingAdmission(object: ApiObject | undefined, attributes: Attributes): void {
  const { call } = attributes;
  call.stage = 'validatingAdmission';
  for (const plugin of validatingFor(attributes)) plugin.validate?.(object, attributes);
  record(call, ADMITTED);
}
