// Does an apply configuration fit its schema? (models structured-merge-diff's validation of typed values)
import type { Json } from '../../api/generated/types.ts';
import { goValue } from '../../api/go-format.ts';
import type { SchemaType } from '../../api/schema.ts';
import { elementText, fieldElement } from './field-set.ts';
import { itemElement, memberType, membersOf, shapeOf, typeOf } from './typed.ts';
import type { TypeRef } from './typed.ts';

interface Problem { readonly path: string; readonly message: string }

/** What is wrong, as one message; undefined if nothing is. */
export function misfit(value: Json, type: TypeRef): string | undefined {
  const problems: Problem[] = [];
  check(value, type, '', problems);
  const texts = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  if (texts.length === 0) return undefined;
  return texts.length === 1 ? texts[0] : ['errors:', ...texts.map((text) => `  ${text}`)].join('\n');
}

function check(value: Json, type: TypeRef, path: string, problems: Problem[]): void {
  if (value === null) return;
  switch (type.schema.type) {
    case 'struct': case 'map': return checkMap(value, type, path, problems);
    case 'array': return checkList(value, type, path, problems);
    case 'any': return;
    default: return checkScalar(value, type.schema.type, path, problems);
  }
}

function checkMap(value: Json, type: TypeRef, path: string, problems: Problem[]): void {
  if (typeof value !== 'object' || Array.isArray(value)) {
    problems.push({ path, message: `expected map, got ${holding(value)}` });
    return;
  }
  const members = membersOf(value);
  for (const name of Object.keys(members)) {
    const at = path + elementText(fieldElement(name));
    const member = memberType(type, name);
    if (!member) {
      problems.push({ path: at, message: 'field not declared in schema' });
      return;
    }
    check(members[name] ?? null, member, at, problems);
  }
}

function checkList(value: Json, type: TypeRef, path: string, problems: Problem[]): void {
  if (!Array.isArray(value)) {
    problems.push({ path, message: `expected list, got ${holding(value)}` });
    return;
  }
  const keyed = shapeOf(type, value) === 'list';
  const seen = new Set<string>();
  for (const [i, item] of (value as readonly Json[]).entries()) {
    const element = keyed ? itemElement(type, item) : `i:${i}`;
    if (typeof element !== 'string') {
      problems.push({ path, message: `element ${i}: ${element.error}` });
      return;
    }
    const text = elementText(element);
    if (seen.has(element)) problems.push({ path, message: `duplicate entries for key ${text}` });
    seen.add(element);
    if (type.schema.items) check(item, typeOf(type.schema.items), path + text, problems);
  }
}

function checkScalar(value: Json, type: SchemaType, path: string, problems: Problem[]): void {
  const found = typeof value;
  switch (type) {
    case 'int32': case 'int64': case 'float64':
      if (found !== 'number') problems.push({ path, message: `expected numeric (int or float), got ${goTypeOf(value)}` });
      return;
    case 'bool':
      if (found !== 'boolean') problems.push({ path, message: `expected boolean, got ${holding(value)}` });
      return;
    case 'quantity': case 'intOrString':
      if (found === 'object') problems.push({ path, message: `expected any scalar, got ${holding(value)}` });
      return;
    default:
      if (found !== 'string') problems.push({ path, message: `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}` });
  }
}

/** How Go prints a pointer to the wrapper of a value (%v). */
function holding(value: Json): string {
  return `&{${goValue(value)}}`;
}

function goTypeOf(value: Json): string {
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'string': return 'string';
    case 'boolean': return 'bool';
    case 'number': return 'float64';
    default: return 'map[string]interface {}';
  }
}

/** %#v of decoded JSON. */
function goSyntax(value: Json): string {
  if (value === null) return 'interface {}(nil)';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${(value as readonly Json[]).map(goSyntax).join(', ')}}`;
  const members = membersOf(value);
  return `map[string]interface {}{${Object.keys(members).sort().map((name) => `${JSON.stringify(name)}:${goSyntax(members[name] ?? null)}`).join(', ')}}`;
}
