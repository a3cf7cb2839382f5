// Validation of CustomResourceDefinitions (models apiextensions-apiserver's pkg/apis/apiextensions/validation).
import type { CustomResourceDefinition, CustomResourceDefinitionSpec, CustomResourceDefinitionVersion, CustomResourceValidation } from '../generated/types.ts';
import { Printed } from '../validation/field.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { internalForm, internalText } from '../internal-form.ts';
import { equal } from '../validation/metadata.ts';
import { dns1035Label, dns1123Subdomain } from '../validation/names.ts';
import { hasUnprunedDefault, validateDefaults } from './default-checks.ts';
import {
  deprecationProblems, hasKnownReviewVersion, hasTooManySelectableFields, validateColumn, validateConversion, validateNames, validateSelectableFields, validateSubresources,
} from './definition-parts.ts';
import type { InternalSpec } from './internal.ts';
import { anySchemaHas, internalSpec, schemasOf } from './internal.ts';
import { hasBadKeyFields } from './list-checks.ts';
import type { Props } from './props.ts';
import { schemaHas } from './props.ts';
import { validateRules } from './rules.ts';
import type { SchemaOptions } from './schema-checks.ts';
import { isNonAtomicSet, schemaTypes, validateSchema } from './schema-checks.ts';
import { structuralProblems, unstructuredReason } from './structural.ts';

const specPath = new Path('spec');
const versionsPath = specPath.child('versions');
const approval = 'api-approved.kubernetes.io';
const approvalPath = new Path('metadata').child('annotations').key(approval);
const scopes = ['Cluster', 'Namespaced'];
const seeApproval = 'see https://github.com/kubernetes/enhancements/pull/1111';

interface Options extends SchemaOptions {
  readonly requireSchema: boolean;
  readonly requirePrunedDefaults: boolean;
  readonly requireKnownReviewVersion: boolean;
  readonly allowInvalidCaBundle: boolean;
  /** Names of versions (or '' for the top) that may keep too many selectable fields. */
  readonly tooManySelectable: ReadonlySet<string>;
}

const createOptions: Options = {
  requireSchema: true, requirePrunedDefaults: true, requireValidPropertyType: true, requireAtomicSetType: true, requireMapListKeys: true,
  requireKnownReviewVersion: true, allowInvalidCaBundle: true, tooManySelectable: new Set(),
};

/** What was wrong already may stay wrong. */
function updateOptions(next: CustomResourceDefinition, old: CustomResourceDefinition): Options {
  const { spec } = old;
  const reviewVersions = spec.conversion?.webhook?.conversionReviewVersions ?? [];
  return {
    requireSchema: (spec.versions ?? []).every((version) => version.schema?.openAPIV3Schema !== undefined),
    requirePrunedDefaults: !schemasOf(spec).some(hasUnprunedDefault),
    requireValidPropertyType: !anySchemaHas(spec, ({ type = '' }) => type !== '' && !schemaTypes.includes(type)),
    requireAtomicSetType: !anySchemaHas(spec, isNonAtomicSet),
    requireMapListKeys: !anySchemaHas(spec, hasBadKeyFields),
    requireKnownReviewVersion: reviewVersions.length === 0 || hasKnownReviewVersion(reviewVersions),
    allowInvalidCaBundle: !isEstablished(old),
    tooManySelectable: keptSelectable(internalSpec(next.spec), internalSpec(spec)),
  };
}

function keptSelectable(next: InternalSpec, old: InternalSpec): ReadonlySet<string> {
  const kept = new Set<string>();
  if (hasTooManySelectableFields(old.selectableFields) && equal(next.selectableFields, old.selectableFields)) kept.add('');
  for (const version of next.versions) {
    const before = old.versions.find(({ name }) => name === version.name);
    if (hasTooManySelectableFields(before?.selectableFields) && equal(version.selectableFields, before?.selectableFields)) kept.add(version.name);
  }
  return kept;
}

export function isEstablished({ status }: CustomResourceDefinition): boolean {
  return (status?.conditions ?? []).some(({ type, status: value }) => type === 'Established' && value === 'True');
}

export function validateDefinition(crd: CustomResourceDefinition, errors: Errors): void {
  validateSpec(crd.spec, createOptions, errors);
  validateRest(crd, undefined, errors);
}

export function validateDefinitionUpdate(next: CustomResourceDefinition, old: CustomResourceDefinition, errors: Errors): void {
  validateSpec(next.spec, updateOptions(next, old), errors);
  const immutable = (now: string, before: string, path: Path): void => {
    if (now !== before) errors.invalid(path, now, 'field is immutable');
  };
  const names = specPath.child('names');
  if (isEstablished(old)) {
    immutable(next.spec.scope, old.spec.scope, specPath.child('scope'));
    immutable(next.spec.names.kind, old.spec.names.kind, names.child('kind'));
  }
  immutable(next.spec.group, old.spec.group, specPath.child('group'));
  immutable(next.spec.names.plural, old.spec.names.plural, names.child('plural'));
  validateRest(next, old, errors);
}

