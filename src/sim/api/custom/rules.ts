// The rules of custom resources (x-kubernetes-validations): checked when the CustomResourceDefinition is written, run when
// a resource is (models apiextensions-apiserver's pkg/apiserver/schema/cel). Costs are not estimated.
import { Optional } from '@marcbachmann/cel-js';
import type { CelCompilation } from '../cel/expression.ts';
import { compileCel } from '../cel/expression.ts';
import { celEnvironment } from '../cel/library.ts';
import { celValue, declareType } from '../cel/schema-types.ts';
import type { Json, ValidationRule } from '../generated/types.ts';
import { internalForm } from '../internal-form.ts';
import type { Path } from '../validation/field.ts';
import { Errors } from '../validation/field.ts';
import { equal } from '../validation/metadata.ts';
import { fieldPath } from './field-path.ts';
import { isEmbedded, isObject } from './objects.ts';
import type { Props } from './props.ts';
import { additionalOf, itemsOf, noProps } from './props.ts';

const maxMessageBytes = 5 * 1024;

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly compiled: CelCompilation;
  readonly message: CelCompilation | undefined;
}

const compiledRules = new WeakMap<Props, readonly CompiledRule[]>();

function usesOldSelf({ compiled }: CompiledRule): boolean {
  return compiled.ok && compiled.program.variables.has('oldSelf');
}

/** The rules of one part of a schema. */
function compile(props: Props, isResource: boolean): readonly CompiledRule[] {
  const known = compiledRules.get(props);
  if (known !== undefined) return known;
  const types = celEnvironment();
  const type = declareType(types, props, isResource, 'object') ?? 'dyn';
  types.registerVariable('self', type);
  const compiled = (props['x-kubernetes-validations'] ?? []).map((rule): CompiledRule => {
    const env = types.clone();
    env.registerVariable('oldSelf', rule.optionalOldSelf === true ? `optional<${type}>` : type);
    const expression = rule.messageExpression ?? '';
    return {
      rule,
      compiled: wanting(compileCel(env, rule.rule), 'bool', 'compilation failed: ', 'cel expression must evaluate to a bool'),
      message: expression === '' ? undefined : wanting(compileCel(env, expression), 'string', 'messageExpression compilation failed: ', 'messageExpression must evaluate to a string'),
    };
  });
  compiledRules.set(props, compiled);
  return compiled;
}

function wanting(compiled: CelCompilation, type: string, prefix: string, otherwise: string): CelCompilation {
  if (!compiled.ok) return { ok: false, message: prefix + compiled.message };
  return compiled.program.outputType === type ? compiled : { ok: false, message: otherwise };
}

/** Complains about rules of a definition's schema that cannot be compiled. Parts that already have errors are left out. */
export function validateRules(props: Props, path: Path, errors: Errors): void {
  const found = errors.list.map((error) => error.path);
  checkRules(props, true, undefined, path, found, errors);
}

function checkRules(props: Props, isResource: boolean, uncorrelatable: Path | undefined, path: Path, bad: readonly string[], errors: Errors): void {
  const additional = additionalOf(props);
  if (additional !== undefined) checkRules(additional, isEmbedded(additional), uncorrelatable, path.child('additionalProperties'), bad, errors);
  for (const [name, child] of Object.entries(props.properties ?? noProps)) {
    checkRules(child, isEmbedded(child), uncorrelatable, path.child('properties').key(name), bad, errors);
  }
  const items = itemsOf(props);
  const itemsPlace = props['x-kubernetes-list-type'] === 'map' ? uncorrelatable : uncorrelatable ?? path;
  if (items !== undefined) checkRules(items, isEmbedded(items), itemsPlace, path.child('items'), bad, errors);
  if (props['x-kubernetes-validations'] === undefined || bad.some((place) => place.startsWith(path.toString()))) return;
  compile(props, isResource).forEach((rule, i) => checkRule(rule, uncorrelatable, path.child('x-kubernetes-validations').index(i), errors));
}

