// PriorityLevelConfigurations (models pkg/registry/flowcontrol/prioritylevelconfiguration).
import type { LimitResponse, LimitedPriorityLevelConfiguration, PriorityLevelConfiguration, PriorityLevelConfigurationSpec, QueuingConfiguration } from '../generated/types.ts';
import { change, fill } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { equal } from '../validation/metadata.ts';
import { defineFlowControlKind, validateFlowConditions } from './flow-control.ts';
import { MANDATORY_PRIORITY_LEVELS } from './flow-control-defaults.ts';

const specPath = new Path('spec');
const levelTypes = ['Exempt', 'Limited'];
const responseTypes = ['Queue', 'Reject'];
const QUEUES_MAX = 10_000_000;
/** Of a hash that deals hands of queues. */
const HASH_BITS_MAX = 60;
const NON_NEGATIVE = 'must be a non-negative integer';

interface Shares { readonly nominalConcurrencyShares?: number; readonly lendablePercent?: number }

function validateShares({ nominalConcurrencyShares: shares = 0, lendablePercent: lendable }: Shares, path: Path, errors: Errors): void {
  if (shares < 0) errors.invalid(path.child('nominalConcurrencyShares'), shares, NON_NEGATIVE);
  if (lendable !== undefined && (lendable < 0 || lendable > 100)) errors.invalid(path.child('lendablePercent'), lendable, 'must be between 0 and 100, inclusive');
}

function validateSpec(name: string, { type, limited, exempt }: PriorityLevelConfigurationSpec, errors: Errors): void {
  if ((name === 'exempt') !== (type === 'Exempt')) errors.invalid(specPath.child('type'), type, "type must be 'Exempt' if and only if name is 'exempt'");
  switch (type) {
    case 'Exempt':
      if (limited) errors.forbidden(specPath.child('limited'), 'must be nil if the type is not Limited');
      if (exempt) validateShares(exempt, specPath.child('exempt'), errors);
      return;
    case 'Limited':
      if (exempt) errors.forbidden(specPath.child('exempt'), 'must be nil if the type is not Exempt');
      if (!limited) errors.required(specPath.child('limited'), 'must not be empty when type is Limited');
      else validateLimited(limited, specPath.child('limited'), errors);
      return;
    default: errors.notSupported(specPath.child('type'), type, levelTypes);
  }
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, path: Path, errors: Errors): void {
  validateShares({ nominalConcurrencyShares: limited.nominalConcurrencyShares ?? 0 }, path, errors);
  validateResponse(limited.limitResponse, path.child('limitResponse'), errors);
  if (limited.lendablePercent !== undefined) validateShares({ lendablePercent: limited.lendablePercent }, path, errors);
  const borrowing = limited.borrowingLimitPercent;
  if (borrowing !== undefined && borrowing < 0) errors.invalid(path.child('borrowingLimitPercent'), borrowing, `if specified, ${NON_NEGATIVE}`);
}

function validateResponse(response: Partial<LimitResponse> | undefined, path: Path, errors: Errors): void {
  const { type = '', queuing } = response ?? {};
  if (type === 'Reject') {
    if (queuing) errors.forbidden(path.child('queuing'), 'must be nil if limited.limitResponse.type is not Limited');
  } else if (type === 'Queue') {
    if (queuing) validateQueuing(queuing, path.child('queuing'), errors);
    else errors.required(path.child('queuing'), 'must not be empty if limited.limitResponse.type is Limited');
  } else errors.notSupported(path.child('type'), type, responseTypes);
}

function validateQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration, path: Path, errors: Errors): void {
  if (queueLengthLimit <= 0) errors.invalid(path.child('queueLengthLimit'), queueLengthLimit, 'must be positive');
  if (queues <= 0) errors.invalid(path.child('queues'), queues, 'must be positive');
  else if (queues > QUEUES_MAX) errors.invalid(path.child('queues'), queues, `must not be greater than ${QUEUES_MAX}`);
  const bits = Math.ceil(Math.log2(queues) * handSize);
  if (handSize <= 0) errors.invalid(path.child('handSize'), handSize, 'must be positive');
  else if (handSize > queues) errors.invalid(path.child('handSize'), handSize, `should not be greater than queues (${queues})`);
  else if (bits > HASH_BITS_MAX) errors.invalid(path.child('handSize'), handSize, `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS_MAX}`);
}

function withDefaults(spec: PriorityLevelConfigurationSpec): PriorityLevelConfigurationSpec {
  const exempt = spec.type === 'Exempt' && !spec.exempt ? { ...spec, exempt: {} } : spec;
  return change(change(exempt, 'exempt', (each) => fill(each, { nominalConcurrencyShares: 0, lendablePercent: 0 })), 'limited', (limited) => {
    const filled = fill(limited, { nominalConcurrencyShares: 30, lendablePercent: 0 });
    return change(filled, 'limitResponse', (response) => change(response, 'queuing', ({ queues, handSize, queueLengthLimit }) => ({ queues: queues || 64, handSize: handSize || 8, queueLengthLimit: queueLengthLimit || 50 })));
  });
}

function validate({ metadata, spec, status }: PriorityLevelConfiguration, errors: Errors): void {
  const name = metadata.name ?? '';
  if (spec) validateSpec(name, spec, errors);
  const fixed = MANDATORY_PRIORITY_LEVELS.find((level) => level.name === name);
  // How much of it may be lent is for administrators to say.
  const compared = name === 'exempt' && spec ? { ...spec, exempt: fixed?.spec.exempt } : spec;
  if (fixed && !equal(compared, fixed.spec)) errors.invalid(specPath, spec, `spec of '${name}' ${name === 'exempt' ? "except the 'spec.exempt' field " : ''}must equal the fixed value`);
  validateFlowConditions(status?.conditions ?? [], errors);
}

export const priorityLevelConfigurationKind = defineFlowControlKind<PriorityLevelConfiguration>({
  kind: 'PriorityLevelConfiguration', plural: 'prioritylevelconfigurations',
  defaults: (level) => (level.spec ? { ...level, spec: withDefaults(level.spec) } : level),
  validate,
  row: ({ metadata, spec }, nowMs) => {
    const { limited } = spec ?? {};
    const queuing = limited?.limitResponse?.queuing;
    return [
      metadata.name ?? '', spec?.type ?? '', limited?.nominalConcurrencyShares ?? '<none>', queuing?.queues ?? '<none>', queuing?.handSize ?? '<none>', queuing?.queueLengthLimit ?? '<none>',
      age(metadata.creationTimestamp, nowMs),
    ];
  },
});
