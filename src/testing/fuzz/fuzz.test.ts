import { describe, expect, it } from 'vitest';
import { loadScenarios } from '../parity/api/scenario.ts';
import { fuzz } from './fuzz.ts';

const SEED = 20261120;
const REQUESTS = 5_000;

describe('the API server under random requests', () => {
  it(`answers ${REQUESTS} of them, writes nothing by halves, and refuses with a Status (seed ${SEED})`, () => {
    const { problems, statuses, objects } = fuzz(SEED, REQUESTS, loadScenarios());
    expect(problems).toEqual([]);
    // Enough of them get far.
    expect((statuses['200'] ?? 0) + (statuses['201'] ?? 0)).toBeGreaterThan(REQUESTS / 12);
    expect(objects).toBeGreaterThan(100);
  });
});
