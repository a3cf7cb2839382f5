// The texts of x-kubernetes-validations rules in CustomResourceDefinitions, apart from what the expressions mean.
import type { ValidationRule } from '../generated/types.ts';
import type { Errors, Path } from '../validation/field.ts';
import { fieldPath } from './field-path.ts';
import type { Props } from './props.ts';
import { unstructuredReason } from './structural.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

function hasLineBreak(text: string): boolean {
  return /[\n\r]/.test(text);
}

export function validateRuleTexts(props: Props, path: Path, errors: Errors): void {
  props['x-kubernetes-validations']?.forEach((rule, i) => {
    const at = path.child('x-kubernetes-validations').index(i);
    validateTexts(rule, at, errors);
    validateFieldPath(rule.fieldPath ?? '', props, at.child('fieldPath'), errors);
  });
}

function validateTexts(rule: ValidationRule, at: Path, errors: Errors): void {
  const { message = '', messageExpression = '', reason } = rule;
  const text = rule.rule.trim();
  if (text === '') errors.required(at.child('rule'), 'rule is not specified');
  else if (message !== '' && message.trim() === '') errors.invalid(at.child('message'), message, 'must be non-empty if specified');
  else if (hasLineBreak(message.trim())) errors.invalid(at.child('message'), message, 'must not contain line breaks');
  else if (hasLineBreak(text) && message.trim() === '') errors.required(at.child('message'), 'message must be specified if rule contains line breaks');
  if (messageExpression !== '' && messageExpression.trim() === '') errors.required(at.child('messageExpression'), 'messageExpression must be non-empty if specified');
  if (reason !== undefined && !reasons.includes(reason)) errors.notSupported(at.child('reason'), reason, reasons);
}

function validateFieldPath(text: string, props: Props, at: Path, errors: Errors): void {
  if (text === '') return;
  if (text.trim() === '') errors.invalid(at, text, 'must be non-empty if specified');
  if (hasLineBreak(text)) errors.invalid(at, text, 'must not contain line breaks');
  if (unstructuredReason(props) === undefined && !fieldPath(text, props, true).ok) errors.invalid(at, text, 'must be a valid path');
}
