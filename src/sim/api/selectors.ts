// Selectors: labels (apimachinery labels and metav1.LabelSelector), fields (apimachinery fields) and the node
// selectors of affinity (component-helpers nodeaffinity). Messages are those of the real parsers.
import type {
  LabelSelector, Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm,
} from './generated/types.ts';

export type Labels = { readonly [key: string]: string };
export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/** One condition on one label (labels.Requirement). `values` is sorted for sets. */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** Conditions that must all hold, sorted by key; `nothing` matches no object at all (labels.Nothing). */
export interface Selector {
  readonly nothing: boolean;
  readonly requirements: readonly Requirement[];
}

/** Thrown by the parsers; the message is the one that kubectl and the API server print. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

export const EVERYTHING: Selector = { nothing: false, requirements: [] };
export const NOTHING: Selector = { nothing: true, requirements: [] };
const NO_LABELS: Labels = {};

function byKey(a: Requirement, b: Requirement): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function ofExpression(operator: string): Operator {
  switch (operator) {
    case 'In': return 'in';
    case 'NotIn': return 'notin';
    case 'Exists': return 'exists';
    case 'DoesNotExist': return '!';
    case 'Gt': return 'gt';
    case 'Lt': return 'lt';
    default: throw new SelectorError(`"${operator}" is not a valid label selector operator`);
  }
}

function convert(selector: LabelSelector | undefined): Selector {
  if (selector === undefined) return NOTHING;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) requirements.push({ key, operator: '=', values: [value] });
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    requirements.push({ key, operator: ofExpression(operator), values: values ?? [] });
  }
  return requirements.length === 0 ? EVERYTHING : { nothing: false, requirements: requirements.sort(byKey) };
}

const converted = new WeakMap<LabelSelector, Selector>();

/**
 * metav1.LabelSelectorAsSelector, memoised by object: undefined selects nothing, an empty one everything.
 * Throws SelectorError for an operator that labels do not have.
 */
export function selectorOf(selector: LabelSelector | undefined): Selector {
  if (selector === undefined) return NOTHING;
  let result = converted.get(selector);
  if (result === undefined) {
    result = convert(selector);
    converted.set(selector, result);
  }
  return result;
}

/** The selector of a plain map of labels, as Services and ReplicationControllers have (labels.SelectorFromSet). */
export function selectorOfLabels(labels: Labels | undefined): Selector {
  return labels === undefined ? EVERYTHING : convert({ matchLabels: labels });
}

/** Both must match. */
export function intersectSelectors(a: Selector, b: Selector): Selector {
  if (a.nothing || b.nothing) return NOTHING;
  return { nothing: false, requirements: [...a.requirements, ...b.requirements].sort(byKey) };
}

const INTEGER = /^[+-]?[0-9]+$/;

/** strconv.ParseInt(text, 10, 64); undefined when it fails. */
export function parseInt64(text: string): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function compares(actual: string | undefined, operator: 'gt' | 'lt', bound: string | undefined): boolean {
  if (actual === undefined || bound === undefined) return false;
  const left = parseInt64(actual);
  const right = parseInt64(bound);
  if (left === undefined || right === undefined) return false;
  return operator === 'gt' ? left > right : left < right;
}

/** Requirement.Matches: a missing label satisfies `!=`, `notin` and `!`. */
function matchesRequirement(requirement: Requirement, labels: Labels): boolean {
  const actual = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case '=': case '==': case 'in': return actual !== undefined && requirement.values.includes(actual);
    case '!=': case 'notin': return actual === undefined || !requirement.values.includes(actual);
    case 'exists': return actual !== undefined;
    case '!': return actual === undefined;
    case 'gt': case 'lt': return compares(actual, requirement.operator, requirement.values[0]);
  }
}

export function matchesSelector(selector: Selector, labels: Labels | undefined): boolean {
  if (selector.nothing) return false;
  const { requirements } = selector;
  for (let i = 0; i < requirements.length; i++) {
    const requirement = requirements[i];
    if (requirement !== undefined && !matchesRequirement(requirement, labels ?? NO_LABELS)) return false;
  }
  return true;
}

/** Whether `labels` satisfy a metav1.LabelSelector: undefined matches nothing, `{}` everything. */
export function matchesLabelSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  return matchesSelector(selectorOf(selector), labels);
}

