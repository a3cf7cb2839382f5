// Random requests to the API server: how many it answers, and that nothing goes wrong.
import { fuzz } from '../src/testing/fuzz/fuzz.ts';
import { loadScenarios } from '../src/testing/parity/api/scenario.ts';
import type { Benchmark } from './lib.ts';

const SEED = 7;
const REQUESTS = 100_000;

/** Problems found; the first ones are printed. The seed can be set: FUZZ_SEED=8. */
function problems(): number {
  const { problems: found } = fuzz(Number(process.env['FUZZ_SEED'] ?? SEED), REQUESTS, loadScenarios('src/testing/parity/api/fixtures/exchanges.ndjson.gz'));
  for (const problem of found) process.stderr.write(`${problem}\n`);
  return found.length;
}

export const benchmarks: readonly Benchmark[] = [
  { name: `API fuzz: problems in ${REQUESTS.toLocaleString('en')} random requests`, unit: 'problems', limit: 0, better: 'lower', run: problems },
];
