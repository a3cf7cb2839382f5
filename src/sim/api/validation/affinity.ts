// Where pods want to be: node affinity, affinity to other pods, topology spread, tolerations.
import type { Affinity, LabelSelector, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, Toleration, TopologySpreadConstraint, WeightedPodAffinityTerm } from '../generated/types.ts';
import type { Errors, Path } from './field.ts';
import { positive, validateLabelSelector } from './metadata.ts';
import { dns1123Subdomain, labelName, labelValue, qualifiedName } from './names.ts';

function validateRequirement(requirement: NodeSelectorRequirement, checkValues: boolean, path: Path, errors: Errors): void {
  const values = requirement.values ?? [];
  const at = path.child('values');
  switch (requirement.operator) {
    case 'In': case 'NotIn':
      if (values.length === 0) errors.required(at, "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case 'Exists': case 'DoesNotExist':
      if (values.length > 0) errors.forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      break;
    case 'Gt': case 'Lt':
      if (values.length !== 1) errors.required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'");
      break;
    default:
      errors.invalid(path.child('operator'), requirement.operator, 'not a valid selector operator');
  }
  errors.invalidAll(path.child('key'), requirement.key, qualifiedName(requirement.key));
  if (checkValues) values.forEach((value, i) => errors.invalidAll(at.index(i), value, labelValue(value)));
}

function validateFieldRequirement(requirement: NodeSelectorRequirement, path: Path, errors: Errors): void {
  const values = requirement.values ?? [];
  if (requirement.operator !== 'In' && requirement.operator !== 'NotIn') errors.invalid(path.child('operator'), requirement.operator, 'not a valid selector operator');
  else if (values.length !== 1) errors.required(path.child('values'), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
  if (requirement.key !== 'metadata.name') errors.invalid(path.child('key'), requirement.key, 'not a valid field selector key');
  else values.forEach((value, i) => errors.invalidAll(path.child('values').index(i), value, dns1123Subdomain(value)));
}

function validateTerm(term: NodeSelectorTerm, checkValues: boolean, path: Path, errors: Errors): void {
  term.matchExpressions?.forEach((requirement, i) => validateRequirement(requirement, checkValues, path.child('matchExpressions').index(i), errors));
  term.matchFields?.forEach((requirement, i) => validateFieldRequirement(requirement, path.child('matchFields').index(i), errors));
}

export function validateNodeSelector(selector: NodeSelector, path: Path, errors: Errors, checkValues = true): void {
  const at = path.child('nodeSelectorTerms');
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) errors.required(at, 'must have at least one node selector term');
  terms.forEach((term, i) => validateTerm(term, checkValues, at.index(i), errors));
}

function validateWeight(weight: number, path: Path, errors: Errors): void {
  if (weight <= 0 || weight > 100) errors.invalid(path.child('weight'), weight, 'must be in the range 1-100');
}

function validatePodTerm(term: PodAffinityTerm, path: Path, errors: Errors): void {
  validateLabelSelector(term.labelSelector, path.child('labelSelector'), errors);
  validateLabelSelector(term.namespaceSelector, path.child('namespaceSelector'), errors);
  for (const name of term.namespaces ?? []) errors.invalidAll(path.child('namespace'), name, labelName(name, false));
  validateLabelKeys(term.matchLabelKeys ?? [], term.mismatchLabelKeys ?? [], term.labelSelector, path, errors);
  if (term.topologyKey === '') errors.required(path.child('topologyKey'), 'can not be empty');
  errors.invalidAll(path.child('topologyKey'), term.topologyKey, qualifiedName(term.topologyKey));
}

function validateKeys(keys: readonly string[], selector: LabelSelector | undefined, path: Path, errors: Errors): void {
  if (keys.length === 0) return;
  if (selector === undefined) errors.forbidden(path, 'must not be specified when labelSelector is not set');
  else keys.forEach((key, i) => errors.invalidAll(path.index(i), key, qualifiedName(key)));
}

/** Keys whose values are the pod's own; the merged requirements are in the selector already. */
function validateLabelKeys(matching: readonly string[], mismatching: readonly string[], selector: LabelSelector | undefined, path: Path, errors: Errors): void {
  validateKeys(matching, selector, path.child('matchLabelKeys'), errors);
  validateKeys(mismatching, selector, path.child('mismatchLabelKeys'), errors);
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    const i = matching.lastIndexOf(key);
    if (i >= 0 && seen.has(key)) errors.invalid(path.index(i), key, 'exists in both matchLabelKeys and labelSelector');
    seen.add(key);
  }
  matching.forEach((key, i) => {
    if (mismatching.includes(key)) errors.invalid(path.child('matchLabelKeys').index(i), key, 'exists in both matchLabelKeys and mismatchLabelKeys');
  });
}

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

