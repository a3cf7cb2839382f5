// Claims to devices, their classes, and the slices in which drivers publish devices (models pkg/apis/resource/validation).
import { compileDeviceSelector } from '../cel/device.ts';
import type {
  CounterSet, Device, DeviceClaim, DeviceClassSpec, DeviceConstraint, DeviceRequest, DeviceSelector, DeviceSubRequest, DeviceToleration, ExactDeviceRequest, OpaqueDeviceConfiguration,
  ResourceClaimSpec, ResourceSliceSpec,
} from '../generated/types.ts';
import { goJson } from '../go-format.ts';
import { utf8Bytes } from '../utf8.ts';
import { validateDriverName } from './drivers.ts';
import type { Errors, Path } from './field.ts';
import { immutable } from './metadata.ts';
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName, regexMessage } from './names.ts';

const max = {
  requests: 32, constraints: 32, config: 32, selectors: 32, alternatives: 8, expressionBytes: 10 * 1024, parametersBytes: 10 * 1024, poolName: 253, id: 32,
  devices: 128, devicesWithExtras: 64, attributesAndCapacities: 32, counterSets: 8, counters: 32,
} as const;
const effects = ['NoExecute', 'NoSchedule', 'None'];

/** Every item, unless there are too many of them to look at. */
function validateList<T>(items: readonly T[] | null | undefined, most: number, path: Path, errors: Errors, check: (item: T, path: Path) => void): void {
  if (items === undefined || items === null) return;
  if (items.length > most) errors.tooMany(path, items.length, most);
  else items.forEach((item, i) => check(item, path.index(i)));
}

function validateUnique<T>(items: readonly T[] | null | undefined, most: number, path: Path, errors: Errors, check: (item: T, path: Path) => void, keyOf: (item: T) => string): void {
  validateList(items, most, path, errors, check);
  if (items === undefined || items === null || items.length > most) return;
  const keys = items.map(keyOf);
  keys.forEach((key, i) => {
    if (keys.indexOf(key) < i) errors.duplicate(path.index(i), key);
  });
}

// ---- claims ----

function validateSelectors(selectors: readonly DeviceSelector[] | undefined, path: Path, errors: Errors): void {
  validateList(selectors, max.selectors, path, errors, ({ cel }, at) => {
    if (cel === undefined) errors.required(at.child('cel'));
    else validateExpression(cel.expression, at.child('cel').child('expression'), errors);
  });
}

function validateExpression(text: string, path: Path, errors: Errors): void {
  if (utf8Bytes(text).length > max.expressionBytes) {
    errors.tooLong(path, max.expressionBytes);
    return;
  }
  const compiled = compileDeviceSelector(text);
  if (!compiled.ok) errors.invalid(path, text, compiled.message);
}

function validateToleration({ key = '', operator, value = '', effect }: DeviceToleration, path: Path, errors: Errors): void {
  if (key !== '') errors.invalidAll(path.child('key'), key, qualifiedName(key));
  switch (operator) {
    case 'Exists': if (value !== '') errors.invalid(path.child('value'), value, 'must be empty for operator `Exists`'); break;
    case 'Equal': errors.invalidAll(path.child('value'), value, labelValue(value)); break;
    case undefined: errors.required(path.child('operator')); break;
    default: errors.notSupported(path.child('operator'), operator, ['Equal', 'Exists']);
  }
  if (effect !== undefined && !effects.includes(effect)) errors.notSupported(path.child('effect'), effect, effects);
}

function validateWanted({ deviceClassName, selectors, allocationMode, count = 0, tolerations }: ExactDeviceRequest | DeviceSubRequest, path: Path, errors: Errors): void {
  const className = path.child('deviceClassName');
  if (deviceClassName === '') errors.required(className);
  else errors.invalidAll(className, deviceClassName, dns1123Subdomain(deviceClassName));
  validateSelectors(selectors, path.child('selectors'), errors);
  switch (allocationMode) {
    case 'All': if (count !== 0) errors.invalid(path.child('count'), count, "must not be specified when allocationMode is 'All'"); break;
    case 'ExactCount': if (count <= 0) errors.invalid(path.child('count'), count, 'must be greater than zero'); break;
    default: errors.notSupported(path.child('allocationMode'), allocationMode ?? '', ['All', 'ExactCount']);
  }
  tolerations?.forEach((toleration, i) => validateToleration(toleration, path.child('tolerations').index(i), errors));
}