function checkRule(compiled: CompiledRule, uncorrelatable: Path | undefined, path: Path, errors: Errors): void {
  const { rule } = compiled;
  const shown = internalForm(rule, 'apiextensions.ValidationRule');
  if (rule.rule.trim() !== '' && !compiled.compiled.ok) errors.invalid(path.child('rule'), shown, compiled.compiled.message);
  else if (compiled.message?.ok === false) errors.invalid(path.child('messageExpression'), shown, compiled.message.message);
  if (usesOldSelf(compiled)) {
    if (uncorrelatable !== undefined) {
      errors.invalid(path.child('rule'), rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable.toString()}`);
    }
  } else if (rule.optionalOldSelf !== undefined) {
    errors.invalid(path.child('optionalOldSelf'), rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule');
  }
}

/** What a rule runs on. */
interface Subject {
  readonly value: Json;
  readonly props: Props;
  readonly old: Json | undefined;
  /** Whether the value, or the nearest part around it that has an old one, is as before: its errors do not count. */
  readonly unchanged: boolean;
  /** Empty at the root. */
  readonly path: string;
}

/** Where errors of rules go: what an update left as it was is only told. */
interface Found { readonly errors: Errors; readonly unchanged: Errors }

/** Runs the rules of a resource, or of an old and a new one. */
export function runRules(value: Json, props: Props, isResource: boolean, old: Json | undefined, errors: Errors, unchanged: Errors = new Errors()): void {
  runAt({ value, props, old, unchanged: old !== undefined && equal(old, value), path: '' }, isResource, { errors, unchanged });
}

/** Whether a schema has rules anywhere. */
export function hasRules(props: Props): boolean {
  if (props['x-kubernetes-validations'] !== undefined) return true;
  const items = itemsOf(props);
  const additional = additionalOf(props);
  return (items !== undefined && hasRules(items)) || (additional !== undefined && hasRules(additional)) || Object.values(props.properties ?? noProps).some(hasRules);
}

function runAt(subject: Subject, isResource: boolean, found: Found): void {
  const { value, props, old } = subject;
  if (value === null) return;
  if (props['x-kubernetes-validations'] !== undefined) {
    const self = celValue(value, props, isResource);
    const oldSelf = old === undefined || old === null ? undefined : celValue(old, props, isResource);
    for (const rule of compile(props, isResource)) runRule(rule, self, oldSelf, subject, found);
  }
  const inner = (child: Props, item: Json, before: Json | undefined, path: string): void => {
    if (hasRules(child)) runAt({ value: item, props: child, old: before, unchanged: before === undefined ? subject.unchanged : equal(before, item), path }, isEmbedded(child), found);
  };
  if (Array.isArray(value)) {
    const items = itemsOf(props);
    const keys = props['x-kubernetes-list-type'] === 'map' ? props['x-kubernetes-list-map-keys'] : undefined;
    if (items !== undefined) (value as readonly Json[]).forEach((item, i) => inner(items, item, oldItem(item, old, keys), `${subject.path}[${i}]`));
  } else if (isObject(value)) {
    const additional = additionalOf(props);
    for (const [name, member] of Object.entries(value)) {
      const property = props.properties?.[name];
      const child = property ?? additional;
      if (child === undefined || member === undefined) continue;
      const path = property === undefined ? `${subject.path}[${name}]` : joined(subject.path, name);
      inner(child, member, isObject(old) ? old[name] : undefined, path);
    }
  }
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function oldItem(item: Json, old: Json | undefined, keys: readonly string[] | undefined): Json | undefined {
  if (keys === undefined || !Array.isArray(old) || !isObject(item)) return undefined;
  return (old as readonly Json[]).find((other) => isObject(other) && keys.every((key) => equal(other[key], item[key])));
}

function runRule(compiled: CompiledRule, self: unknown, oldSelf: unknown, subject: Subject, found: Found): void {
  const { rule } = compiled;
  const at = subject.path === '' ? '<nil>' : subject.path;
  const type = subject.props.type ?? '';
  const isTransition = usesOldSelf(compiled);
  const errors = isTransition || !subject.unchanged ? found.errors : found.unchanged;
  const isOptional = rule.optionalOldSelf === true;
  if (!compiled.compiled.ok) {
    errors.invalid(at, type, `rule compile error: ${compiled.compiled.message}`);
    return;
  }
  // Rules about changes wait for something to compare with.
  if (isTransition && oldSelf === undefined && !isOptional) return;
  const variables = { self, oldSelf: isOptional ? optional(oldSelf) : oldSelf };
  const outcome = compiled.compiled.program.run(variables);
  const text = ruleText(rule);
  if (!outcome.ok) {
    errors.invalid(at, type, outcome.message === 'no such overload'
      ? `'${outcome.message}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`
      : `${outcome.message} evaluating rule: ${text}`);
  } else if (outcome.value !== true) {
    report(compiled, { self, oldSelf }, subject, errors);
  }
}

function optional(value: unknown): Optional {
  return value === undefined ? Optional.none() : Optional.of(value);
}

function ruleText({ rule, message = '' }: ValidationRule): string {
  return (message === '' ? rule : message).trim();
}

function report({ rule, message }: CompiledRule, variables: Readonly<Record<string, unknown>>, { value, props, path }: Subject, errors: Errors): void {
  const target = (rule.fieldPath ?? '') === '' ? undefined : fieldPath(rule.fieldPath ?? '', props, true);
  const place = target?.ok === true ? joined(path, target.path) : path;
  const at = place === '' ? '<nil>' : place;
  const detail = madeMessage(message, variables) ?? ((rule.message ?? '') === '' ? `failed rule: ${ruleText(rule)}` : ruleText(rule));
  switch (rule.reason) {
    case 'FieldValueForbidden': errors.forbidden(at, detail); break;
    case 'FieldValueRequired': errors.required(at, detail); break;
    case 'FieldValueDuplicate': errors.duplicate(at, isComposite(props) ? undefined : value); break;
    case 'FieldValueInvalid': case undefined:
      if (isComposite(props)) errors.invalidPart(at, detail);
      else errors.invalid(at, value, detail);
  }
}

function isComposite({ type }: Props): boolean {
  return type === 'object' || type === 'array';
}

/** What the messageExpression says, unless it fails or says nothing usable. */
function madeMessage(message: CelCompilation | undefined, variables: Readonly<Record<string, unknown>>): string | undefined {
  const made = message?.ok === true ? message.program.run(variables) : undefined;
  if (made?.ok !== true || typeof made.value !== 'string') return undefined;
  const text = made.value.trim();
  return text === '' || text.length > maxMessageBytes || /[\n\r]/.test(text) ? undefined : text;
}
