// The kinds that a CustomResourceDefinition makes: one for each version, with its strategy (models
// apiextensions-apiserver's pkg/registry/customresource).
import type { CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionSpec, CustomResourceDefinitionVersion, Json, JsonObject } from '../generated/types.ts';
import { goQuote, goValue } from '../go-format.ts';
import { parseJsonPath } from '../json-path.ts';
import type { Kind } from '../kind.ts';
import { allVerbs, keep, withGeneration, withMeta } from '../kinds/define.ts';
import type { ApiObject, FieldError } from '../meta.ts';
import { apiVersionOf } from '../meta.ts';
import { Errors } from '../validation/field.ts';
import { collect, equal, metadataPath, validateObjectMeta, validateObjectMetaUpdate } from '../validation/metadata.ts';
import { qualifiedName, subdomainName } from '../validation/names.ts';
import { tableOfKind } from './columns.ts';
import { customSchema } from './decoding.ts';
import { validateEmbedded } from './embedded.ts';
import { applySchemaDefaults, prune, pruneNulls, validateListTypes } from './objects.ts';
import type { Props } from './props.ts';
import { hasRules, runRules } from './rules.ts';
import { scaleOfKind, validateScaleSpec, validateScaleStatus } from './scale.ts';
import { validateValue } from './values.ts';

/** A version of a definition, seen from all sides that its strategy needs. */
interface Version {
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly definition: CustomResourceDefinitionVersion;
  readonly props: Props;
  /** Unknown fields stay wherever they are (spec.preserveUnknownFields of old definitions). */
  readonly preservesUnknown: boolean;
  readonly apiVersion: string;
  readonly hasStatus: boolean;
}

const anything: Props = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** All versions; those that are not served have no verbs. All are stored in the form of the storage version. */
export function customKinds({ spec, status }: CustomResourceDefinition): readonly Kind[] {
  const storage = spec.versions.find((version) => version.storage)?.name ?? '';
  const names = status?.acceptedNames ?? spec.names;
  return spec.versions.map((version) => kindOf(spec, names, version, apiVersionOf(spec.group, storage)));
}

function kindOf(spec: CustomResourceDefinitionSpec, names: CustomResourceDefinitionNames, definition: CustomResourceDefinitionVersion, storedVersion: string): Kind {
  const { subresources } = definition;
  const version: Version = {
    group: spec.group, kind: names.kind, namespaced: spec.scope === 'Namespaced', definition, props: definition.schema?.openAPIV3Schema ?? anything,
    preservesUnknown: spec.preserveUnknownFields === true, apiVersion: apiVersionOf(spec.group, definition.name), hasStatus: subresources?.status !== undefined,
  };
  return {
    group: spec.group, version: definition.name, kind: names.kind, plural: names.plural, singular: names.singular ?? '', shortNames: names.shortNames ?? [], categories: names.categories ?? [],
    namespaced: version.namespaced, verbs: definition.served ? allVerbs : [],
    subresources: [...(version.hasStatus ? ['status' as const] : []), ...(subresources?.scale === undefined ? [] : ['scale' as const])],
    schema: customSchema(names.kind, version.props, version.preservesUnknown),
    createOnUpdate: false, unconditionalUpdate: false, defaultPropagation: 'background', hasGeneration: true,
    storedAs: {
      apiVersion: storedVersion, kind: names.kind,
      toStored: (object) => (object.apiVersion === storedVersion ? object : { ...object, apiVersion: storedVersion }),
      fromStored: (object) => shownAs(object, version),
    },
    applyDefaults: (object) => objectOf(applySchemaDefaults(jsonOf(object), version.props)),
    ...strategyOf(version),
    ...(version.hasStatus ? { status: statusStrategyOf(version) } : {}),
    ...(subresources?.scale === undefined ? {} : { scale: scaleOfKind(subresources.scale) }),
    warnings: (object, old) => [...ratchetingWarnings(object, old, version), ...finalizerWarnings(object, old)],
    selectableFields: selectableFieldsOf(version),
    ...tableOfKind(definition.additionalPrinterColumns),
  };
}

function jsonOf(object: ApiObject): Json {
  return object as unknown as Json;
}

function objectOf(value: Json): ApiObject {
  return value as unknown as ApiObject;
}

/** What is stored by the schema of today: a field that it lost is gone, a default that it got is there. */
function shownAs(stored: ApiObject, { props, preservesUnknown, apiVersion }: Version): ApiObject {
  const object = jsonOf(stored.apiVersion === apiVersion ? stored : { ...stored, apiVersion });
  const known = preservesUnknown ? object : pruneNulls(prune(object, props, true, []), props);
  return objectOf(applySchemaDefaults(known, props));
}

// ---- create and update ----

function statusOf(object: ApiObject): Json | undefined {
  return (jsonOf(object) as JsonObject)['status'];
}

function withStatus(object: ApiObject, status: Json | undefined): ApiObject {
  return keep(object as ApiObject & { status?: Json }, { ...object, status } as ApiObject & { status?: Json }, 'status');
}

