import type { ApiObject } from '../../api/meta.ts';
import { mutatingFor } from '../admission/index.ts';
import type { Attributes } from '../admission/plugin.ts';
import { record } from '../call.ts';
import type { MutationStep, StageOutcome } from '../messages.ts';

const UNCHANGED: StageOutcome = { stage: 'mutatingAdmission', outcome: 'passed', code: 'admitted', params: {} };

/** Asks the plugins in their order; each sees what the one before it made of the object. */
export function mutatingAdmission(object: ApiObject, attributes: Attributes): ApiObject {
  const { call, ctx } = attributes;
  call.stage = 'mutatingAdmission';
  // What each plugin made of it is looked at by a person, not kept for every request.
  const steps: MutationStep[] | undefined = ctx.detail ? [] : undefined;
  let changed = object;
  let changedBy = '';
  for (const plugin of mutatingFor(attributes)) {
    const next = plugin.admit?.(changed, attributes) ?? changed;
    if (next !== changed) {
      changedBy += changedBy === '' ? plugin.name : `, ${plugin.name}`;
      steps?.push({ plugin: plugin.name, object: next });
    }
    changed = next;
  }
  if (changedBy === '') record(call, UNCHANGED);
  else record(call, { stage: 'mutatingAdmission', outcome: 'changed', code: 'mutated', params: { plugins: changedBy }, object: changed, ...(steps && { steps }) });
  return changed;
}
