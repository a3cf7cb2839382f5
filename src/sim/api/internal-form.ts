// The internal Go form of objects, which a few validation errors print: `field is immutable` with the whole value, and
// the difference between two pod specs. Every field is written, under its Go name, in Go's order.
import internalDocument from './generated/internal.json';
import type { JsonObject } from './generated/types.ts';
import { goJson } from './go-format.ts';

interface InternalField {
  readonly name: string;
  /** Member of the API form, compared without case; `Name=member` in the document where it differs. */
  readonly member: string;
  readonly modifiers: string;
  readonly type: string;
}

const documents = internalDocument.types as Readonly<Record<string, string | undefined>>;
const fieldsByType = new Map<string, readonly InternalField[]>();

/** Fields whose API name is not the Go name in other case. */
const renamed: Readonly<Record<string, string>> = {
  CephMonitors: 'monitors', RBDImage: 'image', RBDPool: 'pool', RadosUser: 'user', EndpointsName: 'endpoints', DataDiskURI: 'diskURI',
};
/** Parts of the pod's spec that the internal type keeps in the security context. */
const movedToSecurityContext = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'];

function fieldsOf(type: string): readonly InternalField[] {
  let fields = fieldsByType.get(type);
  if (fields === undefined) {
    fields = (documents[type] ?? '').split(' ').filter((text) => text !== '').map(parseField);
    fieldsByType.set(type, fields);
  }
  return fields;
}

function parseField(text: string): InternalField {
  const colon = text.indexOf(':');
  const [name = '', jsonName] = text.slice(0, colon).split('=');
  const [, modifiers = '', type = ''] = /^((?:\*|\[\]|\{\})*)(.*)$/.exec(text.slice(colon + 1)) ?? [];
  return { name, member: (jsonName ?? renamed[name] ?? name).toLowerCase(), modifiers, type };
}

function member(object: JsonObject, name: string): unknown {
  for (const key in object) if (key.toLowerCase() === name) return object[key];
  return undefined;
}

/** The internal form of an API value of a type such as `core.PodSpec`, ready for goJson. */
export function internalForm(value: unknown, type: string): unknown {
  switch (type) {
    case 'metav1.LabelSelector': return selectorForm(value);
    case 'metav1.ObjectMeta': return metaForm(value);
    case 'metav1.Time': return value ?? null;
    case 'bool': return value ?? false;
    case 'float64': case 'int32': case 'int64': case 'intstr.IntOrString': return value ?? 0;
    case 'resource.Quantity': return value ?? '0';
    case 'string': case 'types.UID': return value ?? '';
    case 'apiextensions.JSON': return value ?? null;
    case 'apiextensions.JSONSchemaPropsOrArray': case 'apiextensions.JSONSchemaPropsOrBool': case 'apiextensions.JSONSchemaPropsOrStringArray':
      return schemaUnionForm(value, type);
    default: return structForm((value ?? {}) as JsonObject, type);
  }
}

/** A JSON schema or something else. */
function schemaUnionForm(value: unknown, type: string): unknown {
  const schema = value !== null && typeof value === 'object' && !Array.isArray(value) ? internalForm(value, 'apiextensions.JSONSchemaProps') : null;
  const list = Array.isArray(value) ? (value as readonly unknown[]) : null;
  switch (type) {
    case 'apiextensions.JSONSchemaPropsOrBool': return { Allows: schema !== null || value === true, Schema: schema };
    case 'apiextensions.JSONSchemaPropsOrArray': return { Schema: schema, JSONSchemas: list?.map((item) => internalForm(item, 'apiextensions.JSONSchemaProps')) ?? null };
    default: return { Schema: schema, Property: list };
  }
}

function structForm(object: JsonObject, type: string): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of fieldsOf(type)) {
    if (field.name === '') Object.assign(out, embedded(object, field.type));
    else out[field.name] = modified(fieldValue(object, field, type), field.modifiers, field.type);
  }
  return out;
}

function embedded(object: JsonObject, type: string): Record<string, unknown> {
  if (type === 'metav1.ObjectMeta') return metaForm(object['metadata']) as Record<string, unknown>;
  if (type === 'metav1.TypeMeta') return { kind: object['kind'], apiVersion: object['apiVersion'] };
  return structForm(object, type);
}

function fieldValue(object: JsonObject, field: InternalField, type: string): unknown {
  if (type !== 'core.PodSpec' || field.name !== 'SecurityContext') return member(object, field.member);
  const context = { ...(object['securityContext'] as JsonObject | undefined) };
  for (const name of movedToSecurityContext) if (object[name] !== undefined) context[name] = object[name];
  return context;
}

function modified(value: unknown, modifiers: string, type: string): unknown {
  if (modifiers === '') return internalForm(value, type);
  if (value === undefined || value === null) return null;
  if (modifiers.startsWith('*')) return modified(value, modifiers.slice(1), type);
  const rest = modifiers.slice(2);
  if (modifiers.startsWith('[]')) return (value as readonly unknown[]).map((item) => modified(item, rest, type));
  const map = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.keys(map).sort().map((key) => [key, modified(map[key], rest, type)]));
}

export const metaOrder = ['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp',
  'deletionGracePeriodSeconds', 'labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'];

/** Types with JSON names of their own: only what is there, in their order. */
function metaForm(value: unknown): unknown {
  const meta = (value ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(metaOrder.filter((key) => meta[key] !== undefined).map((key) => [key, sorted(meta[key])]));
}

function selectorForm(value: unknown): unknown {
  const { matchLabels, matchExpressions } = (value ?? {}) as JsonObject;
  const expressions = matchExpressions as unknown as readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[] | undefined;
  return { matchLabels: sorted(matchLabels), matchExpressions: expressions?.map(({ key, operator, values }) => ({ key, operator, values })) };
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const map = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.keys(map).sort().map((key) => [key, map[key]]));
}

/** Indented by one space a level, as the differences are shown. */
export function indentedInternal(value: unknown, type: string): string {
  return JSON.stringify(internalForm(value, type), null, 1);
}

/** One line, as values in errors are shown. */
export function internalText(value: unknown, type: string): string {
  return goJson(internalForm(value, type));
}