function validateRest(crd: CustomResourceDefinition, old: CustomResourceDefinition | undefined, errors: Errors): void {
  validateNames(crd.status?.acceptedNames, new Path('status').child('acceptedNames'), errors);
  validateStoredVersions(crd, errors);
  validateApproval(crd, old, errors);
  if (crd.spec.preserveUnknownFields === true && old?.spec.preserveUnknownFields !== true) {
    errors.invalid(specPath.child('preserveUnknownFields'), true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead');
  }
}

function validateStoredVersions({ spec, status }: CustomResourceDefinition, errors: Errors): void {
  const path = new Path('status').child('storedVersions');
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) {
    errors.invalid(path, status?.storedVersions, 'must have at least one stored version');
    return;
  }
  const versions = spec.versions ?? [];
  for (const { name, storage } of versions) if (storage && !stored.includes(name)) errors.invalid(path, stored, `must have the storage version ${name}`);
  stored.forEach((name, i) => {
    if (versions.some((version) => version.name === name)) return;
    errors.invalid(path.index(i), name, `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`);
  });
}

type ApprovalState = 'missing' | 'bypassed' | 'approved' | 'invalid';

function approvalState({ metadata }: CustomResourceDefinition): ApprovalState {
  const text = metadata.annotations?.[approval] ?? '';
  if (text === '') return 'missing';
  if (text.startsWith('unapproved')) return 'bypassed';
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#\s]+[^\s]*$/.test(text) ? 'approved' : 'invalid';
}

function validateApproval(crd: CustomResourceDefinition, old: CustomResourceDefinition | undefined, errors: Errors): void {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(crd.spec.group)) return;
  const state = approvalState(crd);
  if (old !== undefined && approvalState(old) === state) return;
  const wanted = `protected groups must have approval annotation "${approval}"`;
  if (state === 'missing') errors.required(approvalPath, `${wanted}, ${seeApproval}`);
  if (state === 'invalid') errors.invalid(approvalPath, crd.metadata.annotations?.[approval], `${wanted} with either a URL or a reason starting with "unapproved", ${seeApproval}`);
}

function validateSpec(spec: CustomResourceDefinitionSpec, options: Options, errors: Errors): void {
  const all = internalSpec(spec);
  validateGroup(spec.group ?? '', errors);
  const scope = spec.scope ?? '';
  if (scope === '') errors.required(specPath.child('scope'));
  else if (!scopes.includes(scope)) errors.notSupported(specPath.child('scope'), scope, scopes);
  validateSchemaPresence(all, options, errors);
  if (spec.preserveUnknownFields === true && anySchemaHas(spec, (props) => props.default !== undefined)) {
    errors.invalid(specPath.child('preserveUnknownFields'), true, 'must be false in order to use defaults in the schema');
  }
  all.versions.forEach((version, i) => validateVersion(version, all, options, versionsPath.index(i), errors));
  validateVersionList(all, errors);
  for (const [name, text = ''] of [['plural', spec.names?.plural], ['singular', spec.names?.singular], ['kind', spec.names?.kind], ['listKind', spec.names?.listKind]] as const) {
    if (text === '') errors.required(specPath.child('names').child(name));
  }
  validateNames(spec.names, specPath.child('names'), errors);
  const anyStatus = all.subresources?.status !== undefined || all.versions.some(({ subresources }) => subresources?.status !== undefined);
  validateValidation(all.validation, anyStatus, options, specPath.child('validation'), errors);
  if (all.subresources !== undefined) validateSubresources(all.subresources, specPath.child('subresources'), errors);
  all.additionalPrinterColumns?.forEach((column, i) => validateColumn(column, specPath.child('additionalPrinterColumns').index(i), errors));
  validateTopSelectable(all, options, errors);
  if (spec.conversion === undefined) return;
  const conversionPath = specPath.child('conversion');
  if (spec.conversion.strategy !== 'None' && spec.preserveUnknownFields === true) {
    errors.invalid(conversionPath.child('strategy'), spec.conversion.strategy, 'must be None if spec.preserveUnknownFields is true');
  }
  validateConversion(spec.conversion, options, conversionPath, errors);
}

function validateGroup(group: string, errors: Errors): void {
  const path = specPath.child('group');
  const messages = dns1123Subdomain(group);
  if (group === '') errors.required(path);
  else if (messages.length > 0) errors.invalid(path, group, messages.join(','));
  else if (!group.includes('.')) errors.invalid(path, group, 'should be a domain with at least one dot');
}

function validateSchemaPresence(all: InternalSpec, options: Options, errors: Errors): void {
  if (all.validation?.openAPIV3Schema !== undefined) return;
  all.versions.forEach((version, i) => {
    if (version.schema?.openAPIV3Schema !== undefined) return;
    const path = versionsPath.index(i).child('schema').child('openAPIV3Schema');
    if (options.requireSchema) errors.required(path);
    else if (all.spec.preserveUnknownFields !== true && version.served) errors.required(path, 'because otherwise all fields are pruned');
  });
}

function printedVersions(versions: readonly CustomResourceDefinitionVersion[]): Printed {
  return new Printed(versions.length === 0 ? '[]' : `[${versions.map((version) => internalText(version, 'apiextensions.CustomResourceDefinitionVersion')).join(',')}]`);
}

