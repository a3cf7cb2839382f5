// CEL as Kubernetes has it: the library's standard functions and the most used ones of Kubernetes' own
// (models apiserver/pkg/cel/library: lists, regex, quantity; and cel-go's strings extension).
import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import type { Quantity } from '../quantity.ts';
import { matchMethod } from './adjustments.ts';
import { declareExtensions, extensionNames } from './extensions.ts';
import { declareNamedFormats, namedFormatNames } from './named-formats.ts';
import { declareSemanticVersions, semanticVersionNames } from './semantic-versions.ts';
import { declareOptionalEquality } from './structs.ts';
import { addQuantities, compareQuantities, parseQuantity, quantityError, subtractQuantities, ZERO_QUANTITY } from '../quantity.ts';

type CelList = readonly unknown[];

function compare(a: unknown, b: unknown): number {
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

function isSorted(list: CelList): boolean {
  return list.every((item, i) => i === 0 || compare(list[i - 1], item) <= 0);
}

function extreme(list: CelList, sign: 1 | -1): unknown {
  if (list.length === 0) throw new Error(`${sign === 1 ? 'max' : 'min'} called on empty list`);
  return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best));
}

function findAll(text: string, pattern: string, limit: number): readonly string[] {
  const found: string[] = [];
  const matcher = RE2JS.compile(pattern).matcher(text);
  while ((limit < 0 || found.length < limit) && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

function isMatch(text: string, pattern: string): boolean {
  return RE2JS.compile(pattern).matcher(text).find();
}

function replaceSome(text: string, from: string, to: string, count: number): string {
  if (count < 0) return text.replaceAll(from, () => to);
  const parts = text.split(from);
  const head = parts.slice(0, count + 1).join(to);
  return parts.length > count + 1 ? [head, ...parts.slice(count + 1)].join(from) : head;
}

function charAt(text: string, index: bigint): string {
  const characters = Array.from(text);
  if (index < 0n || index > BigInt(characters.length)) throw new Error(`index out of range: ${index}`);
  return characters[Number(index)] ?? '';
}

const names = new Set([
  'size', 'type', 'dyn', 'bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration', 'startsWith', 'endsWith', 'contains', 'matches', 'lowerAscii', 'upperAscii',
  'trim', 'indexOf', 'lastIndexOf', 'substring', 'split', 'join', 'replace', 'charAt', 'find', 'findAll', 'isSorted', 'sum', 'min', 'max', 'quantity', 'isQuantity', 'compareTo',
  'isGreaterThan', 'isLessThan', 'asInteger', 'asApproximateFloat', 'isInteger', 'sign', 'add', 'sub', 'getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek',
  'getDayOfYear', 'getHours', 'getMinutes', 'getSeconds', 'getMilliseconds', 'has', 'all', 'exists', 'exists_one', 'map', 'filter', 'orValue', 'or', 'hasValue', 'value',
  'optMap', 'optFlatMap', 'allowed', 'check', 'group', 'resource', 'namespace', 'serviceAccount', 'path', 'subresource', 'name',
  'fieldSelector', 'labelSelector', 'reason', 'errored', 'error', ...extensionNames, ...namedFormatNames, ...semanticVersionNames,
]);

/** Whether there is a function, method or macro of this name. */
export function isCelFunction(name: string): boolean {
  return names.has(name);
}

const quantityType = 'kubernetes.Quantity';
const nanosPerUnit = 1_000_000_000n;

/** The library tells types by their constructor. */
class CelQuantity {
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }
}

function registerQuantities(env: Environment): void {
  env.registerType(quantityType, CelQuantity);
  env.registerFunction(`quantity(string): ${quantityType}`, (text: string) => new CelQuantity(parseQuantity(text)));
  env.registerOperator(`${quantityType} == ${quantityType}`, (a: CelQuantity, b: CelQuantity) => compareQuantities(a.quantity, b.quantity) === 0);
  env.registerFunction('isQuantity(string): bool', (text: string) => quantityError(text) === undefined);
  const method = (signature: string, run: (quantity: Quantity, other: Quantity) => unknown): void => {
    env.registerFunction(`${quantityType}.${signature}`, (a: CelQuantity, b?: CelQuantity) => run(a.quantity, b?.quantity ?? ZERO_QUANTITY));
  };
  const sign = (a: Quantity, b: Quantity): bigint => BigInt(Math.sign(compareQuantities(a, b)));
  method(`compareTo(${quantityType}): int`, sign);
  method(`isGreaterThan(${quantityType}): bool`, (a, b) => compareQuantities(a, b) > 0);
  method(`isLessThan(${quantityType}): bool`, (a, b) => compareQuantities(a, b) < 0);
  method(`add(${quantityType}): ${quantityType}`, (a, b) => new CelQuantity(addQuantities(a, b)));
  method(`sub(${quantityType}): ${quantityType}`, (a, b) => new CelQuantity(subtractQuantities(a, b)));
  method('sign(): int', sign);
  method('isInteger(): bool', ({ nano }) => nano % nanosPerUnit === 0n);
  method('asInteger(): int', ({ nano }) => {
    if (nano % nanosPerUnit !== 0n) throw new Error('cannot convert value to integer');
    return nano / nanosPerUnit;
  });
  method('asApproximateFloat(): double', ({ nano }) => Number(nano) / Number(nanosPerUnit));
}

let shared: Environment | undefined;

/** An environment without variables. */
export function celEnvironment(): Environment {
  shared ??= newEnvironment();
  return shared.clone();
}

function newEnvironment(): Environment {
  const env = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  env.registerFunction('list.isSorted(): bool', isSorted);
  env.registerFunction('list.sum(): dyn', (list: CelList) => list.reduce((sum, item) => (sum as number) + (item as number), typeof list[0] === 'number' ? 0 : 0n));
  env.registerFunction('list.min(): dyn', (list: CelList) => extreme(list, -1));
  env.registerFunction('list.max(): dyn', (list: CelList) => extreme(list, 1));
  env.registerFunction('list.indexOf(dyn): int', (list: CelList, item: unknown) => BigInt(list.indexOf(item)));
  env.registerFunction('list.lastIndexOf(dyn): int', (list: CelList, item: unknown) => BigInt(list.lastIndexOf(item)));
  env.registerFunction('string.find(string): string', (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? '');
  env.registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => findAll(text, pattern, -1));
  env.registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) => findAll(text, pattern, Number(limit)));
  env.registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) => replaceSome(text, from, to, -1));
  env.registerFunction('string.replace(string, string, int): string', (text: string, from: string, to: string, count: bigint) => replaceSome(text, from, to, Number(count)));
  env.registerFunction('string.charAt(int): string', charAt);
  env.registerFunction('matches(string, string): bool', isMatch);
  env.registerFunction(`string.${matchMethod}(string): bool`, isMatch);
  declareOptionalEquality(env);
  registerQuantities(env);
  declareExtensions(env);
  declareNamedFormats(env);
  declareSemanticVersions(env);
  return env;
}
