// Decisions of the scheduler alone; see scheduler-perf.ts for the shapes.
import type { Benchmark } from './lib.ts';
import { SHAPES, measure } from './scheduler-perf.ts';

export const benchmarks: readonly Benchmark[] = SHAPES.map((shape) => ({
  name: `scheduler: ${shape.name}`, unit: 'pods/s', limit: shape.limit, better: 'higher', run: () => measure(shape).value,
}));