function formatRequirement({ key, operator, values }: Requirement): string {
  const list = values.length === 1 ? values[0] : values.toSorted().join(',');
  switch (operator) {
    case '!': return `!${key}`;
    case 'exists': return key;
    case 'in': case 'notin': return `${key} ${operator} (${list})`;
    case 'gt': return `${key}>${list}`;
    case 'lt': return `${key}<${list}`;
    case '=': case '==': case '!=': return `${key}${operator}${list}`;
  }
}

/** Selector.String: `a=b,c in (d,e),!f`; empty both for everything and for nothing. */
export function formatSelector(selector: Selector): string {
  return selector.requirements.map(formatRequirement).join(',');
}

/** metav1.FormatLabelSelector: as kubectl prints it, `<none>` when there are no conditions. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  return formatSelector(selectorOf(selector)) || '<none>';
}

// ---- node selectors (spec.affinity.nodeAffinity, PersistentVolumes) ----

/** matchFields know one field, metadata.name, and one value each. */
function matchesField(requirement: NodeSelectorRequirement, nodeName: string): boolean {
  const { values } = requirement;
  if (values === undefined || values.length !== 1) return false;
  const actual = requirement.key === 'metadata.name' ? nodeName : '';
  if (requirement.operator === 'In') return actual === values[0];
  return requirement.operator === 'NotIn' && actual !== values[0];
}

function matchesExpression(requirement: NodeSelectorRequirement, labels: Labels): boolean {
  const { key, operator, values = [] } = requirement;
  const actual = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In': return actual !== undefined && values.includes(actual);
    case 'NotIn': return actual === undefined || !values.includes(actual);
    case 'Exists': return actual !== undefined;
    case 'DoesNotExist': return actual === undefined;
    case 'Gt': return compares(actual, 'gt', values[0]);
    case 'Lt': return compares(actual, 'lt', values[0]);
  }
}

/** One term: all expressions and all fields must hold; a term without any matches no node. */
export function matchesNodeSelectorTerm(term: NodeSelectorTerm, labels: Labels | undefined, nodeName: string): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  for (const requirement of matchExpressions) if (!matchesExpression(requirement, labels ?? NO_LABELS)) return false;
  for (const requirement of matchFields) if (!matchesField(requirement, nodeName)) return false;
  return true;
}

/** Terms are alternatives; no terms match no node (nodeaffinity.NodeSelector.Match). */
export function matchesNodeSelector(selector: NodeSelector, node: Node): boolean {
  for (const term of selector.nodeSelectorTerms) {
    if (matchesNodeSelectorTerm(term, node.metadata.labels, node.metadata.name ?? '')) return true;
  }
  return false;
}

// ---- field selectors ----

export interface FieldTerm { readonly field: string; readonly value: string; readonly negated: boolean }
/** Conditions on named fields that must all hold, sorted by text. */
export type FieldSelector = readonly FieldTerm[];

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function unescapeField(text: string): string {
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === ',' || character === '=') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    }
    if (character !== '\\') {
      result += character;
      continue;
    }
    const next = text.charAt(++i);
    if (next !== '\\' && next !== ',' && next !== '=') {
      throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next}`);
    }
    result += next;
  }
  return result;
}

/** fields.ParseSelector: `status.phase!=Running,spec.nodeName=a`. Throws SelectorError. */
export function parseFieldSelector(text: string): FieldSelector {
  const result: FieldTerm[] = [];
  for (const term of splitTerms(text).sort()) {
    if (term === '') continue;
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
    if (match === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, escaped = ''] = match;
    result.push({ field, value: unescapeField(escaped), negated: operator === '!=' });
  }
  return result;
}

/** A field that the object does not have counts as empty. */
export function matchesFieldSelector(selector: FieldSelector, fields: Readonly<Record<string, string>>): boolean {
  return selector.every(({ field, value, negated }) => ((fields[field] ?? '') === value) !== negated);
}

export function formatFieldSelector(selector: FieldSelector): string {
  return selector.map(({ field, value, negated }) => `${field}${negated ? '!=' : '='}${value.replaceAll(/[\\,=]/g, '\\$&')}`).join(',');
}