function validateVersionList(all: InternalSpec, errors: Errors): void {
  const { versions, version } = all;
  const names = versions.map(({ name }) => name);
  const shown = (): Printed => (Array.isArray(all.spec.versions) ? printedVersions(versions) : new Printed('null'));
  if (new Set(names).size < names.length) errors.invalid(versionsPath, shown(), 'must contain unique version names');
  if (versions.filter(({ storage }) => storage).length !== 1) errors.invalid(versionsPath, shown(), 'must have exactly one version marked as storage version');
  const messages = dns1035Label(version);
  if (version !== '' && messages.length > 0) errors.invalid(specPath.child('version'), version, messages.join(','));
}

function validateVersion(version: CustomResourceDefinitionVersion, all: InternalSpec, options: Options, path: Path, errors: Errors): void {
  const messages = dns1035Label(version.name ?? '');
  if (messages.length > 0) errors.invalid(path.child('name'), version.name ?? '', messages.join(','));
  for (const message of deprecationProblems(version.deprecated === true, version.deprecationWarning)) {
    errors.invalid(path.child('deprecationWarning'), version.deprecationWarning, message);
  }
  const perVersion = all.versions.some(({ subresources }) => subresources !== undefined);
  const hasStatus = (perVersion ? version.subresources : all.subresources)?.status !== undefined;
  validateValidation(version.schema, hasStatus, options, path.child('schema'), errors);
  if (version.subresources !== undefined) validateSubresources(version.subresources, path.child('subresources'), errors);
  version.additionalPrinterColumns?.forEach((column, i) => validateColumn(column, path.child('additionalPrinterColumns').index(i), errors));
  const fields = version.selectableFields ?? [];
  if (fields.length === 0) return;
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) errors.invalid(path.child('selectableFields'), '', 'may only be set when `version.schema.openAPIV3Schema` is not included');
  else validateSelectable(fields, schema, options.tooManySelectable.has(version.name), path, errors);
}

function validateTopSelectable(all: InternalSpec, options: Options, errors: Errors): void {
  const fields = all.selectableFields ?? [];
  if (fields.length === 0) return;
  const schema = all.validation?.openAPIV3Schema;
  if (schema === undefined) errors.invalid(specPath.child('selectableFields'), '', 'may only be set when validations.schema is included');
  else validateSelectable(fields, schema, options.tooManySelectable.has(''), specPath, errors);
}

function validateSelectable(fields: Parameters<typeof validateSelectableFields>[0], schema: Props, tooManyBefore: boolean, path: Path, errors: Errors): void {
  const reason = unstructuredReason(schema);
  if (reason !== undefined) errors.invalid(path.child('schema.openAPIV3Schema'), '', reason);
  validateSelectableFields(fields, schema, tooManyBefore, path.child('selectableFields'), errors);
}

/** Members of a schema's root that a status subresource rules out, in Go's order; `type` stands between them. */
const notAtRoot = [
  'id', '$schema', '$ref', 'type', 'nullable', 'default', 'enum', 'maxProperties', 'minProperties', 'allOf', 'oneOf', 'anyOf', 'not', 'additionalProperties', 'patternProperties',
  'dependencies', 'additionalItems', 'definitions', 'x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string', 'x-kubernetes-list-map-keys', 'x-kubernetes-list-type',
  'x-kubernetes-map-type',
] as const;
const atRoot = '[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]';

function validateRootWithStatus(schema: Props, path: Path, errors: Errors): void {
  for (const name of notAtRoot) {
    if (schema[name] === undefined || (name === 'type' && schema.type === 'object')) continue;
    if (name === 'type') errors.invalid(path.child('type'), schema.type, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled');
    else errors.invalid(path, internalForm(schema, 'apiextensions.JSONSchemaProps'), `only ${atRoot} fields are allowed at the root of the schema if the status subresource is enabled`);
    return;
  }
}

function validateValidation(validation: CustomResourceValidation | undefined, hasStatus: boolean, options: Options, path: Path, errors: Errors): void {
  const schema = validation?.openAPIV3Schema;
  if (schema === undefined) return;
  const at = path.child('openAPIV3Schema');
  const before = errors.length;
  if (hasStatus) validateRootWithStatus(schema, at, errors);
  if (schema.nullable === true) errors.forbidden(at.child('nullable'), 'nullable cannot be true at the root');
  const reason = unstructuredReason(schema);
  let isSound = false;
  if (reason === undefined) {
    const problems = structuralProblems(schema, at);
    errors.list.push(...problems);
    const count = errors.length;
    if (problems.length === 0) validateDefaults(schema, options.requirePrunedDefaults, at, errors);
    isSound = problems.length === 0 && errors.length === count;
  }
  validateSchema(schema, true, { options, insideMeta: false }, at, errors);
  if (isSound && schemaHas(schema, (props) => props['x-kubernetes-validations'] !== undefined)) validateRules(schema, at, errors);
  if (reason !== undefined && errors.length === before) errors.invalid(at, '', reason);
}
