/**
 * `npm test`: everything that a change has to pass, in order, each step under its own heading; one step's failure does not
 * hide the others'. The last line is "N passed, M failed": the tests of the test runners, and one for each other step.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';

const STEP_LIMIT_MS = 30 * 60_000;
/** The project's own tools first. */
const PATH = [resolve('node_modules/.bin'), process.env['PATH']].join(delimiter);
const REPORTS = { unit: '.cache/reports/unit.json', e2e: '.cache/reports/e2e.json' };

/** A runner's report below .cache/, or undefined if it did not come so far as to write one. */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const countVitest = () => {
  const report = readReport(REPORTS.unit);
  return report && { passed: report.numPassedTests, failed: report.numFailedTests };
};
const countPlaywright = () => {
  const stats = readReport(REPORTS.e2e)?.stats;
  return stats && { passed: stats.expected, failed: stats.unexpected + stats.flaky };
};

/** @type {{title: string, commands: string[][], count?: () => {passed: number, failed: number} | undefined, needs?: string}[]} */
const STEPS = [
  { title: 'Types', commands: [['tsc', '--noEmit'], ['tsc', '--noEmit', '-p', 'tsconfig.sim.json']] },
  { title: 'Lint', commands: [['oxlint', '--deny-warnings']] },
  { title: 'Unused files, exports and dependencies', commands: [['knip']] },
  {
    title: 'Unit tests and parity with recorded Kubernetes',
    commands: [['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${REPORTS.unit}`]],
    count: countVitest,
  },
  { title: 'Production build', commands: [['vite', 'build', '--logLevel', 'warn']] },
  { title: 'End to end in Chromium', commands: [['playwright', 'test']], count: countPlaywright, needs: 'Production build' },
];

function runCommand([name, ...args]) {
  const shown = [name, ...args].join(' ');
  console.log(`$ ${shown}`);
  const run = spawnSync(name, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: STEP_LIMIT_MS, env: { ...process.env, PATH }, shell: process.platform === 'win32' });
  if (run.error) console.log(`${shown}: ${run.error.message}`);
  return run.status === 0;
}

/** Runs one step; a runner that fails without a failed test (a crash, no test at all) counts as one failure. */
function runStep(step, index) {
  console.log(`\n── ${index + 1}/${STEPS.length} ${step.title} ${'─'.repeat(Math.max(2, 70 - step.title.length))}`);
  const startedMs = Date.now();
  const ok = step.commands.map(runCommand).every(Boolean);
  const tests = step.count?.() ?? { passed: step.count ? 0 : Number(ok), failed: Number(!ok) };
  if (!ok && tests.failed === 0) tests.failed = 1;
  return { title: step.title, ...tests, seconds: (Date.now() - startedMs) / 1000 };
}

rmSync('.cache/reports', { recursive: true, force: true });
mkdirSync('.cache/reports', { recursive: true });

const results = [];
for (const [index, step] of STEPS.entries()) {
  const missing = results.find((r) => r.title === step.needs && r.failed > 0);
  results.push(missing ? { title: `${step.title} (not run: no ${missing.title.toLowerCase()})`, passed: 0, failed: 1, seconds: 0 } : runStep(step, index));
}

console.log(`\n── Summary ${'─'.repeat(66)}`);
for (const { title, passed, failed, seconds } of results)
  console.log(`${failed ? '✗' : '✓'} ${title.padEnd(52)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(1).padStart(7)} s`);
const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
console.log(`\n${total('passed')} passed, ${total('failed')} failed`);
process.exitCode = total('failed') > 0 ? 1 : 0;
