// What a policy says to a request (models admission/plugin/policy/validating.validator).
import { activationOf, compilePolicy } from '../../../api/cel/admission.ts';
import type { AdmissionInput } from '../../../api/cel/admission.ts';
import type { CelCompilation, CelOutcome } from '../../../api/cel/expression.ts';
import type { Validation, ValidatingAdmissionPolicySpec } from '../../../api/generated/types.ts';

/** Why a request is not as the policy wants it. */
interface Finding { readonly message: string; readonly reason: string }

interface AuditNote { readonly key: string; readonly value: string }

interface Verdict {
  readonly findings: readonly Finding[];
  /** Errors of audit annotations: they refuse the request whatever the binding's actions are. */
  readonly errors: readonly string[];
  readonly notes: readonly AuditNote[];
}

const NOTHING: Verdict = { findings: [], errors: [], notes: [] };
const MAX_MESSAGE_BYTES = 5 * 1024;

type Activation = Readonly<Record<string, unknown>>;

function run(compiled: CelCompilation, expression: string, activation: Activation): CelOutcome {
  if (!compiled.ok) return { ok: false, message: `compilation error: ${compiled.message}` };
  const outcome = compiled.program.run(activation);
  return outcome.ok ? outcome : { ok: false, message: `expression '${expression}' resulted in error: ${outcome.message}` };
}

/** Evaluates a policy; what fails counts against the request unless the policy's failurePolicy is Ignore. */
export function evaluate(spec: ValidatingAdmissionPolicySpec, input: AdmissionInput): Verdict {
  const compiled = compilePolicy(spec);
  const activation = activationOf(compiled.variables, input);
  const ignores = spec.failurePolicy === 'Ignore';
  const failed = (message: string): readonly Finding[] => (ignores ? [] : [{ message, reason: '' }]);
  const conditions = (spec.matchConditions ?? []).map(({ expression }, i) => run(compiled.matchConditions[i] as CelCompilation, expression.trim(), activation));
  if (conditions.some((outcome) => outcome.ok && outcome.value === false)) return NOTHING;
  const faults = conditions.flatMap((outcome) => (outcome.ok ? [] : [outcome.message]));
  if (faults.length > 0) return { ...NOTHING, findings: failed(faults.length === 1 ? faults[0] ?? '' : `[${faults.join(', ')}]`) };
  const findings = (spec.validations ?? []).flatMap((validation, index) => {
    const { expression, message } = compiled.validations[index] as (typeof compiled.validations)[number];
    const outcome = run(expression, validation.expression, activation);
    if (!outcome.ok) return failed(outcome.message);
    return outcome.value === true ? [] : [{ message: messageOf(validation, message, activation), reason: validation.reason ?? 'Invalid' }];
  });
  return { findings, ...audited(spec, compiled.auditAnnotations, activation) };
}

/** The messageExpression's text if it has a usable one, else the message, else the expression. */
function messageOf({ expression, message = '' }: Validation, compiled: CelCompilation | undefined, activation: Activation): string {
  const outcome = compiled?.ok ? compiled.program.run(activation) : undefined;
  const made = outcome?.ok && typeof outcome.value === 'string' ? outcome.value.trim() : '';
  if (made !== '' && made.length <= MAX_MESSAGE_BYTES && !made.includes('\n')) return made;
  return message.trim() || `failed expression: ${expression.trim()}`;
}

function audited({ auditAnnotations = [], failurePolicy }: ValidatingAdmissionPolicySpec, compiled: readonly CelCompilation[], activation: Activation): Pick<Verdict, 'errors' | 'notes'> {
  const errors: string[] = [];
  const notes: AuditNote[] = [];
  auditAnnotations.forEach(({ key, valueExpression }, i) => {
    const outcome = run(compiled[i] as CelCompilation, valueExpression.trim(), activation);
    if (!outcome.ok) errors.push(...(failurePolicy === 'Ignore' ? [] : [outcome.message]));
    else if (typeof outcome.value === 'string' && outcome.value.trim() !== '') notes.push({ key, value: outcome.value.trim() });
  });
  return { errors, notes };
}
