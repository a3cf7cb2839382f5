import { describe, expect, it } from 'vitest';
import { playScenario, recordedServer } from './player.ts';
import { loadScenarios } from './scenario.ts';
import type { Scenario } from './scenario.ts';

/**
 * Steps whose recorded answers only the recorded build gives, a downstream one (docs/decisions/0008-api-parity.md): the
 * difference of two pods is printed in lines that count its additional volume source, and its rules have a role more.
 */
const DOWNSTREAM: Readonly<Record<string, readonly number[]>> = {
  '001-life-pods': [10], '125-valpod-update': [5, 7, 13, 14, 15, 16, 20, 21, 22, 23, 24, 26], '138-apply-secret-pod': [6], '148-conc-generation': [28],
  '200-sub-resize': [13], '228-auth-rules': [4, 5, 7], '252-more-pod-binding-conditions': [7],
};

const EXPLAINED_AT_MOST = 0.02;

const scenarios = loadScenarios();

// One server for all: scenarios have their own names, and a real one is not made anew for each either.
const world = recordedServer();

function differences(scenario: Scenario): { readonly open: readonly string[]; readonly explained: readonly number[] } {
  const found = playScenario(world, scenario);
  const allowed = DOWNSTREAM[scenario.id] ?? [];
  return {
    open: found.filter(({ step }) => !allowed.includes(step)).map(({ step, name, text }) => `step ${step} "${name}": ${text}`),
    explained: found.map(({ step }) => step).filter((step) => DOWNSTREAM[scenario.id]?.includes(step)),
  };
}

describe('exchanges recorded with a real API server', () => {
  it('are all there, and few are explained away', () => {
    expect(scenarios).toHaveLength(187);
    const steps = scenarios.reduce((sum, scenario) => sum + scenario.steps.length, 0);
    expect(Object.values(DOWNSTREAM).flat().length / steps).toBeLessThanOrEqual(EXPLAINED_AT_MOST);
  });

  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))('%s', (id, scenario) => {
    const { open, explained } = differences(scenario);
    expect(open).toEqual([]);
    // What is not needed any more has to go from the list.
    expect(explained).toEqual(DOWNSTREAM[id] ?? []);
  });
});
