// Values of custom resources against their schema (models kube-openapi's pkg/validation/validate, whose words and order
// these are, and the ratcheting of apiextensions-apiserver: what an update leaves as it was is not complained about).
import type { Json, JsonObject } from '../generated/types.ts';
import { goQuote } from '../go-format.ts';
import { matchesPattern } from '../go-regexp.ts';
import type { Errors } from '../validation/field.ts';
import { equal } from '../validation/metadata.ts';
import { hasFormat, knownFormat } from './formats.ts';
import { numberProblems } from './numbers.ts';
import type { Props } from './props.ts';
import { additionalOf, itemsOf, noProps } from './props.ts';
import type { ValueProblem } from './problems.ts';
import { problem, problemAt, Result } from './problems.ts';

/** The old value in the same place. */
interface Before {
  readonly value: Json;
}

const typeMetaFields = ['apiVersion', 'kind'];

/**
 * Complains about a value. `prefix` is the path of the value itself, undefined at the root of an object. On update, `before`
 * holds the old value: errors in unchanged parts do not count.
 */
export function validateValue(value: Json, props: Props, prefix: string | undefined, errors: Errors, before?: Before): void {
  const result = validated(value, props, '', before);
  for (const found of result.problems) report(found, prefix, errors);
}

function report({ code, name, text, value, limit, values }: ValueProblem, prefix: string | undefined, errors: Errors): void {
  const shown = name === undefined || name === '' || name === '.' ? '' : name.replace(/^\./, '');
  const nameless = prefix ?? '<nil>';
  const path = name === undefined || shown === '' ? nameless : prefix === undefined ? shown : `${prefix}.${shown}`;
  switch (code) {
    case 'required': errors.required(path); break;
    case 'enum': errors.notSupported(path, value, (values ?? []).map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))); break;
    case 'tooLong': errors.tooLong(path, limit ?? -1); break;
    case 'tooMany': errors.tooMany(path, Number(value), limit ?? -1); break;
    case 'type': errors.typeInvalid(path, value ?? '', text); break;
    case 'other': errors.invalid(path, value ?? '', text); break;
  }
}

/** Models SchemaValidator.Validate, and the ratcheting one where there is an old value. */
function validated(value: Json, props: Props, path: string, before: Before | undefined): Result {
  const result = validatedAll(value, props, path, before);
  return result.valid || before === undefined || !equal(value, before.value) ? result : result.asWarnings();
}

function validatedAll(value: Json, props: Props, path: string, before: Before | undefined): Result {
  const result = new Result();
  if (value === null) {
    result.merge(typeResult(value, props, path));
    result.merge(enumResult(value, props, path));
    return result;
  }
  const steps = [
    hasTypeOrFormat(props) ? typeResult(value, props, path) : undefined,
    junctors(value, props, path, before),
    typeof value === 'string' ? lengths(value, props, path) : undefined,
    typeof value === 'string' && knownFormat(props) !== '' ? formatResult(value, props, path) : undefined,
    typeof value === 'number' ? numbers(value, props, path) : undefined,
    Array.isArray(value) ? items(value as readonly Json[], props, path, before) : undefined,
    enumResult(value, props, path),
    typeof value === 'object' && !Array.isArray(value) ? members(value as JsonObject, props, path, before) : undefined,
  ];
  for (const step of steps) {
    if (step === undefined) continue;
    result.merge(step);
    result.matches++;
  }
  result.matches++;
  return result;
}

function typesOf(props: Props): readonly string[] {
  if (props['x-kubernetes-int-or-string'] === true) return ['integer', 'string'];
  return (props.type ?? '') === '' ? [] : [props.type ?? ''];
}

function hasTypeOrFormat(props: Props): boolean {
  return typesOf(props).length > 0 || knownFormat(props) !== '';
}

