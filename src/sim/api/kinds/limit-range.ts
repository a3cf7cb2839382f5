// LimitRanges (models pkg/registry/core/limitrange).
import type { LimitRange, LimitRangeItem } from '../generated/types.ts';
import { change, each } from '../defaults/fill.ts';
import { roundResources } from '../defaults/resources.ts';
import type { Quantity, QuantityText } from '../quantity.ts';
import { canonicalQuantity, compareQuantities, parseQuantity } from '../quantity.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { qualifiedName, subdomainName } from '../validation/names.ts';
import { isOvercommitAllowed, validateContainerResourceName, validateResourceName } from '../validation/resources.ts';
import { defineKind } from './define.ts';

type ResourceList = Readonly<Record<string, QuantityText>>;

const limitsPath = new Path('spec').child('limits');
const types = ['Pod', 'Container', 'PersistentVolumeClaim'];
const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
const nanoPerMilli = 1_000_000n;

function rounded(item: LimitRangeItem): LimitRangeItem {
  let out = item;
  for (const name of lists) out = change(out, name, (list) => roundResources({ limits: list }).limits);
  return out;
}

/** For containers the maximum is the default limit, which is the default request; else the minimum is. */
function defaultItem(before: LimitRangeItem): LimitRangeItem {
  const item = rounded(before);
  if (item.type !== 'Container') return item;
  const limits: ResourceList = { ...item.max, ...item.default };
  const requests: ResourceList = { ...item.min, ...limits, ...item.defaultRequest };
  const same = Object.keys(limits).length === Object.keys(item.default ?? {}).length && Object.keys(requests).length === Object.keys(item.defaultRequest ?? {}).length;
  if (same) return item;
  const { default: _, defaultRequest: __, ...rest } = item;
  return { ...rest, ...(Object.keys(limits).length > 0 ? { default: limits } : {}), ...(Object.keys(requests).length > 0 ? { defaultRequest: requests } : {}) };
}

function validateNames(item: LimitRangeItem, list: ResourceList | undefined, path: Path, errors: Errors): void {
  const rule = item.type === 'Pod' || item.type === 'Container' ? validateContainerResourceName : validateResourceName;
  for (const name of Object.keys(list ?? {})) rule(name, path.key(name), errors);
}

function validateType(type: string, path: Path, errors: Errors): void {
  const problems = qualifiedName(type);
  errors.invalidAll(path, type, problems);
  if (problems.length === 0 && !type.includes('/') && !types.includes(type)) errors.invalid(path, type, 'must be a standard limit type or fully qualified');
}

function validateItem(item: LimitRangeItem, path: Path, errors: Errors): void {
  validateNames(item, item.max, path.child('max'), errors);
  validateNames(item, item.min, path.child('min'), errors);
  const isPod = item.type === 'Pod';
  for (const name of ['default', 'defaultRequest'] as const) {
    if (!isPod) validateNames(item, item[name], path.child(name), errors);
    else if (Object.keys(item[name] ?? {}).length > 0) errors.forbidden(path.child(name), "may not be specified when `type` is 'Pod'");
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.['storage'] === undefined && item.max?.['storage'] === undefined) {
    errors.required(path.child('limits'), 'either minimum or maximum storage value is required, but neither was provided');
  }
  validateNames(item, item.maxLimitRequestRatio, path.child('maxLimitRequestRatio'), errors);
  const names = new Set(lists.flatMap((list) => (isPod && (list === 'default' || list === 'defaultRequest') ? [] : Object.keys(item[list] ?? {}))));
  for (const name of names) validateAmounts(item, name, path, errors);
}

function validateAmounts(item: LimitRangeItem, name: string, path: Path, errors: Errors): void {
  const at = (list: ResourceList | undefined): Quantity | undefined => (list?.[name] === undefined ? undefined : parseQuantity(list[name] ?? '0'));
  const text = (list: ResourceList | undefined): string => canonicalQuantity(list?.[name] ?? 0);
  const isPod = item.type === 'Pod';
  const { min, max, maxLimitRequestRatio: ratios } = item;
  const defaults = isPod ? undefined : item.default;
  const requests = isPod ? undefined : item.defaultRequest;
  const above = (a: ResourceList | undefined, b: ResourceList | undefined): boolean => {
    const [x, y] = [at(a), at(b)];
    return x !== undefined && y !== undefined && compareQuantities(x, y) > 0;
  };
  if (above(min, max)) errors.invalid(path.child('min').key(name), text(min), `min value ${text(min)} is greater than max value ${text(max)}`);
  const requestPath = path.child('defaultRequest').key(name);
  if (above(min, requests)) errors.invalid(requestPath, text(requests), `min value ${text(min)} is greater than default request value ${text(requests)}`);
  if (above(requests, max)) errors.invalid(requestPath, text(requests), `default request value ${text(requests)} is greater than max value ${text(max)}`);
  if (above(requests, defaults)) errors.invalid(requestPath, text(requests), `default request value ${text(requests)} is greater than default limit value ${text(defaults)}`);
  const defaultPath = path.child('default').key(name);
  if (above(min, defaults)) errors.invalid(defaultPath, text(min), `min value ${text(min)} is greater than default value ${text(defaults)}`);
  if (above(defaults, max)) errors.invalid(defaultPath, text(max), `default value ${text(defaults)} is greater than max value ${text(max)}`);
  validateRatio(at(ratios), at(min), at(max), text(ratios), path.child('maxLimitRequestRatio').key(name), errors);
  const [limit, request] = [at(defaults), at(requests)];
  if (!isOvercommitAllowed(name) && limit !== undefined && request !== undefined && compareQuantities(limit, request) !== 0) {
    errors.invalid(requestPath, text(requests), `default value ${text(defaults)} must equal to defaultRequest value ${text(requests)} in ${name}`);
  }
}

function validateRatio(ratio: Quantity | undefined, min: Quantity | undefined, max: Quantity | undefined, text: string, path: Path, errors: Errors): void {
  if (ratio === undefined) return;
  if (ratio.nano < 1_000_000_000n) errors.invalid(path, text, `ratio ${text} is less than 1`);
  if (min === undefined || max === undefined) return;
  const highest = Number(max.nano / nanoPerMilli) / Number(min.nano / nanoPerMilli);
  if (Number(ratio.nano / nanoPerMilli) / 1000 > highest) errors.invalid(path, text, `ratio ${text} is greater than max/min = ${highest.toFixed(6)}`);
}

export const limitRangeKind = defineKind<LimitRange>({
  group: '', version: 'v1', kind: 'LimitRange', plural: 'limitranges', shortNames: ['limits'], namespaced: true,
  schema: schemaName('core.v1', 'LimitRange'),
  createOnUpdate: true,
  nameRule: subdomainName,
  namesItself: true,
  defaults: (range) => change(range, 'spec', (spec) => change(spec, 'limits', (limits) => each(limits, defaultItem))),
  validate: ({ spec }, errors) => {
    const seen = new Set<string>();
    spec?.limits?.forEach((item, i) => {
      const at = limitsPath.index(i);
      validateType(item.type, at.child('type'), errors);
      if (seen.has(item.type)) errors.duplicate(at.child('type'), item.type);
      seen.add(item.type);
      validateItem(item, at, errors);
    });
  },
  validateUpdate: (_next, _old, _errors, checks) => checks.all(),
});
