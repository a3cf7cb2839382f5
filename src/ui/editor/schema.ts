// The schema that completion, hover and checks work from: every kind that a user writes, told apart by apiVersion and kind.
// One top-level oneOf with constants makes completion offer only what fits; titles keep Go type names out of sight.
import type { JSONSchema } from 'monaco-yaml';

/** A schema as the API server publishes it, without descriptions. */
export interface ApiSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, ApiSchema>>;
  readonly required?: readonly string[];
  readonly items?: ApiSchema;
  readonly additionalProperties?: ApiSchema | boolean;
  readonly allOf?: readonly ApiSchema[];
  readonly oneOf?: readonly ApiSchema[];
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly { readonly group: string; readonly kind: string; readonly version: string }[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** Texts by `Type.field`, such as `DeploymentSpec.replicas`, or by `Type` for a kind itself. */
export type FieldTexts = Readonly<Record<string, string>>;

const REF = '#/components/schemas/';
/** Kinds that only components write, or that answer a question and are never kept. */
const NOT_WRITTEN = new Set([
  'Status', 'Scale', 'Binding', 'Eviction', 'ComponentStatus', 'ControllerRevision', 'CSINode', 'CSIStorageCapacity', 'VolumeAttachment', 'Event',
  'TokenRequest', 'TokenReview', 'SelfSubjectReview', 'LocalSubjectAccessReview', 'SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview',
]);
/** Fields that the server fills in; completing them would only mislead. */
const SERVER_OWNED: Readonly<Record<string, readonly string[]>> = {
  ObjectMeta: ['creationTimestamp', 'deletionGracePeriodSeconds', 'deletionTimestamp', 'generation', 'managedFields', 'resourceVersion', 'selfLink', 'uid'],
};

/** `Container` for `io.k8s.api.core.v1.Container`. */
export function typeName(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1);
}

class SchemaBuilder {
  readonly definitions: Record<string, JSONSchema> = {};
  private readonly schemas: Readonly<Record<string, ApiSchema>>;
  private readonly texts: FieldTexts;

  constructor(schemas: Readonly<Record<string, ApiSchema>>, texts: FieldTexts) {
    this.schemas = schemas;
    this.texts = texts;
  }

  /** A reference to a definition, which is converted the first time it is needed. */
  private refer(ref: string): JSONSchema {
    const id = ref.slice(REF.length);
    if (this.definitions[id] === undefined) {
      this.definitions[id] = {};
      this.definitions[id] = this.convert(this.schemas[id] ?? {}, typeName(id));
    }
    return { $ref: `#/definitions/${id}` };
  }

  /** `owner` is the type whose fields these are; an inner schema without a type of its own has none. */
  convert(schema: ApiSchema, owner?: string): JSONSchema {
    if (schema.$ref !== undefined) return this.refer(schema.$ref);
    const [only] = schema.allOf ?? [];
    if (only !== undefined) return this.convert(only, owner);
    if (schema.oneOf !== undefined) return { type: schema.oneOf.flatMap((choice) => choice.type ?? []) };
    return {
      ...(schema.type !== undefined && { type: schema.type }),
      ...(schema.enum !== undefined && { enum: [...schema.enum] }),
      ...(schema.items !== undefined && { items: this.convert(schema.items) }),
      ...(schema.properties !== undefined && this.fields(schema.properties, schema, owner)),
      ...(typeof schema.additionalProperties === 'object' && { additionalProperties: this.convert(schema.additionalProperties) }),
    };
  }

  /** Unknown fields are refused, as the API server's strict decoding refuses them. */
  private fields(properties: Readonly<Record<string, ApiSchema>>, schema: ApiSchema, owner: string | undefined): JSONSchema {
    const hidden = SERVER_OWNED[owner ?? ''] ?? [];
    const converted = Object.entries(properties).map(([name, property]): [string, JSONSchema] => {
      const text = this.texts[`${owner}.${name}`];
      const result = this.convert(property);
      return [name, { ...result, title: name, ...(text !== undefined && { description: text }), ...(hidden.includes(name) && { doNotSuggest: true }) }];
    });
    return {
      properties: Object.fromEntries(converted),
      ...(schema['x-kubernetes-preserve-unknown-fields'] !== true && { additionalProperties: false }),
      ...(schema.required !== undefined && { required: [...schema.required] }),
    };
  }