/** The name of a value's type, and the format that Go's type suggests. */
function typeOf(value: Json): readonly [type: string, format: string] {
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'int64'] : ['number', 'float64'];
  if (typeof value === 'string' || typeof value === 'boolean') return [typeof value, ''];
  return [Array.isArray(value) ? 'array' : 'object', ''];
}

function typeResult(value: Json, props: Props, path: string): Result {
  const types = typesOf(props);
  const wrong = (wanted: string, found: string): Result => Result.of(problemAt(path, 'type', `must be of type ${wanted}: ${goQuote(found)}`, found));
  if (value === null) return types.length > 0 && !types.includes('null') && props.nullable !== true ? wrong(types.join(','), 'null') : Result.counted();
  const [type, format] = typeOf(value);
  const wanted = knownFormat(props);
  const isIntegerForNumber = type === 'integer' && types.includes('number');
  const fits = types.includes(type) || isIntegerForNumber;
  const isText = type === 'string' || type === 'array';
  if (!isText && wanted !== '' && !fits && format !== wanted) return wrong(wanted, format);
  if (isText && wanted !== '' && !types.includes('number') && !types.includes('integer')) return Result.counted();
  return fits ? Result.counted() : wrong(types.join(','), type);
}

function enumResult(value: Json, props: Props, path: string): Result {
  const allowed = props.enum ?? [];
  if (allowed.length === 0 || allowed.some((item) => item !== null && equal(item, value))) return new Result();
  return Result.of({ ...problemAt(path, 'enum', `should be one of ${JSON.stringify(allowed)}`, value), values: allowed });
}

