// The arguments of plugins in a KubeSchedulerConfiguration: defaulted and validated as the real scheduler does.
import type { NodeAffinity, TopologySpreadConstraint } from '../../api/generated/types.ts';
import { labelKeyProblems } from '../../api/selector-parser.ts';
import type {
  InterPodAffinityArgs, NodeAffinityArgs, NodeResourcesBalancedAllocationArgs, NodeResourcesFitArgs, PluginArgs, PodTopologySpreadArgs,
  DefaultPreemptionArgs, ResourceSpec, ScoringStrategy, ScoringStrategyType, UtilizationShapePoint,
} from '../plugin-args.ts';
import { DEFAULT_PLUGIN_ARGS } from '../plugin-args.ts';
import type { Field } from './reader.ts';

const STRATEGIES: readonly ScoringStrategyType[] = ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio'];
const MAX_CUSTOM_SCORE = 10;

function range(field: Field, value: number, min: number, max: number, text: string): number {
  if (value < min || value > max) field.invalid(`not in valid range ${text}`);
  return value;
}

function label(field: Field): string {
  const name = field.string('');
  for (const problem of labelKeyProblems(name)) field.invalid(problem);
  return name;
}

function resources(field: Field): readonly ResourceSpec[] {
  const specs = field.items().map((item) => {
    item.allow('name', 'weight');
    return { name: item.child('name').string(''), weight: item.child('weight').integer(0) || 1 };
  });
  return specs.length === 0 ? DEFAULT_PLUGIN_ARGS.NodeResourcesFit.scoringStrategy.resources : specs;
}

function shape(field: Field): readonly UtilizationShapePoint[] {
  const items = field.items();
  if (items.length === 0) field.required('at least one point must be specified');
  const points = items.map((item) => {
    item.allow('utilization', 'score');
    return { utilization: item.child('utilization').integer(0), score: item.child('score').integer(0) };
  });
  const unsorted = points.findIndex((point, i) => point.utilization <= (points[i - 1]?.utilization ?? -Infinity));
  if (unsorted > 0) items[unsorted]?.child('utilization').invalid('values must be sorted in increasing order');
  for (const [i, point] of points.entries()) {
    const item = items[i];
    if (item === undefined) continue;
    range(item.child('utilization'), point.utilization, 0, 100, '[0, 100]');
    range(item.child('score'), point.score, 0, MAX_CUSTOM_SCORE, `[0, ${MAX_CUSTOM_SCORE}]`);
  }
  return points;
}

function scoringStrategy(field: Field): ScoringStrategy {
  if (!field.isSet) return DEFAULT_PLUGIN_ARGS.NodeResourcesFit.scoringStrategy;
  field.allow('type', 'resources', 'requestedToCapacityRatio');
  const name = field.child('type').string('');
  const type = STRATEGIES.find((known) => known === name);
  if (type === undefined) field.child('type').notSupported(STRATEGIES);
  const specs = resources(field.child('resources'));
  for (const [i, item] of field.child('resources').items().entries()) {
    const { name: resource, weight } = specs[i] ?? { name: '', weight: 1 };
    if (weight <= 0 || weight > 100) item.child('weight').invalid(`resource weight of ${resource} not in valid range (0, 100]`);
  }
  const ratio = field.child('requestedToCapacityRatio');
  if (type !== 'RequestedToCapacityRatio') {
    if (ratio.isSet) ratio.forbidden('must be nil when type is not RequestedToCapacityRatio');
    return { type: type ?? 'LeastAllocated', resources: specs };
  }
  if (!ratio.isSet) {
    ratio.required('must be specified when type is RequestedToCapacityRatio');
    return { type, resources: specs };
  }
  ratio.allow('shape');
  return { type, resources: specs, requestedToCapacityRatio: { shape: shape(ratio.child('shape')) } };
}

