// Custom resources in CEL: the types of a schema's parts and their values (models apiserver/pkg/cel/common/schemas.go).
import type { Environment, ParseResult } from '@marcbachmann/cel-js';
import { latin1Text } from '../base64.ts';
import { isObject } from '../custom/objects.ts';
import type { Props, PropsMap } from '../custom/props.ts';
import { additionalOf, itemsOf, noProps } from '../custom/props.ts';
import type { Json } from '../generated/types.ts';
import { celEnvironment } from './library.ts';
import type { StructClass } from './structs.ts';
import { declareStruct, newStructClass } from './structs.ts';

const reserved: ReadonlySet<string> = new Set([
  'true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while',
]);
const text: Props = { type: 'string' };
const metaProps: PropsMap = { apiVersion: text, kind: text, metadata: { type: 'object', properties: { name: text, generateName: text } } };

/** How a property is called in CEL; undefined for names that cannot be. */
function celName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name.replaceAll('__', '__underscores__').replaceAll('.', '__dot__').replaceAll('-', '__dash__').replaceAll('/', '__slash__');
}

function propertiesOf(props: Props, isResource: boolean): PropsMap {
  return isResource ? { ...props.properties, ...metaProps } : props.properties ?? noProps;
}

function isResourceRoot(props: Props): boolean {
  return props['x-kubernetes-embedded-resource'] === true;
}

/** Whose values are objects of a class. */
const classes = new WeakMap<Props, StructClass>();

function classOf(props: Props): StructClass {
  const known = classes.get(props) ?? newStructClass();
  classes.set(props, known);
  return known;
}

/** Names of the types of objects that an environment knows already. */
type Declared = Map<Props, string>;

/** Declares the types of a schema; returns the name of its own, undefined where CEL cannot see the value. */
export function declareType(env: Environment, props: Props, isResource: boolean, name: string, declared: Declared = new Map()): string | undefined {
  if (props['x-kubernetes-int-or-string'] === true) return 'dyn';
  switch (props.type) {
    case 'boolean': return 'bool';
    case 'integer': return 'int';
    case 'number': return 'double';
    case 'string': return textType(props.format ?? '');
    case 'array': {
      const items = itemsOf(props);
      const type = items && declareType(env, items, isResourceRoot(items), `${name}.items`, declared);
      return type && `list<${type}>`;
    }
    case 'object': return objectType(env, props, isResource, name, declared);
    default: return undefined;
  }
}

function textType(format: string): string {
  switch (format) {
    case 'byte': return 'bytes';
    case 'duration': return 'google.protobuf.Duration';
    case 'date': case 'date-time': return 'google.protobuf.Timestamp';
    default: return 'string';
  }
}

function objectType(env: Environment, props: Props, isResource: boolean, name: string, declared: Declared): string | undefined {
  const additional = additionalOf(props);
  if (additional !== undefined) {
    const type = declareType(env, additional, isResourceRoot(additional), `${name}.values`, declared);
    return type && `map<string, ${type}>`;
  }
  const known = declared.get(props);
  if (known !== undefined) return known;
  const fields: Record<string, string> = {};
  for (const [property, child] of Object.entries(propertiesOf(props, isResource))) {
    const field = celName(property);
    const type = declareType(env, child, isResourceRoot(child), `${name}.p${Object.keys(fields).length}`, declared);
    if (field !== undefined && type !== undefined) fields[field] = type;
  }
  declared.set(props, name);
  declareStruct(env, name, fields, classOf(props));
  return name;
}

/** A value as CEL sees it by its schema. */
export function celValue(value: Json, props: Props, isResource: boolean): unknown {
  if (props['x-kubernetes-int-or-string'] === true) return celDynamic(value);
  if (typeof value === 'number') return props.type === 'integer' && Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string') return props.type === 'string' ? textValue(value, props.format ?? '') : value;
  if (Array.isArray(value)) {
    const items = itemsOf(props);
    return items === undefined ? [] : (value as readonly Json[]).map((item) => celValue(item, items, isResourceRoot(items)));
  }
  if (!isObject(value)) return value;
  const additional = additionalOf(props);
  const properties = propertiesOf(props, isResource);
  const out = additional === undefined ? new (classOf(props))() : new Map<string, unknown>();
  for (const [key, member] of Object.entries(value)) {
    const child = additional ?? properties[key];
    const name = additional === undefined ? celName(key) : key;
    if (child !== undefined && name !== undefined && member !== undefined) out.set(name, celValue(member, child, isResourceRoot(child)));
  }
  return out;
}

/** A value without a schema: whole numbers are integers. */
export function celDynamic(value: Json | undefined): unknown {
  if (value === undefined) return null;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(celDynamic);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, celDynamic(member)]));
}

const readers = new Map<string, ParseResult>();

/** CEL's timestamp for an RFC 3339 text. Throws where it is none. */
export function timestampValue(text: string): unknown {
  return converted('timestamp', text);
}

/** What CEL's own conversion makes of a text. */
function converted(to: 'timestamp' | 'duration', text: string): unknown {
  let reader = readers.get(to);
  if (reader === undefined) readers.set(to, reader = celEnvironment().registerVariable('text', 'string').parse(`${to}(text)`));
  return reader({ text });
}

function textValue(value: string, format: string): unknown {
  try {
    switch (format) {
      case 'byte': return Uint8Array.from(latin1Text(value), (c) => c.charCodeAt(0));
      case 'duration': return converted('duration', value);
      case 'date': return timestampValue(`${value}T00:00:00Z`);
      case 'date-time': return timestampValue(value);
      default: return value;
    }
  } catch {
    return value;
  }
}