function lengths(text: string, props: Props, path: string): Result {
  const length = countCharacters(text);
  const { maxLength, minLength, pattern = '' } = props;
  if (maxLength !== undefined && length > maxLength) {
    return Result.of({ ...problemAt(path, 'tooLong', `should be at most ${maxLength} chars long`, text), limit: maxLength });
  }
  if (minLength !== undefined && length < minLength) return Result.of(problemAt(path, 'other', `should be at least ${minLength} chars long`, text));
  if (pattern !== '' && !matchesPattern(pattern, text)) return Result.of(problemAt(path, 'other', `should match '${pattern}'`, text));
  return new Result();
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function formatResult(text: string, props: Props, path: string): Result {
  const format = props.format ?? '';
  return hasFormat(text, format) === false ? Result.of(problemAt(path, 'type', `must be of type ${format}: ${goQuote(text)}`, text)) : new Result();
}

function numbers(value: number, props: Props, path: string): Result {
  const types = typesOf(props);
  const result = new Result();
  for (const found of numberProblems(value, props, types.length === 1 ? types[0] ?? '' : '', knownFormat(props), path)) result.add(found);
  result.matches++;
  return result;
}

function items(list: readonly Json[], props: Props, path: string, before: Before | undefined): Result {
  const result = new Result();
  const itemProps = itemsOf(props);
  if (itemProps !== undefined) {
    list.forEach((item, i) => result.merge(validated(item, itemProps, `${path}[${i}]`, itemBefore(item, props, before))));
  }
  const { minItems, maxItems } = props;
  if (minItems !== undefined && list.length < minItems) result.add(problemAt(path, 'other', `should have at least ${minItems} items`, list.length));
  if (maxItems !== undefined && list.length > maxItems) {
    result.add({ ...problemAt(path, 'tooMany', `should have at most ${maxItems} items`, list.length), limit: maxItems });
  }
  result.matches++;
  return result;
}

/** Only the items of lists that are maps have an old one. */
function itemBefore(item: Json, props: Props, before: Before | undefined): Before | undefined {
  const keys = props['x-kubernetes-list-map-keys'] ?? [];
  if (before === undefined || props['x-kubernetes-list-type'] !== 'map' || !Array.isArray(before.value) || !isObject(item)) return undefined;
  const old = (before.value as readonly Json[]).find((other) => isObject(other) && keys.every((key) => equal(other[key], item[key])));
  return old === undefined ? undefined : { value: old };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function members(object: JsonObject, props: Props, path: string, before: Before | undefined): Result {
  const result = new Result();
  const count = Object.keys(object).length;
  const { minProperties, maxProperties, properties = noProps } = props;
  if (minProperties !== undefined && count < minProperties) result.add(problemAt(path, 'other', `should have at least ${minProperties} properties`, count));
  if (maxProperties !== undefined && count > maxProperties) {
    result.add({ ...problemAt(path, 'tooMany', `should have at most ${maxProperties} properties`, count), limit: maxProperties });
  }
  const additional = additionalOf(props);
  const old = (name: string): Before | undefined => memberBefore(name, path, before);
  for (const [name, value] of Object.entries(object)) {
    if (properties[name] !== undefined || value === undefined) continue;
    if (props.additionalProperties === false) result.add({ ...problemAt(path, 'other', 'is a forbidden property', name), text: `${path}.${name} in body is a forbidden property` });
    else if (additional !== undefined) result.merge(validated(value, additional, `${path}.${name}`, old(name)));
  }
  for (const [name, child] of Object.entries(properties)) {
    const value = object[name];
    if (value !== undefined) result.merge(validated(value, child, path === '' ? name : `${path}.${name}`, old(name)));
  }
  for (const name of props.required ?? []) if (object[name] === undefined) result.add(problemAt(`${path}.${name}`, 'required', 'is required'));
  return result;
}

function memberBefore(name: string, path: string, before: Before | undefined): Before | undefined {
  if (before === undefined || !isObject(before.value) || (path === '' && typeMetaFields.includes(name))) return undefined;
  const value = before.value[name];
  return value === undefined ? undefined : { value };
}

/** anyOf, oneOf, allOf and not. Of alternatives that all fail, the one with most that fits explains itself. */
function junctors(value: Json, props: Props, path: string, before: Before | undefined): Result {
  const result = new Result();
  const run = (child: Props): Result => validatedAll(value, child, path, before);
  if ((props.anyOf ?? []).length > 0) {
    let best: Result | undefined;
    let fitting: Result | undefined;
    for (const child of props.anyOf ?? []) {
      const outcome = run(child);
      if (outcome.valid) {
        fitting = outcome;
        break;
      }
      if (best === undefined || outcome.matches > best.matches) best = outcome;
    }
    if (fitting === undefined) result.add(problem(`${goQuote(path)} must validate at least one schema (anyOf)`));
    result.merge(fitting ?? best ?? new Result());
  }
  if ((props.oneOf ?? []).length > 0) result.merge(oneOf((props.oneOf ?? []).map(run), path));
  if ((props.allOf ?? []).length > 0) {
    const outcomes = (props.allOf ?? []).map(run);
    for (const outcome of outcomes) result.merge(outcome);
    const fitting = outcomes.filter((outcome) => outcome.valid).length;
    if (fitting < outcomes.length) result.add(problem(`${goQuote(path)} must validate all the schemas (allOf)${fitting === 0 ? '. None validated' : ''}`));
  }
  if (props.not !== undefined && run(props.not).valid) result.add(problem(`${goQuote(path)} must not validate the schema (not)`));
  result.matches++;
  return result;
}

function oneOf(outcomes: readonly Result[], path: string): Result {
  const result = new Result();
  const fitting = outcomes.filter((outcome) => outcome.valid);
  const [first] = fitting;
  if (fitting.length === 1 && first !== undefined) {
    result.merge(first);
    return result;
  }
  const found = fitting.length === 0 ? 'Found none valid' : `Found ${fitting.length} valid alternatives`;
  result.add(problem(`${goQuote(path)} must validate one and only one schema (oneOf). ${found}`));
  let best: Result | undefined;
  if (fitting.length === 0) for (const outcome of outcomes) if (best === undefined || outcome.matches > best.matches) best = outcome;
  if (best !== undefined) result.merge(best);
  return result;
}
