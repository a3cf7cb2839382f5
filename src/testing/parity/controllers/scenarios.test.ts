import { describe, expect, it } from 'vitest';
import { compareScenario } from './compare.ts';
import type { Section } from './compare.ts';
import { normalise } from './normalise.ts';
import { playScenario } from './runner.ts';
import { loadScenarios } from './scenario.ts';
import type { Scenario } from './scenario.ts';

const SEED = 1;

/**
 * What a run of the simulator cannot meet, by the sections that differ; docs/decisions/0007-controllers-parity.md tells each
 * at length. An entry that is not needed any more fails.
 */
const EXCEPTIONS: Readonly<Record<string, { readonly sections: readonly Section['name'][]; readonly why: string }>> = {
  '027': { sections: ['trajectory'], why: 'which of two controllers is faster: 005 takes the same step with the other outcome' },
  '099': { sections: ['trajectory'], why: 'an answer overtakes the watch' },
  106: { sections: ['trajectory'], why: 'an answer overtakes the watch' },
  134: { sections: ['trajectory'], why: 'deletions that leave together arrived far apart on the recorded machine' },
  139: { sections: ['trajectory'], why: 'recorded together with other CronJobs, which held up its pod' },
  140: { sections: ['trajectory'], why: 'recorded together with other CronJobs, which held up its pod' },
  145: { sections: ['trajectory'], why: 'recorded together with other CronJobs, which held up its pod' },
  154: { sections: ['events'], why: 'the recorded process remembered an event of an earlier run' },
  158: { sections: ['events'], why: 'the recorded process remembered an event of an earlier run' },
  159: { sections: ['events'], why: 'the recorded process remembered an event of an earlier run' },
  195: { sections: ['trajectory', 'final'], why: 'ages of pods on either side of a power of two, by the speed of the recorded machine' },
};

/** What is left to random names and choices: one of a few seeds must equal the recording. Their links are even, too. */
const BY_CHANCE: Readonly<Record<string, string>> = {
  '030': 'which of equal pods goes: the order of their uids',
  '047': 'which of equal nodes a pod is bound to',
  '050': 'which of equal pods goes: the order of their uids',
  '052': 'which of equal pods goes: the order of their uids',
  116: 'which of equal nodes a pod is bound to',
};
const FURTHER_SEEDS = [6, 11, 16];

interface Differences { readonly problems: readonly string[]; readonly sections: readonly Section['name'][]; readonly first: readonly string[] }

function differences(scenario: Scenario, seed = SEED): Differences {
  const played = playScenario(scenario, seed);
  const wrong = compareScenario(scenario, normalise(played)).sections.filter(({ pass }) => !pass);
  return { problems: played.problems, sections: wrong.map(({ name }) => name), first: wrong.map(({ name, failures }) => `${name}: ${failures[0]}`) };
}

const scenarios = loadScenarios();
const named = (scenario: Scenario): readonly [string, string, Scenario] => [scenario.id, scenario.slug, scenario];

describe('scenarios recorded with real controllers', () => {
  it('are all there', () => {
    expect(scenarios).toHaveLength(172);
    expect([...Object.keys(EXCEPTIONS), ...Object.keys(BY_CHANCE)].filter((id) => !scenarios.some((scenario) => scenario.id === id))).toEqual([]);
  });

  it.each(scenarios.filter(({ id }) => !EXCEPTIONS[id] && BY_CHANCE[id] === undefined).map(named))('%s %s', (_id, _slug, scenario) => {
    const { problems, first } = differences(scenario);
    expect([...problems, ...first]).toEqual([]);
  });

  it.each(scenarios.filter(({ id }) => BY_CHANCE[id] !== undefined).map(named))('%s %s with some luck', (_id, _slug, scenario) => {
    let found: readonly string[] = [];
    for (const seed of [SEED, ...FURTHER_SEEDS]) {
      const { problems, first } = differences(scenario, seed);
      found = [...problems, ...first];
      if (found.length === 0) break;
    }
    expect(found).toEqual([]);
  });

  it.each(scenarios.filter(({ id }) => EXCEPTIONS[id]).map(named))('%s %s differs only where it has to', (id, _slug, scenario) => {
    const { problems, sections } = differences(scenario);
    expect({ problems, sections }).toEqual({ problems: [], sections: EXCEPTIONS[id]?.sections });
  });
});
