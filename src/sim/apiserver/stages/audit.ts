import { record } from '../call.ts';
import type { Call } from '../call.ts';
import type { StageOutcome } from '../messages.ts';

const NO_POLICY: StageOutcome = { stage: 'audit', outcome: 'skipped', code: 'noAuditPolicy', params: {} };

/** Without an audit policy file, as by default, no request is logged. */
export function audit(call: Call): void {
  record(call, NO_POLICY);
}