function nodeResourcesFit(args: Field): NodeResourcesFitArgs {
  args.allow('apiVersion', 'kind', 'ignoredResources', 'ignoredResourceGroups', 'scoringStrategy');
  const ignoredResourceGroups = args.child('ignoredResourceGroups').items().map((item) => {
    if (item.string('').includes('/')) item.invalid("resource group name can't contain '/'");
    return label(item);
  });
  return { ignoredResources: args.child('ignoredResources').items().map(label), ignoredResourceGroups, scoringStrategy: scoringStrategy(args.child('scoringStrategy')) };
}

function balancedAllocation(args: Field): NodeResourcesBalancedAllocationArgs {
  args.allow('apiVersion', 'kind', 'resources');
  const specs = resources(args.child('resources'));
  const seen = new Set<string>();
  for (const [i, item] of args.child('resources').items().entries()) {
    const { name, weight } = specs[i] ?? { name: '', weight: 1 };
    if (seen.has(name)) item.child('name').duplicate(name);
    seen.add(name);
    if (weight !== 1) item.child('weight').invalid('must be 1');
  }
  return { resources: specs };
}

function defaultConstraint(item: Field): TopologySpreadConstraint {
  item.allow('maxSkew', 'topologyKey', 'whenUnsatisfiable', 'labelSelector', 'minDomains', 'nodeAffinityPolicy', 'nodeTaintsPolicy', 'matchLabelKeys');
  const maxSkew = item.child('maxSkew').integer(0);
  if (maxSkew <= 0) item.child('maxSkew').invalid('not in valid range (0, inf)', maxSkew);
  const key = item.child('topologyKey');
  if (key.string('') === '') key.required('can not be empty');
  const action = item.child('whenUnsatisfiable');
  const whenUnsatisfiable = action.string('');
  if (whenUnsatisfiable === '') action.required('can not be empty');
  else if (whenUnsatisfiable !== 'DoNotSchedule' && whenUnsatisfiable !== 'ScheduleAnyway') action.notSupported(['DoNotSchedule', 'ScheduleAnyway']);
  if (item.child('labelSelector').isSet) item.child('labelSelector').forbidden('constraint must not define a selector, as they deduced for each pod');
  return {
    maxSkew,
    topologyKey: key.string('') === '' ? '' : label(key),
    whenUnsatisfiable: whenUnsatisfiable === 'DoNotSchedule' ? 'DoNotSchedule' : 'ScheduleAnyway',
  };
}

function podTopologySpread(args: Field): PodTopologySpreadArgs {
  args.allow('apiVersion', 'kind', 'defaultConstraints', 'defaultingType');
  const list = args.child('defaultConstraints');
  const constraints = list.items().map(defaultConstraint);
  const type = args.child('defaultingType');
  const defaultingType = type.string('System');
  if (defaultingType !== 'System' && defaultingType !== 'List') type.notSupported(['System', 'List']);
  else if (defaultingType === 'System' && constraints.length > 0) type.invalid('when .defaultConstraints are not empty', defaultingType);
  const seen = new Set<string>();
  for (const [i, { topologyKey, whenUnsatisfiable }] of constraints.entries()) {
    const name = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(name)) list.items()[i]?.duplicate(name);
    seen.add(name);
  }
  return { defaultConstraints: constraints, defaultingType: defaultingType === 'List' ? 'List' : 'System' };
}

function interPodAffinity(args: Field): InterPodAffinityArgs {
  args.allow('apiVersion', 'kind', 'hardPodAffinityWeight', 'ignorePreferredTermsOfExistingPods');
  const weight = args.child('hardPodAffinityWeight');
  return {
    hardPodAffinityWeight: range(weight, weight.integer(DEFAULT_PLUGIN_ARGS.InterPodAffinity.hardPodAffinityWeight), 0, 100, '[0, 100]'),
    ignorePreferredTermsOfExistingPods: args.child('ignorePreferredTermsOfExistingPods').boolean(false),
  };
}

