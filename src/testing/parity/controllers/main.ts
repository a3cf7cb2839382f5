// Plays recorded scenarios and prints where the simulator differs from the real cluster.
//   npx tsx src/testing/parity/controllers/main.ts [--only SLUG|ID,…] [--topic TOPIC,…] [--scenarios DIR] [--seed N] [--verbose] [--out DIR]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareScenario } from './compare.ts';
import type { Section } from './compare.ts';
import { normalise } from './normalise.ts';
import { playScenario } from './runner.ts';
import { loadScenarios } from './scenario.ts';
import type { Scenario } from './scenario.ts';

const { values: args } = parseArgs({
  options: {
    only: { type: 'string' }, topic: { type: 'string' }, scenarios: { type: 'string' }, seed: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false }, out: { type: 'string' },
  },
});

const SHOWN_FAILURES = 1;

function isWanted({ id, slug, topic }: Scenario): boolean {
  const only = args.only?.split(',');
  const topics = args.topic?.split(',');
  return (!only || only.includes(id) || only.includes(slug)) && (!topics || topics.includes(topic));
}

function describeSection({ name, failures }: Section): string {
  const shown = failures.slice(0, args.verbose ? failures.length : SHOWN_FAILURES);
  return [`     ${name} (${failures.length})`, ...shown.map((failure) => `       ${failure}`)].join('\n');
}

/** Plays one scenario and prints its verdict; the sections that failed. */
function check(scenario: Scenario): readonly string[] {
  const { id, slug } = scenario;
  try {
    const run = playScenario(scenario, Number(args.seed));
    const recording = normalise(run);
    if (args.out !== undefined) {
      mkdirSync(args.out, { recursive: true });
      writeFileSync(join(args.out, `${id}.json`), JSON.stringify({ id, slug, ...recording }));
      writeFileSync(join(args.out, `${id}.run.json`), JSON.stringify(run));
    }
    const { sections } = compareScenario(scenario, recording);
    const wrong = sections.filter(({ pass }) => !pass);
    console.log([
      `${wrong.length === 0 ? 'pass' : 'FAIL'} ${id}-${slug}`,
      ...(wrong.length > 0 || args.verbose ? run.problems.map((problem) => `     problem: ${problem}`) : []),
      ...wrong.map(describeSection),
    ].join('\n'));
    return wrong.map(({ name }) => name);
  } catch (error) {
    console.log(`FAIL ${id}-${slug}\n     ${error instanceof Error ? (args.verbose ? error.stack : error.message) : String(error)}`);
    return ['not played'];
  }
}

const results = loadScenarios(args.scenarios).filter(isWanted).map((scenario) => ({ topic: scenario.topic, wrong: check(scenario) }));
for (const topic of new Set(results.map((result) => result.topic))) {
  const ofTopic = results.filter((result) => result.topic === topic);
  console.log(`${topic.padEnd(16)} ${ofTopic.filter(({ wrong }) => wrong.length === 0).length} of ${ofTopic.length}`);
}
const failed = results.filter(({ wrong }) => wrong.length > 0).length;
console.log(`scenarios: ${results.length - failed} pass, ${failed} fail`);
process.exitCode = failed > 0 ? 1 : 0;
