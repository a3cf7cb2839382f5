// What the kinds that make pods from templates have in common (models pkg/apis/apps/validation).
import type { LabelSelector, PodTemplateSpec } from '../generated/types.ts';
import { formatSelector, matchesLabelSelector, selectorOf } from '../selectors.ts';
import type { Errors, Path } from './field.ts';
import { isEmptySelector, nonNegative, orderedSelector, sortedMap, validateLabelSelector } from './metadata.ts';
import { dns1123Label, labelValue, percent, qualifiedName } from './names.ts';
import { validatePodTemplateSpec } from './pod.ts';

type IntOrString = number | string;

function percentOf(value: IntOrString): number | undefined {
  return typeof value === 'string' && percent(value).length === 0 ? Number(value.slice(0, -1)) : undefined;
}

/** The number in front of the percent sign, or the number itself; 0 for other texts. */
export function intOrPercentValue(value: IntOrString | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  return percentOf(value) ?? (/^[+-]?[0-9]+$/.test(value) ? Number(value) : 0);
}

export function validateIntOrPercent(value: IntOrString | undefined, path: Path, errors: Errors): void {
  if (typeof value === 'string') errors.invalidAll(path, value, percent(value));
  else nonNegative(value, path, errors);
}

export function validateAtMost100Percent(value: IntOrString | undefined, path: Path, errors: Errors): void {
  if (value !== undefined && (percentOf(value) ?? 0) > 100) errors.invalid(path, value, 'must not be greater than 100%');
}

/** Whether Kubernetes can turn a selector of the API into one that selects. */
export function isUsableSelector(selector: LabelSelector | undefined): boolean {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    if (qualifiedName(key).length > 0 || labelValue(value).length > 0) return false;
  }
  return (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (!wantsValues && operator !== 'Exists' && operator !== 'DoesNotExist') return false;
    return values.length > 0 === wantsValues && qualifiedName(key).length === 0 && values.every((value) => labelValue(value).length === 0);
  });
}

/** A selector that must be there and select something. */
export function validateRequiredSelector(selector: LabelSelector | undefined, owner: string, path: Path, errors: Errors): void {
  if (selector === undefined || selector === null) {
    errors.required(path);
    return;
  }
  validateLabelSelector(selector, path, errors);
  if (isEmptySelector(selector)) errors.invalid(path, orderedSelector(selector), `empty selector is invalid for ${owner}`);
}

/** A template must have the labels that its owner selects; a missing selector selects nothing. */
export function validateTemplateLabels(template: PodTemplateSpec, selector: LabelSelector | undefined, path: Path, errors: Errors): void {
  const labels = template.metadata?.labels;
  if (selector && (isEmptySelector(selector) || matchesLabelSelector(selector, labels))) return;
  errors.invalid(path.child('metadata').child('labels'), labels === undefined ? null : sortedMap(labels), '`selector` does not match template `labels`');
}

/** A selector without the `<none>` of tables. */
export function selectorText(selector: LabelSelector | undefined): string {
  return formatSelector(selectorOf(selector ?? undefined));
}

/** Pods that are replaced when they end: always restarted, without a deadline. */
export function validateLastingTemplate(template: PodTemplateSpec, owner: string, path: Path, errors: Errors): void {
  const spec = path.child('spec');
  const policy = template.spec?.restartPolicy ?? '';
  if (policy !== 'Always') errors.notSupported(spec.child('restartPolicy'), policy, ['Always']);
  if (template.spec?.activeDeadlineSeconds !== undefined) errors.forbidden(spec.child('activeDeadlineSeconds'), `activeDeadlineSeconds in ${owner} is not Supported`);
}

/** The selector and the template of Deployments and ReplicaSets. */
export function validateSelectedTemplate(template: PodTemplateSpec, selector: LabelSelector | undefined, path: Path, errors: Errors): void {
  validateRequiredSelector(selector, 'deployment', path.child('selector'), errors);
  if (!isUsableSelector(selector)) {
    errors.invalid(path.child('selector'), orderedSelector(selector), 'invalid label selector');
    return;
  }
  const at = path.child('template');
  validateTemplateLabels(template, selector, at, errors);
  validatePodTemplateSpec(template, at, errors);
  validateLastingTemplate(template, 'ReplicaSet', at, errors);
}

export interface Counts { readonly [name: string]: unknown }

/** Counts of a status: none negative, and none above another. */
export function validateCounts(status: Counts, names: readonly string[], path: Path, errors: Errors): void {
  for (const name of names) nonNegative(status[name] as number | undefined, path.child(name), errors);
}

export function validateNotAbove(status: Counts, name: string, limit: string, message: string, path: Path, errors: Errors): void {
  const count = (status[name] as number | undefined) ?? 0;
  if (count > ((status[limit] as number | undefined) ?? 0)) errors.invalid(path.child(name), count, message);
}

export function validateCollisionCount(next: number | undefined, old: number | undefined, path: Path, errors: Errors): void {
  if (old !== undefined && (next === undefined || next < old)) errors.invalid(path.child('collisionCount'), next ?? 0, 'cannot be decremented');
}

/** Names that become parts of pods' names. */
export function podNameWarnings(name: string | undefined): readonly string[] {
  const messages = dns1123Label(name ?? '');
  return messages.length === 0 ? [] : [`metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`];
}