const exactlyOneRequest = 'exactly one of `exactly` or `firstAvailable` is required';

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, path: Path, errors: Errors): void {
  errors.invalidAll(path.child('name'), name, dns1123Label(name));
  if (exactly !== undefined && firstAvailable.length > 0) errors.invalid(path, null, `${exactlyOneRequest}, but multiple fields are set`);
  else if (exactly !== undefined) validateWanted(exactly, path.child('exactly'), errors);
  else if (firstAvailable.length === 0) errors.required(path, exactlyOneRequest);
  else {
    validateUnique(firstAvailable, max.alternatives, path.child('firstAvailable'), errors, (alternative, at) => {
      errors.invalidAll(at.child('name'), alternative.name, dns1123Label(alternative.name));
      validateWanted(alternative, at, errors);
    }, (alternative) => alternative.name);
  }
}

const notARequest = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** References to requests: `gpu`, `gpu/large`. */
function validateReferences(names: readonly string[] | undefined, requests: readonly DeviceRequest[], path: Path, errors: Errors): void {
  const known = new Set(requests.flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((alternative) => `${name}/${alternative.name}`)]));
  validateUnique(names, max.requests, path, errors, (name, at) => {
    const parts = name.split('/');
    if (parts.length <= 2) for (const part of parts) errors.invalidAll(at, part, dns1123Label(part));
    if (!known.has(name)) errors.invalid(at, name, notARequest);
  }, (name) => name);
}

const identifierForm = regexMessage("a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'", '[A-Za-z_][A-Za-z0-9_]*', 'my_name', 'MY_NAME', 'MyName');

function validateIdentifier(id: string, path: Path, errors: Errors): void {
  if (id.length > max.id) errors.tooLong(path, max.id);
  if (!/^[A-Za-z_]\w*$/.test(id)) errors.invalid(path, id, identifierForm);
}

/** `model`, `example.com/model`. */
function validateAttributeName(name: string, path: Path, errors: Errors): void {
  const [domain = '', id] = name.split('/');
  if (id === undefined) {
    validateIdentifier(domain, path, errors);
    return;
  }
  if (domain === '') errors.invalid(path, '', 'the domain must not be empty');
  else validateDriverName(domain, path, errors);
  if (id === '') errors.invalid(path, '', 'the name must not be empty');
  else validateIdentifier(id, path, errors);
}