export function validateAffinity(affinity: Affinity, path: Path, errors: Errors): void {
  const node = affinity.nodeAffinity;
  if (node) {
    const at = path.child('nodeAffinity');
    if (node[required]) validateNodeSelector(node[required], at.child(required), errors);
    node[preferred]?.forEach((term, i) => {
      validateWeight(term.weight, at.child(preferred).index(i), errors);
      validateTerm(term.preference, false, at.child(preferred).index(i).child('preference'), errors);
    });
  }
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const pods = affinity[kind];
    if (!pods) continue;
    const at = path.child(kind);
    pods[required]?.forEach((term, i) => validatePodTerm(term, at.child(required).index(i), errors));
    pods[preferred]?.forEach((term: WeightedPodAffinityTerm, i) => {
      validateWeight(term.weight, at.child(preferred).index(i), errors);
      validatePodTerm(term.podAffinityTerm, at.child(preferred).index(i).child('podAffinityTerm'), errors);
    });
  }
}

const scheduleActions = ['DoNotSchedule', 'ScheduleAnyway'];
const inclusionPolicies = ['Honor', 'Ignore'];

export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[], path: Path, errors: Errors): void {
  constraints.forEach((constraint, i) => {
    const at = path.index(i);
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, nodeAffinityPolicy, nodeTaintsPolicy, labelSelector } = constraint;
    positive(maxSkew, at.child('maxSkew'), errors);
    if (topologyKey === '') errors.required(at.child('topologyKey'), 'can not be empty');
    if (!scheduleActions.includes(whenUnsatisfiable)) errors.notSupported(at.child('whenUnsatisfiable'), whenUnsatisfiable, scheduleActions);
    const repeated = constraints.slice(i + 1).some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (repeated) errors.duplicate(at.child('{topologyKey, whenUnsatisfiable}'), `{${topologyKey}, ${whenUnsatisfiable}}`);
    positive(minDomains, at.child('minDomains'), errors);
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') errors.invalid(at.child('minDomains'), minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`);
    for (const [name, policy] of [['nodeAffinityPolicy', nodeAffinityPolicy], ['nodeTaintsPolicy', nodeTaintsPolicy]] as const) {
      if (policy !== undefined && !inclusionPolicies.includes(policy)) errors.notSupported(at.child(name), policy, inclusionPolicies);
    }
    validateLabelKeys(constraint.matchLabelKeys ?? [], [], labelSelector, at, errors);
    validateLabelSelector(labelSelector, at.child('labelSelector'), errors);
  });
}

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(tolerations: readonly Toleration[], path: Path, errors: Errors): void {
  for (let i = 0; i < tolerations.length; i++) {
    const { key, operator, value, effect, tolerationSeconds } = tolerations[i] as Toleration;
    const at = path.index(i);
    if (key) errors.invalidAll(at.child('key'), key, qualifiedName(key));
    else if (operator !== 'Exists') errors.invalid(at.child('operator'), operator ?? '', 'operator must be Exists when `key` is empty, which means "match all values and all keys"');
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') errors.invalid(at.child('effect'), effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set");
    validateTolerationOperator(operator ?? '', value ?? '', at.child('operator'), errors);
    if (effect && !taintEffects.includes(effect)) errors.notSupported(at.child('effect'), effect, taintEffects);
  }
}

function validateTolerationOperator(operator: string, value: string, path: Path, errors: Errors): void {
  if (operator === '' || operator === 'Equal') {
    const messages = labelValue(value);
    if (messages.length > 0) errors.invalid(path, value, messages.join(';'));
  } else if (operator === 'Exists') {
    if (value !== '') errors.invalid(path, value, "value must be empty when `operator` is 'Exists'");
  } else {
    errors.notSupported(path, operator, operator === 'Lt' || operator === 'Gt' ? ['Equal', 'Exists', 'Lt', 'Gt'] : ['Equal', 'Exists']);
  }
}
