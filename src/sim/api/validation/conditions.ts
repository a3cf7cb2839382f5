// Conditions of statuses (models apimachinery/pkg/apis/meta/v1/validation).
import type { Condition } from '../generated/types.ts';
import type { Errors, Path } from './field.ts';
import { byteLength } from './field.ts';
import { qualifiedName, regexMessage } from './names.ts';

const statuses = ['False', 'True', 'Unknown'];
const maxReasonBytes = 1024;
const maxMessageBytes = 32 * 1024;
const reasonFormat = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonPattern = new RegExp(`^${reasonFormat}$`);
const reasonMessage = "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";

export function validateConditions(conditions: readonly Condition[], path: Path, errors: Errors): void {
  const seen = new Set<string>();
  conditions.forEach((condition, i) => {
    if (seen.has(condition.type)) errors.duplicate(path.index(i).child('type'), condition.type);
    seen.add(condition.type);
    validateCondition(condition, path.index(i), errors);
  });
}

function validateCondition({ type, status, observedGeneration = 0, lastTransitionTime, reason, message }: Condition, path: Path, errors: Errors): void {
  errors.invalidAll(path.child('type'), type, qualifiedName(type));
  if (!statuses.includes(status)) errors.notSupported(path.child('status'), status, statuses);
  if (observedGeneration < 0) errors.invalid(path.child('observedGeneration'), observedGeneration, 'must be greater than or equal to zero');
  if (!lastTransitionTime) errors.required(path.child('lastTransitionTime'));
  const reasonPath = path.child('reason');
  if (!reason) errors.required(reasonPath);
  else {
    if (!reasonPattern.test(reason)) errors.invalid(reasonPath, reason, regexMessage(reasonMessage, reasonFormat, 'my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'));
    if (byteLength(reason) > maxReasonBytes) errors.tooLong(reasonPath, maxReasonBytes);
  }
  if (byteLength(message) > maxMessageBytes) errors.tooLong(path.child('message'), maxMessageBytes);
}
