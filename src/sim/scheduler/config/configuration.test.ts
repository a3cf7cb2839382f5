import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Json } from '../../api/generated/types.ts';
import { defaultFramework } from '../profile.ts';
import type { SchedulerConfiguration } from './configuration.ts';
import { defaultConfiguration, frameworksOf, readConfiguration } from './configuration.ts';

function read(text: string): SchedulerConfiguration {
  const result = readConfiguration(parse(text) as Json);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.configuration;
}

function errors(text: string): readonly string[] {
  const result = readConfiguration(parse(text) as Json);
  return result.ok ? [] : result.errors.map(({ path, message }) => `${path}: ${message}`);
}

const scoreOf = (configuration: SchedulerConfiguration, profile = 0) =>
  Object.fromEntries((configuration.profiles[profile]?.plugins.score ?? []).map(({ name, weight }) => [name, weight]));

describe('the default configuration', () => {
  it('has the weights and the order of kube-scheduler 1.36', () => {
    const configuration = defaultConfiguration();
    expect(scoreOf(configuration)).toEqual({
      TaintToleration: 3, NodeAffinity: 2, NodeResourcesFit: 1, VolumeBinding: 1, PodTopologySpread: 2, InterPodAffinity: 2,
      DynamicResources: 2, NodeResourcesBalancedAllocation: 1, ImageLocality: 1,
    });
    expect(configuration.profiles[0]?.plugins.filter.map(({ name }) => name)).toEqual([
      'NodeUnschedulable', 'NodeName', 'TaintToleration', 'NodeAffinity', 'NodePorts', 'NodeResourcesFit', 'VolumeRestrictions',
      'NodeVolumeLimits', 'VolumeBinding', 'VolumeZone', 'PodTopologySpread', 'InterPodAffinity', 'DynamicResources', 'NodeDeclaredFeatures',
    ]);
    expect(configuration).toMatchObject({ percentageOfNodesToScore: 0, podInitialBackoffSeconds: 1, podMaxBackoffSeconds: 10 });
    const framework = frameworksOf(configuration).get('default-scheduler');
    expect(framework?.score.map((entry) => [entry.plugin.name, entry.weight])).toEqual(defaultFramework().score.map((entry) => [entry.plugin.name, entry.weight]));
  });
});

describe('plugins of a profile', () => {
  it('multiPoint keeps the order of the defaults and takes new weights', () => {
    const configuration = read(`
profiles:
- plugins:
    multiPoint:
      enabled: [{name: ImageLocality, weight: 7}]
      disabled: [{name: NodeResourcesBalancedAllocation}]
`);
    expect(Object.keys(scoreOf(configuration)).at(-1)).toBe('ImageLocality');
    expect(scoreOf(configuration)).toMatchObject({ ImageLocality: 7 });
    expect(scoreOf(configuration)).not.toHaveProperty('NodeResourcesBalancedAllocation');
  });

  it('an extension point overrides weight and order, and can be cleared', () => {
    const configuration = read(`
profiles:
- schedulerName: pack
  plugins:
    score:
      enabled: [{name: NodeResourcesFit, weight: 50}]
    preScore: {disabled: [{name: '*'}]}
- schedulerName: plain
  plugins:
    score: {disabled: [{name: '*'}], enabled: [{name: NodeResourcesFit}]}
`);
    expect(Object.entries(scoreOf(configuration))[0]).toEqual(['NodeResourcesFit', 50]);
    expect(configuration.profiles[0]?.plugins.preScore).toEqual([]);
    expect(scoreOf(configuration, 1)).toEqual({ NodeResourcesFit: 1 });
    expect([...frameworksOf(configuration).keys()]).toEqual(['pack', 'plain']);
  });

  it('reads plugin arguments', () => {
    const { args } = read(`
profiles:
- pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy:
        type: RequestedToCapacityRatio
        resources: [{name: cpu, weight: 3}, {name: example.com/gpu}]
        requestedToCapacityRatio: {shape: [{utilization: 0, score: 0}, {utilization: 100, score: 10}]}
  - name: InterPodAffinity
    args: {kind: InterPodAffinityArgs, hardPodAffinityWeight: 5}
  - name: PodTopologySpread
    args: {defaultingType: List, defaultConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]}
`).profiles[0] ?? {};
    expect(args).toMatchObject({
      NodeResourcesFit: { scoringStrategy: { type: 'RequestedToCapacityRatio', resources: [{ name: 'cpu', weight: 3 }, { name: 'example.com/gpu', weight: 1 }] } },
      InterPodAffinity: { hardPodAffinityWeight: 5 },
      PodTopologySpread: { defaultingType: 'List', defaultConstraints: [{ maxSkew: 1 }] },
    });
  });
});

describe('what is wrong is named with its path', () => {
  it.each([
    ['percentageOfNodesToScore: 200', ['percentageOfNodesToScore: Invalid value: 200: not in valid range [0-100]']],
    ['podInitialBackoffSeconds: 20', ['podMaxBackoffSeconds: Invalid value: 10: must be greater than or equal to PodInitialBackoffSeconds']],
    ['podMaxBackoffSeconds: fast', ['podMaxBackoffSeconds: Invalid value: "fast": must be a whole number']],
    ['apiVersion: v2', ['apiVersion: Unsupported value: "v2": supported values: "kubescheduler.config.k8s.io/v1"']],
    ['weights: {}', ['weights: Forbidden: unknown field']],
    ['profiles: [{schedulerName: a}, {schedulerName: a}]', ['profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"']],
    ['profiles: [{schedulerName: a}, {}]', ['profiles[1].schedulerName: Required value']],
    ['profiles: [{plugins: {filter: {enabled: [{name: ImageLocality}]}}}]',
      ['profiles[0].plugins.filter.enabled[0].name: Invalid value: "ImageLocality": plugin "ImageLocality" does not extend filter plugin']],
    ['profiles: [{plugins: {bind: {disabled: [{name: "*"}]}}}]', ['profiles[0].plugins.bind: Required value: at least one bind plugin is needed']],
    ['profiles: [{plugins: {queueSort: {disabled: [{name: PrioritySort}]}}}]',
      ['profiles[0].plugins.queueSort: Invalid value: 0: exactly one queue sort plugin is needed']],
    ['profiles: [{pluginConfig: [{name: InterPodAffinity, args: {hardPodAffinityWeight: 101}}]}]',
      ['profiles[0].pluginConfig[0].args.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]']],
    ['profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: Most}}}]}]',
      ['profiles[0].pluginConfig[0].args.scoringStrategy.type: Unsupported value: "Most": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"']],
    ['profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 101}]}}}]}]',
      ['profiles[0].pluginConfig[0].args.scoringStrategy.resources[0].weight: Invalid value: 101: resource weight of cpu not in valid range (0, 100]']],
    ['profiles: [{pluginConfig: [{name: PodTopologySpread, args: {defaultConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]}}]}]',
      ['profiles[0].pluginConfig[0].args.defaultingType: Invalid value: "System": when .defaultConstraints are not empty']],
  ])('%s', (text, wanted) => {
    expect(errors(text)).toEqual(wanted);
  });

  it('an unknown plugin lists the known ones', () => {
    expect(errors('profiles: [{plugins: {multiPoint: {enabled: [{name: NodeResourceFit}]}}}]')[0])
      .toMatch(/^profiles\[0\]\.plugins\.multiPoint\.enabled\[0\]\.name: Unsupported value: "NodeResourceFit": supported values: .*"NodeResourcesFit"/);
  });
});
