// Names, columns, subresources, selectable fields and conversion of CustomResourceDefinitions.
import type {
  CustomResourceColumnDefinition, CustomResourceConversion, CustomResourceDefinitionNames, CustomResourceSubresources, SelectableField, WebhookConversion,
} from '../generated/types.ts';
import type { Errors, Path } from '../validation/field.ts';
import { byteLength } from '../validation/field.ts';
import { dns1035Label } from '../validation/names.ts';
import { validateCaBundle, validateWebhookService, validateWebhookUrl } from '../validation/webhooks.ts';
import { fieldPath } from './field-path.ts';
import type { Props } from './props.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const maxSelectableFields = 8;
const reviewVersions = ['v1', 'v1beta1'];
const strategies = ['None', 'Webhook'];
const selectableTypes = ['string', 'boolean', 'integer'];

export function validateNames(names: CustomResourceDefinitionNames | undefined, path: Path, errors: Errors): void {
  const { plural = '', singular = '', kind = '', listKind = '', shortNames = [], categories = [] } = names ?? {};
  const check = (text: string, at: Path, mixedCase: boolean): void => {
    const messages = dns1035Label(mixedCase ? text.toLowerCase() : text);
    if (text !== '' && messages.length > 0) errors.invalid(at, text, `${mixedCase ? 'may have mixed case, but should otherwise match: ' : ''}${messages.join(',')}`);
  };
  const checkAll = (texts: readonly string[], at: Path): void => texts.forEach((text, i) => {
    const messages = dns1035Label(text);
    if (messages.length > 0) errors.invalid(at.index(i), text, messages.join(','));
  });
  check(plural, path.child('plural'), false);
  check(singular, path.child('singular'), false);
  check(kind, path.child('kind'), true);
  check(listKind, path.child('listKind'), true);
  checkAll(shortNames, path.child('shortNames'));
  if (kind !== '' && kind === listKind) errors.invalid(path.child('listKind'), listKind, 'kind and listKind may not be the same');
  checkAll(categories, path.child('categories'));
}

export function validateColumn(column: CustomResourceColumnDefinition, path: Path, errors: Errors): void {
  const { name, type, format = '', jsonPath } = column;
  if (name === '') errors.required(path.child('name'));
  if (type === '') errors.required(path.child('type'), `must be one of ${columnTypes.join(',')}`);
  else if (!columnTypes.includes(type)) errors.invalid(path.child('type'), type, `must be one of ${columnTypes.join(',')}`);
  if (format !== '' && !columnFormats.includes(format)) errors.invalid(path.child('format'), format, `must be one of ${columnFormats.join(',')}`);
  if (jsonPath === '') errors.required(path.child('JSONPath'));
  else validateSimplePath(jsonPath, path.child('JSONPath'), errors);
}

function validateSimplePath(text: string, path: Path, errors: Errors): boolean {
  if (text.startsWith('.')) return true;
  errors.invalid(path, text, 'must be a simple json path starting with .');
  return false;
}

export function validateSubresources({ scale }: CustomResourceSubresources, path: Path, errors: Errors): void {
  if (scale === undefined) return;
  for (const [name, root] of [['specReplicasPath', 'spec'], ['statusReplicasPath', 'status']] as const) {
    const text = scale[name] ?? '';
    const at = path.child(`scale.${name}`);
    if (text === '') errors.required(at);
    else if (validateSimplePath(text, at, errors) && !text.startsWith(`.${root}.`)) errors.invalid(at, text, `should be a json path under .${root}`);
  }
  const selector = scale.labelSelectorPath ?? '';
  const at = path.child('scale.labelSelectorPath');
  if (selector !== '' && validateSimplePath(selector, at, errors) && !/^\.(spec|status)\./.test(selector)) {
    errors.invalid(at, selector, 'should be a json path under either .spec or .status');
  }
}