  /** The content of one kind: apiVersion and kind are told apart elsewhere, the status is left out of completion. */
  content(id: string, schema: ApiSchema): JSONSchema {
    const base = this.convert(schema, typeName(id));
    const { status, ...properties } = base.properties ?? {};
    return {
      ...base,
      properties: { ...properties, apiVersion: this.described('apiVersion'), kind: this.described('kind'), ...(typeof status === 'object' && { status: unsuggested(status) }) },
    };
  }

  private described(field: string): JSONSchema {
    const text = this.texts[field];
    return text === undefined ? {} : { description: text };
  }
}

const IDENTITY = ['apiVersion', 'kind'];

/** Not offered by completion. Around a reference, because what stands beside one may be left out. */
export const unsuggested = (schema: JSONSchema): JSONSchema => ({ allOf: [schema], doNotSuggest: true });

/** One kind that a document may be of, and what it then holds. */
export interface EditorKind { readonly apiVersion: string; readonly kind: string; readonly description: string | undefined; readonly content: JSONSchema }

/** Whether a document is of that kind. Completion reads what stands in an "if", but not below a "not". */
const isOther = (apiVersion: string, kind: string): JSONSchema => ({ not: { required: IDENTITY, properties: { apiVersion: { type: 'string', const: apiVersion }, kind: { type: 'string', const: kind } } } });

/**
 * Which kind a document is of is decided by apiVersion and kind alone; only then its content is looked at. With all of it
 * in one oneOf the checker would compare contents and mistake one kind with an error for another.
 */
function schemaOf(kinds: readonly EditorKind[], definitions: Readonly<Record<string, JSONSchema>>): JSONSchema {
  const sorted = kinds.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    oneOf: sorted.map(({ apiVersion, kind, description }) => ({
      title: kind, ...(description !== undefined && { description }), required: IDENTITY, properties: { apiVersion: { type: 'string', const: apiVersion }, kind: { type: 'string', const: kind } },
    })),
    allOf: sorted.map(({ apiVersion, kind, content }) => ({ if: isOther(apiVersion, kind), else: content })),
    definitions,
  };
}

/** The schema of one document, with the hover texts of one language. About 70 kinds, and those of custom resources. */
export function editorSchema(schemas: Readonly<Record<string, ApiSchema>>, texts: FieldTexts, custom: readonly EditorKind[] = []): JSONSchema {
  const builder = new SchemaBuilder(schemas, texts);
  const kinds = [...custom];
  for (const [id, schema] of Object.entries(schemas)) {
    const [gvk] = schema['x-kubernetes-group-version-kind'] ?? [];
    if (gvk === undefined || schema.properties?.['metadata'] === undefined || NOT_WRITTEN.has(gvk.kind) || gvk.kind.endsWith('List')) continue;
    kinds.push({ apiVersion: gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`, kind: gvk.kind, description: texts[gvk.kind], content: builder.content(id, schema) });
  }
  return schemaOf(kinds, builder.definitions);
}

/** The kinds that a schema made here knows. */
export function kindsOf({ oneOf = [] }: JSONSchema): readonly Pick<EditorKind, 'apiVersion' | 'kind'>[] {
  const constant = (schema: JSONSchema | boolean | undefined): string => (typeof schema === 'object' && typeof schema.const === 'string' ? schema.const : '');
  return oneOf.map((each) => (typeof each === 'object' ? each.properties ?? {} : {})).map(({ apiVersion, kind }) => ({ apiVersion: constant(apiVersion), kind: constant(kind) }));
}