function strategyOf(version: Version): Pick<Kind, 'prepareForCreate' | 'prepareForUpdate' | 'validate' | 'validateUpdate'> {
  return {
    prepareForCreate: (object) => withGeneration(version.hasStatus ? withStatus(object, undefined) : object, 1),
    prepareForUpdate: (next, old) => {
      const kept = version.hasStatus ? withStatus(next, statusOf(old)) : next;
      const { generation } = old.metadata;
      const changed = !equal({ ...kept, metadata: undefined }, { ...old, metadata: undefined });
      return withGeneration(kept, changed ? (generation ?? 0) + 1 : generation);
    },
    validate: (object) => validated(object, undefined, version, (errors) => {
      validateObjectMeta(object.metadata, version.namespaced, subdomainName, metadataPath, errors);
      validateValue(jsonOf(object), version.props, undefined, errors);
      validateScale(object, version, errors);
      validateEmbedded(jsonOf(object), version.props, false, '', errors);
    }),
    validateUpdate: (next, old) => validated(next, old, version, (errors) => {
      validateObjectMetaUpdate(next.metadata, old.metadata, metadataPath, errors);
      validateValue(jsonOf(next), version.props, undefined, errors, { value: jsonOf(old) });
      validateScale(next, version, errors);
      validateEmbedded(jsonOf(next), version.props, false, '', errors);
    }),
  };
}

function validateScale(object: ApiObject, { definition }: Version, errors: Errors): void {
  const scale = definition.subresources?.scale;
  if (scale === undefined) return;
  validateScaleSpec(object, scale, errors);
  validateScaleStatus(object, scale, errors);
}

function statusStrategyOf(version: Version): NonNullable<Kind['status']> {
  const statusProps = version.props.properties?.['status'];
  return {
    prepareForUpdate: (next, old) => {
      const { managedFields } = next.metadata;
      return withStatus(equal(managedFields, old.metadata.managedFields) ? old : withMeta(old, { managedFields: managedFields ?? [] }), statusOf(next));
    },
    validateUpdate: (next, old) => validated(next, old, version, (errors) => {
      validateObjectMetaUpdate(next.metadata, old.metadata, metadataPath, errors);
      const status = statusOf(next);
      const before = statusOf(old);
      if (status !== undefined && statusProps !== undefined) validateValue(status, statusProps, 'status', errors, before === undefined ? undefined : { value: before });
      const scale = version.definition.subresources?.scale;
      if (scale !== undefined) validateScaleStatus(next, scale, errors);
    }),
  };
}

/** Kind and version first, then what the write has to pass, then lists and rules. */
function validated(object: ApiObject, old: ApiObject | undefined, version: Version, validate: (errors: Errors) => void): readonly FieldError[] {
  return collect((errors) => {
    if (object.kind !== version.kind) errors.invalid('kind', object.kind, `must be ${version.kind}`);
    if (object.apiVersion !== version.apiVersion) errors.invalid('apiVersion', object.apiVersion, `must be ${version.apiVersion}`);
    if (errors.length > 0) return;
    validate(errors);
    const wasSound = old === undefined || collect((before) => validateListTypes(jsonOf(old), version.props, '', before)).length === 0;
    if (wasSound) validateListTypes(jsonOf(object), version.props, '', errors);
    if (!hasRules(version.props)) return;
    if (errors.list.some(({ type }) => blocking.has(type))) {
      errors.invalid('<nil>', null, 'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation');
    } else {
      runRules(jsonOf(object), version.props, true, old && jsonOf(old), errors);
    }
  });
}

/** After these errors rules would only find the same again, or fail. */
const blocking: ReadonlySet<FieldError['type']> = new Set<FieldError['type']>(['FieldValueNotSupported', 'FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid']);

/** What rules find in parts that the update left as they were. */
function ratchetingWarnings(object: ApiObject, old: ApiObject | undefined, { props }: Version): readonly string[] {
  if (old === undefined || !hasRules(props)) return [];
  const unchanged = new Errors();
  runRules(jsonOf(object), props, true, jsonOf(old), new Errors(), unchanged);
  return unchanged.list.map(({ path, message }) => `${path}: ${message}`);
}

// ---- the rest ----

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

function finalizerWarnings({ metadata }: ApiObject, old: ApiObject | undefined): readonly string[] {
  const before = old?.metadata.finalizers ?? [];
  const added = [...new Set(metadata.finalizers)].filter((name) => !before.includes(name)).sort();
  return added.flatMap((name) => {
    const at = `metadata.finalizers: ${goQuote(name)}`;
    const problems = qualifiedName(name).map((message) => `${at}: ${message}`);
    if (name.includes('/') || standardFinalizers.includes(name)) return problems;
    return [...problems, `${at}: prefer a domain-qualified finalizer name${name.includes('.') ? ' including a path (/)' : ''} to avoid accidental conflicts with other finalizer writers`];
  });
}

function selectableFieldsOf({ namespaced, definition }: Version): Kind['selectableFields'] {
  const finders = (definition.selectableFields ?? []).map(({ jsonPath }) => [jsonPath.replace(/^\./, ''), parseJsonPath(jsonPath)] as const);
  return (object) => {
    const { name = '', namespace = '' } = object.metadata;
    const own = finders.map(([field, find]) => {
      const value = find?.(jsonOf(object))[0];
      return [field, value === undefined || value === null ? '' : goValue(value)] as const;
    });
    return { 'metadata.name': name, ...(namespaced ? { 'metadata.namespace': namespace } : {}), ...Object.fromEntries(own) };
  };
}