export function validateSelectableFields(fields: readonly SelectableField[], schema: Props, tooManyBefore: boolean, path: Path, errors: Errors): void {
  const seen = new Set<string>();
  fields.forEach(({ jsonPath }, i) => {
    const at = path.index(i).child('jsonPath');
    if (jsonPath === '') {
      errors.required(at);
      return;
    }
    const found = fieldPath(jsonPath, schema, false);
    if (!found.ok) {
      errors.invalid(at, jsonPath, `is an invalid path: ${found.message}`);
      return;
    }
    if (found.names[0] === 'metadata') errors.invalid(at, jsonPath, 'must not point to fields in metadata');
    if (!selectableTypes.includes(found.props?.type ?? '')) {
      errors.invalid(at, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.');
    }
    if (seen.has(found.path)) errors.duplicate(at, jsonPath);
    seen.add(found.path);
  });
  if (seen.size > maxSelectableFields && !tooManyBefore) errors.tooMany(path, seen.size, maxSelectableFields);
}

export function hasTooManySelectableFields(fields: readonly SelectableField[] | undefined): boolean {
  return (fields ?? []).length > maxSelectableFields;
}

export interface ConversionOptions {
  readonly requireKnownReviewVersion: boolean;
  readonly allowInvalidCaBundle: boolean;
}

export function validateConversion({ strategy, webhook }: CustomResourceConversion, options: ConversionOptions, path: Path, errors: Errors): void {
  if (strategy === '') errors.required(path.child('strategy'));
  else if (!strategies.includes(strategy)) errors.notSupported(path.child('strategy'), strategy, strategies);
  const clientPath = path.child('webhookClientConfig');
  if (strategy === 'Webhook') {
    if (webhook?.clientConfig === undefined) errors.required(clientPath, 'required when strategy is set to Webhook');
    else validateClient(webhook.clientConfig, options.allowInvalidCaBundle, clientPath, errors);
    validateReviewVersions(webhook?.conversionReviewVersions ?? [], options.requireKnownReviewVersion, path.child('conversionReviewVersions'), errors);
    return;
  }
  const detail = 'should not be set when strategy is not set to Webhook';
  if (webhook?.clientConfig !== undefined) errors.forbidden(clientPath, detail);
  if ((webhook?.conversionReviewVersions ?? []).length > 0) errors.forbidden(path.child('conversionReviewVersions'), detail);
}

function validateClient(client: NonNullable<WebhookConversion['clientConfig']>, allowInvalidCaBundle: boolean, path: Path, errors: Errors): void {
  const { url, service, caBundle = '' } = client;
  if ((url === undefined) === (service === undefined)) errors.required(path, 'exactly one of url or service is required');
  else if (url !== undefined) validateWebhookUrl(url, path.child('url'), errors);
  // The real server mixes up the service's name and namespace here, so that errors name the other one.
  else if (service !== undefined) validateWebhookService(service.name ?? '', service.namespace ?? '', service.path, service.port ?? 0, path.child('service'), errors);
  if (caBundle !== '' && !allowInvalidCaBundle) validateCaBundle(caBundle, path.child('caBundle'), errors);
}

function validateReviewVersions(versions: readonly string[], requireKnown: boolean, path: Path, errors: Errors): void {
  if (versions.length === 0) {
    errors.required(path);
    return;
  }
  versions.forEach((version, i) => {
    if (versions.indexOf(version) < i) errors.invalid(path.index(i), version, 'duplicate version');
    else errors.invalidAll(path.index(i), version, dns1035Label(version));
  });
  if (requireKnown && !hasKnownReviewVersion(versions)) errors.invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`);
}

export function hasKnownReviewVersion(versions: readonly string[]): boolean {
  return versions.some((version) => reviewVersions.includes(version));
}

/** What is wrong with the warning of a deprecated version. */
export function deprecationProblems(deprecated: boolean, warning: string | undefined): readonly string[] {
  if (warning === undefined) return [];
  if (!deprecated) return ['can only be set for deprecated versions'];
  const problems: string[] = [];
  if (byteLength(warning) > 256) problems.push('must be <= 256 characters long');
  if (warning === '') problems.push('must not be an empty string');
  const odd = /[^\P{C}]|[^ \P{Z}]/u.exec(warning);
  if (odd !== null) problems.push(`must only contain printable UTF-8 characters; non-printable character found at index ${byteLength(warning.slice(0, odd.index))}`);
  return problems;
}
