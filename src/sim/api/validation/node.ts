// Nodes (models ValidateNode and ValidateNodeUpdate).
import type { Node, NodeSpec, Taint } from '../generated/types.ts';
import { internalForm } from '../internal-form.ts';
import type { QuantityText } from '../quantity.ts';
import type { Errors } from './field.ts';
import { byteLength, Path } from './field.ts';
import { isIpv4, parseCidr, validateLegacyCidr } from './ip.ts';
import { metadataPath, positive } from './metadata.ts';
import { labelValue, qualifiedName } from './names.ts';
import { validateResourceAmount } from './resources.ts';
import { taintEffects } from './affinity.ts';

type ResourceList = Readonly<Record<string, QuantityText>>;

const specPath = new Path('spec');
const statusPath = new Path('status');
const rangesPath = specPath.child('podCIDRs');
const onlyOnce = (name: string): string => `node updates may not change ${name} except from "" to valid`;

/** What holds at creation and on every update besides metadata. */
export function validateNode(node: Node, errors: Errors): void {
  const { spec = {}, status } = node;
  if (spec.taints) validateTaints(spec.taints, metadataPath.child('taints'), errors);
  validateAmounts(node, errors);
  positive(status?.nodeInfo?.swap?.capacity, metadataPath.child('nodeSwapStatus').child('capacity'), errors);
  validateFeatures(status?.declaredFeatures ?? [], errors);
  validateRanges(spec, errors);
}

/** What an update may not change, for the node and for its status. */
export function validateNodeChanges(next: Node, old: Node, errors: Errors): void {
  const after = next.spec ?? {};
  const before = old.spec ?? {};
  validateAmounts(next, errors);
  validateFeatures(next.status?.declaredFeatures ?? [], errors);
  validateAddresses(next, errors);
  validateKeptRanges(after.podCIDRs ?? [], before.podCIDRs ?? [], errors);
  if (before.providerID && before.providerID !== after.providerID) errors.forbidden(specPath.child('providerID'), onlyOnce('providerID'));
  if (after.taints) validateTaints(after.taints, metadataPath.child('taints'), errors);
  if ((after.externalID ?? '') !== (before.externalID ?? '')) errors.forbidden(specPath.child('externalID'), 'may not be updated');
}

export function validateTaints(taints: readonly Taint[], path: Path, errors: Errors): void {
  const seen = new Set<string>();
  taints.forEach((taint, i) => {
    const { key, value = '', effect } = taint;
    const at = path.index(i);
    errors.invalidAll(at.child('key'), key, qualifiedName(key));
    const problems = labelValue(value);
    if (problems.length > 0) errors.invalid(at.child('value'), value, problems.join(';'));
    if (!effect) errors.required(at.child('effect'));
    else if (!taintEffects.includes(effect)) errors.notSupported(at.child('effect'), effect, taintEffects);
    const pair = `${effect} ${key}`;
    if (seen.has(pair)) errors.duplicate(at, internalForm(taint, 'core.Taint'), 'taints must be unique by key and effect pair');
    seen.add(pair);
  });
}

function validateAmounts({ status }: Node, errors: Errors): void {
  for (const name of ['capacity', 'allocatable'] as const) {
    const list: ResourceList | undefined = status?.[name];
    for (const resource in list) validateResourceAmount(resource, list[resource] ?? '0', statusPath.child(name).child(resource), errors);
  }
}

const featurePattern = /^[A-Z][a-zA-Z0-9]*(?:\/[a-zA-Z][a-zA-Z0-9]*)*$/;

function featureProblem(name: string): string | undefined {
  if (byteLength(name) > 253) return `invalid feature name ${JSON.stringify(name)}: must be no more than 253 characters`;
  if (featurePattern.test(name)) return undefined;
  return `invalid feature name ${JSON.stringify(name)}: must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes`;
}

function validateFeatures(features: readonly string[], errors: Errors): void {
  const path = statusPath.child('declaredFeatures');
  features.forEach((feature, i) => {
    const problem = featureProblem(feature);
    if (problem !== undefined) errors.invalid(path.index(i), feature, problem);
    const next = features[i + 1];
    if (next === undefined) return;
    if (next === feature) errors.duplicate(path.index(i + 1), next);
    else if (feature > next) errors.invalid(path.index(i + 1), next, 'list must be sorted alphabetically');
  });
}

function validateRanges({ podCIDRs = [] }: NodeSpec, errors: Errors): void {
  podCIDRs.forEach((range, i) => validateLegacyCidr(range, rangesPath.index(i), errors));
  if (podCIDRs.length <= 1) return;
  const parsed = podCIDRs.map((range) => parseCidr(range));
  const bad = podCIDRs.find((_, i) => parsed[i] === undefined);
  if (bad !== undefined) errors.internal(rangesPath, `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR address: ${bad}`);
  const families = new Set(parsed.flatMap((range) => (range === undefined ? [] : [isIpv4(range.ip)])));
  if (bad !== undefined || families.size < 2 || podCIDRs.length > 2) errors.invalid(rangesPath, podCIDRs, 'may specify no more than one CIDR for each IP family');
}

function validateKeptRanges(after: readonly string[], before: readonly string[], errors: Errors): void {
  if (before.length === 0) return;
  const changes = before.length === after.length ? before.filter((range, i) => range !== after[i]).length : 1;
  for (let i = 0; i < changes; i++) errors.forbidden(rangesPath, onlyOnce('podCIDR'));
}

function validateAddresses({ status }: Node, errors: Errors): void {
  const seen = new Set<string>();
  status?.addresses?.forEach(({ type, address }, i) => {
    const key = `${type} ${address}`;
    if (seen.has(key)) errors.duplicate(statusPath.child('addresses').index(i), { Type: type, Address: address });
    seen.add(key);
  });
}