function validateConstraint({ requests: names, matchAttribute, distinctAttribute }: DeviceConstraint, requests: readonly DeviceRequest[], path: Path, errors: Errors): void {
  validateReferences(names, requests, path.child('requests'), errors);
  const [field, name] = matchAttribute === undefined ? ['distinctAttribute', distinctAttribute] : ['matchAttribute', matchAttribute];
  if (name === undefined) {
    errors.required(path, 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set');
    return;
  }
  validateAttributeName(name, path.child(field), errors);
  if (!name.includes('/')) errors.invalid(path.child(field), name, 'a fully qualified name must be a domain and a name separated by a slash');
}

function validateConfiguration(opaque: OpaqueDeviceConfiguration | undefined, path: Path, errors: Errors): void {
  const at = path.child('opaque');
  if (opaque === undefined) {
    errors.required(at);
    return;
  }
  validateDriverName(opaque.driver, at.child('driver'), errors);
  const parameters: unknown = opaque.parameters;
  if (parameters === undefined || parameters === null) errors.required(at.child('parameters'));
  else if (utf8Bytes(goJson(opaque.parameters)).length > max.parametersBytes) errors.tooLong(at.child('parameters'), max.parametersBytes);
  else if (typeof parameters !== 'object' || Array.isArray(parameters)) errors.invalid(at.child('parameters'), '<value omitted>', 'must be a valid JSON object');
}

function validateDevices({ requests: asked, constraints, config }: DeviceClaim, path: Path, errors: Errors): void {
  // Written as null when there are none.
  const requests = asked ?? [];
  validateUnique(requests, max.requests, path.child('requests'), errors, (request, at) => validateRequest(request, at, errors), ({ name }) => name);
  validateList(constraints, max.constraints, path.child('constraints'), errors, (constraint, at) => validateConstraint(constraint, requests, at, errors));
  validateList(config, max.config, path.child('config'), errors, (configuration, at) => {
    validateReferences(configuration.requests, requests, at.child('requests'), errors);
    validateConfiguration(configuration.opaque, at, errors);
  });
}

export function validateClaim({ devices = {} }: ResourceClaimSpec, path: Path, errors: Errors): void {
  validateDevices(devices, path.child('devices'), errors);
}

// ---- classes ----

export function validateDeviceClass({ selectors, config, extendedResourceName }: DeviceClassSpec, path: Path, errors: Errors): void {
  validateSelectors(selectors, path.child('selectors'), errors);
  validateList(config, max.config, path.child('config'), errors, ({ opaque }, at) => validateConfiguration(opaque, at, errors));
  if (extendedResourceName !== undefined && !isExtendedResource(extendedResourceName)) {
    errors.invalid(path.child('extendedResourceName'), extendedResourceName, 'must be a valid extended resource name');
  }
}

function isExtendedResource(name: string): boolean {
  const isNative = !name.includes('/') || name.includes('kubernetes.io/');
  return !isNative && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0;
}

// ---- slices ----

function validatePool({ name, resourceSliceCount, generation }: ResourceSliceSpec['pool'], path: Path, errors: Errors): void {
  const at = path.child('name');
  if (name === '') errors.required(at);
  else {
    if (name.length > max.poolName) errors.tooLong(at, max.poolName);
    for (const part of name.split('/')) errors.invalidAll(at, part, dns1123Subdomain(part));
  }
  if (resourceSliceCount <= 0) errors.invalid(path.child('resourceSliceCount'), resourceSliceCount, 'must be greater than zero');
  if (generation < 0) errors.invalid(path.child('generation'), generation, 'must be greater than or equal to zero');
}

const exactlyOnePlace = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';

/** Where the devices are. */
function validatePlace({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: ResourceSliceSpec, path: Path, errors: Errors): void {
  if (nodeName === '') errors.invalid(path.child('nodeName'), nodeName, 'must be either unset or set to a non-empty string');
  else if (nodeName !== undefined) errors.invalidAll(path.child('nodeName'), nodeName, dns1123Subdomain(nodeName));
  const terms = nodeSelector?.nodeSelectorTerms;
  if (terms !== undefined && terms.length !== 1) errors.invalid(path.child('nodeSelector').child('nodeSelectorTerms'), terms, 'must have exactly one node selector term');
  if (allNodes === false) errors.invalid(path.child('allNodes'), false, 'must be either unset or set to true');
  if (perDeviceNodeSelection === false) errors.invalid(path.child('perDeviceNodeSelection'), false, 'must be either unset or set to true');
  const places = { nodeName, nodeSelector, allNodes, perDeviceNodeSelection };
  const set = Object.entries(places).filter(([, value]) => value !== undefined && value !== '' && value !== false).map(([name]) => `\`${name}\``);
  if (set.length === 0) errors.required(path, exactlyOnePlace);
  else if (set.length > 1) errors.invalid(path, `{${set.join(', ')}}`, `${exactlyOnePlace}, but multiple fields are set`);
}

function validateDevice({ name, attributes = {}, capacity = {} }: Device, path: Path, errors: Errors): void {
  errors.invalidAll(path.child('name'), name, dns1123Label(name));
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > max.attributesAndCapacities) errors.invalid(path, count, `the total number of attributes and capacities must not exceed ${max.attributesAndCapacities}`);
  for (const [field, named] of [['attributes', attributes], ['capacity', capacity]] as const) {
    for (const key of Object.keys(named).sort()) validateAttributeName(key, path.child(field).key(key), errors);
  }
}

function validateCounterSet({ name, counters }: CounterSet, path: Path, errors: Errors): void {
  if (name === '') errors.required(path.child('name'));
  else errors.invalidAll(path.child('name'), name, dns1123Label(name));
  const names = Object.keys((counters as CounterSet['counters'] | undefined) ?? {}).sort();
  if (names.length === 0) errors.required(path.child('counters'));
  else if (names.length > max.counters) errors.tooMany(path.child('counters'), names.length, max.counters);
  else for (const counter of names) errors.invalidAll(path.child('counters').key(counter), counter, dns1123Label(counter));
}

export function validateSlice(spec: ResourceSliceSpec, old: ResourceSliceSpec | undefined, path: Path, errors: Errors): void {
  validateDriverName(spec.driver, path.child('driver'), errors);
  validatePool(spec.pool, path.child('pool'), errors);
  if (old !== undefined) {
    immutable(spec.pool.name, old.pool.name, path.child('pool').child('name'), errors);
    immutable(spec.driver, old.driver, path.child('driver'), errors);
    immutable(spec.nodeName, old.nodeName, path.child('nodeName'), errors);
  }
  validatePlace(spec, path, errors);
  if (spec.sharedCounters !== undefined && spec.devices !== undefined) errors.invalid(path, '', 'only one of `sharedCounters` or `devices` is allowed');
  const hasExtras = (spec.devices ?? []).some(({ taints = [], consumesCounters = [] }) => taints.length + consumesCounters.length > 0);
  validateUnique(spec.devices, hasExtras ? max.devicesWithExtras : max.devices, path.child('devices'), errors, (device, at) => validateDevice(device, at, errors), ({ name }) => name);
  validateUnique(spec.sharedCounters, max.counterSets, path.child('sharedCounters'), errors, (set, at) => validateCounterSet(set, at, errors), ({ name }) => name);
}