const NODE_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] as const;

/** Only the shape that the matching code relies on; the values are those of a pod's own node affinity. */
function checkTerm(term: Field): void {
  term.allow('matchExpressions', 'matchFields');
  for (const requirement of [...term.child('matchExpressions').items(), ...term.child('matchFields').items()]) {
    requirement.allow('key', 'operator', 'values');
    label(requirement.child('key'));
    const operator = requirement.child('operator');
    if (!NODE_OPERATORS.some((known) => known === operator.string(''))) operator.notSupported(NODE_OPERATORS);
    for (const value of requirement.child('values').items()) value.string('');
  }
}

function nodeAffinity(args: Field): NodeAffinityArgs {
  args.allow('apiVersion', 'kind', 'addedAffinity');
  const added = args.child('addedAffinity');
  if (!added.isSet) return {};
  added.allow('requiredDuringSchedulingIgnoredDuringExecution', 'preferredDuringSchedulingIgnoredDuringExecution');
  const required = added.child('requiredDuringSchedulingIgnoredDuringExecution');
  required.allow('nodeSelectorTerms');
  if (required.isSet && required.child('nodeSelectorTerms').items().length === 0) required.child('nodeSelectorTerms').required('must have at least one node selector term');
  for (const term of required.child('nodeSelectorTerms').items()) checkTerm(term);
  for (const term of added.child('preferredDuringSchedulingIgnoredDuringExecution').items()) {
    term.allow('weight', 'preference');
    range(term.child('weight'), term.child('weight').integer(0), 1, 100, '[1, 100]');
    checkTerm(term.child('preference'));
  }
  return { addedAffinity: added.value as NodeAffinity };
}

function defaultPreemption(args: Field): DefaultPreemptionArgs {
  args.allow('apiVersion', 'kind', 'minCandidateNodesPercentage', 'minCandidateNodesAbsolute');
  const percentage = args.child('minCandidateNodesPercentage');
  const absolute = args.child('minCandidateNodesAbsolute');
  const result = {
    minCandidateNodesPercentage: range(percentage, percentage.integer(10), 0, 100, '[0, 100]'),
    minCandidateNodesAbsolute: range(absolute, absolute.integer(100), 0, Infinity, '[0, inf)'),
  };
  if (result.minCandidateNodesPercentage === 0 && result.minCandidateNodesAbsolute === 0) {
    percentage.invalid('cannot be zero at the same time as minCandidateNodesAbsolute');
    absolute.invalid('cannot be zero at the same time as minCandidateNodesPercentage');
  }
  return result;
}

const READERS: { readonly [P in keyof PluginArgs]: (args: Field) => PluginArgs[P] } = {
  NodeResourcesFit: nodeResourcesFit,
  NodeResourcesBalancedAllocation: balancedAllocation,
  PodTopologySpread: podTopologySpread,
  InterPodAffinity: interPodAffinity,
  NodeAffinity: nodeAffinity,
  DefaultPreemption: defaultPreemption,
};

function isConfigurable(name: string): name is keyof PluginArgs {
  return Object.hasOwn(READERS, name);
}

/** Reads `pluginConfig` of a profile; plugins that are not named there have their default arguments. */
export function readPluginArgs(pluginConfig: Field): PluginArgs {
  let args = DEFAULT_PLUGIN_ARGS;
  const seen = new Set<string>();
  for (const item of pluginConfig.items()) {
    item.allow('name', 'args');
    const name = item.child('name').string('');
    if (seen.has(name)) item.duplicate(name);
    seen.add(name);
    if (!isConfigurable(name)) {
      item.child('name').notSupported(Object.keys(READERS));
      continue;
    }
    const kind = item.child('args').child('kind');
    if (kind.isSet && kind.value !== `${name}Args`) item.child('args').invalid('has to match plugin args');
    args = { ...args, [name]: READERS[name](item.child('args')) };
  }
  return args;
}
