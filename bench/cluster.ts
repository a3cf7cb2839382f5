// From the apply of a Deployment to all of its pods Ready: the whole cluster in virtual time, with the trace on.
import { cpuSeconds } from './lib.ts';
import type { Benchmark, Derived } from './lib.ts';
import { MeasuredCluster } from './world.ts';

/** Seconds of CPU from the apply to all Ready. */
async function rollOut(replicas: number, nodes: number): Promise<number> {
  const cluster = new MeasuredCluster(nodes, (kernel) => kernel);
  return cpuSeconds(() => cluster.rollOut(replicas));
}

export const SMALL = '300 replicas on 3 nodes, apply to all Ready';
const MIDDLE = '1,000 replicas on 100 nodes';
const LARGE = '10,000 replicas on 1,000 nodes';

export const benchmarks: readonly Benchmark[] = [
  { name: SMALL, unit: 's CPU', limit: 0.25, better: 'lower', run: () => rollOut(300, 3) },
  { name: MIDDLE, unit: 's CPU', limit: 1, better: 'lower', run: () => rollOut(1000, 100) },
  { name: LARGE, unit: 's CPU', limit: 15, better: 'lower', run: () => rollOut(10_000, 1000), memoryLimitMiB: 1024 },
];

export const derived: readonly Derived[] = [
  {
    name: 'cost per pod, 1,000 nodes to 100 nodes', unit: '×', limit: 2, better: 'lower', from: [LARGE, MIDDLE],
    compute: (large = NaN, middle = NaN) => large / 10_000 / (middle / 1000),
  },
];
