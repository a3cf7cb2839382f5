import { describe, expect, it } from 'vitest';
import { compareScenario } from './compare.ts';
import type { Section } from './compare.ts';
import { loadScenarios } from './scenario.ts';
import type { Expectation, Recording, Scenario } from './scenario.ts';

const scenarios = loadScenarios();

function firstOf<T>(variants: readonly T[] | undefined): T | undefined {
  return variants?.find((variant) => variant !== null);
}

function placementOf(expected: Expectation['placement']): Recording['placement'] {
  return Object.fromEntries(Object.entries(expected).map(([key, { byNode, spread, spreads }]) =>
    [key, byNode ?? Object.fromEntries((spread ?? spreads?.[0] ?? []).map((count, index) => [`node-${index + 1}`, count]))]));
}

/** The recording that one of the real runs may have made. */
function realRun({ expect: wanted, steps }: Scenario): Recording {
  const { trajectory, trajectoryVariants = {}, podGroups, podGroupVariants = {}, final, placement, invariants } = wanted;
  return {
    events: wanted.events.map((event) => ({ ...event, count: typeof event.count === 'number' ? event.count : event.count[0] })),
    trajectory: Object.fromEntries(Object.entries(trajectory).map(([key, sequence]) => [key, firstOf(trajectoryVariants[key]) ?? sequence])),
    podGroups: { ...podGroups, ...Object.fromEntries(Object.entries(podGroupVariants).map(([key, variants]) => [key, variants[0] ?? []])) },
    order: wanted.order ?? wanted.orderVariants?.[0] ?? [],
    final, placement: placementOf(placement), invariants, timingMs: {}, steps,
  };
}

function scenarioCalled(slug: string): Scenario {
  const found = scenarios.find((scenario) => scenario.slug === slug);
  if (!found) throw new Error(`no scenario ${slug}`);
  return found;
}

function failing(scenario: Scenario, recording: Recording): readonly Section['name'][] {
  return compareScenario(scenario, recording).sections.filter(({ pass }) => !pass).map(({ name }) => name);
}

describe('comparison with a recording', () => {
  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))('accepts what a real run of %s showed', (_id, scenario) => {
    expect(compareScenario(scenario, realRun(scenario)).sections.filter(({ pass }) => !pass)).toEqual([]);
  });

  const scale = scenarioCalled('deployment-scale');
  const run = realRun(scale);
  const deployment = run.trajectory['Deployment/web'] ?? [];
  const ALTERED: readonly (readonly [string, readonly Section['name'][], Recording])[] = [
    ['a step that was refused', ['responses'], { ...run, steps: run.steps.map((step) => (step.response ? { ...step, response: { code: 409 } } : step)) }],
    ['a missing event', ['events'], { ...run, events: run.events.slice(1) }],
    ['an event in other words', ['events'], { ...run, events: run.events.map((event) => ({ ...event, message: `${event.message}.` })) }],
    ['an event too often', ['events'], { ...run, events: run.events.map((event) => ({ ...event, count: event.count + 1 })) }],
    ['a state that was left out', ['trajectory'], { ...run, trajectory: { ...run.trajectory, 'Deployment/web': deployment.toSpliced(4, 1) } }],
    ['an object that is too much', ['trajectory', 'final'], { ...run, trajectory: { ...run.trajectory, 'Secret/x': [] }, final: { ...run.final, 'Secret/x': {} } }],
    ['a pod too few', ['podGroups'], { ...run, podGroups: { 'ReplicaSet/web-<rs1>': (run.podGroups['ReplicaSet/web-<rs1>'] ?? []).map((group) => ({ ...group, n: group.n - 1 })) } }],
    ['deletions before creations', ['order'], { ...run, order: run.order.toReversed() }],
    ['a lost object', ['final'], { ...run, final: {} }],
    ['another spread', ['placement'], { ...run, placement: { 'ReplicaSet/web-<rs1>': { 'node-1': 5 } } }],
  ];
  it.each(ALTERED)('finds %s', (_what, sections, recording) => {
    expect(failing(scale, recording)).toEqual(sections);
  });

  it('finds a broken invariant', () => {
    const rolling = scenarioCalled('deployment-rolling-default-10');
    const good = realRun(rolling);
    const broken = good.invariants.map((invariant) => ({ ...invariant, holds: false }));
    expect(failing(rolling, { ...good, invariants: broken })).toEqual(['invariants']);
  });

  it('says where two runs part', () => {
    const altered = { ...run, trajectory: { ...run.trajectory, 'Deployment/web': deployment.map((state) => ({ ...(state as object), ready: 7 })) } };
    const section = compareScenario(scale, altered).sections.find(({ name }) => name === 'trajectory');
    expect(section?.failures).toEqual(['Deployment/web: at 0: want ready=0 (got 7)']);
  });
});
