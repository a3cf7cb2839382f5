// `npm run -s schedule -- CASE.json…`: answers scheduling questions in the recorded format, one line of JSON each.
import { readFileSync } from 'node:fs';
import { Prng } from '../base/prng.ts';
import { parseTime } from '../base/time.ts';
import type { ScheduleCase } from '../sim/scheduler/cases.ts';
import { answerCase } from '../sim/scheduler/cases.ts';
import { defaultFramework } from '../sim/scheduler/profile.ts';

/** "Now" for pods that have no start time yet: any moment after everything in a case. */
const NOW = parseTime('2100-01-01T00:00:00Z') ?? 0;

function isCase(value: unknown): value is ScheduleCase {
  return typeof value === 'object' && value !== null && 'pod' in value && typeof value.pod === 'object'
    && 'cluster' in value && typeof value.cluster === 'object';
}

function answerFile(file: string): string {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isCase(value)) throw new Error('not a scheduling case: it needs the members "cluster" and "pod"');
  return JSON.stringify(answerCase(value, defaultFramework(), Prng.stream(1, 'schedule'), NOW));
}

function main(files: readonly string[]): number {
  if (files.length === 0) {
    process.stderr.write('usage: npm run -s schedule -- CASE.json…\n');
    return 2;
  }
  let failures = 0;
  for (const file of files) {
    try {
      process.stdout.write(`${answerFile(file)}\n`);
    } catch (error) {
      failures++;
      process.stderr.write(`${file}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return failures === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
