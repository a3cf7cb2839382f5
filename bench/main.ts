// npm run bench                       the table
// npm run -s bench -- --json          [{name, value, unit, limit, ok}]
// npm run bench -- --only PATTERN     those whose name matches a regular expression
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { benchmarks as apiFuzz } from './api-fuzz.ts';
import { benchmarks as apiLoad } from './api-load.ts';
import { benchmarks as cluster, derived as clusterDerived } from './cluster.ts';
import { benchmarks as endToEnd } from './end-to-end.ts';
import { benchmarks as kernel } from './kernel.ts';
import { deriveRow, formatTable, measureHere, measureInChild, rowsOf } from './lib.ts';
import type { Benchmark, Derived, Result } from './lib.ts';
import { benchmarks as page } from './page.ts';
import { benchmarks as peer, derived as peerDerived } from './peer.ts';
import { benchmarks as scheduler } from './scheduler.ts';

/** Every module of benchmarks; a new one is a line here. */
const BENCHMARKS: readonly Benchmark[] = [...cluster, ...endToEnd, ...page, ...peer, ...kernel, ...scheduler, ...apiFuzz, ...apiLoad];
const DERIVED: readonly Derived[] = [...clusterDerived, ...peerDerived];

const OUTPUT = '.cache/bench/main.mjs';

/** What users run is bundled, so that is what is measured. The peer's modules can be loaded only this way. */
async function bundle(): Promise<string> {
  await build({
    entryPoints: [fileURLToPath(import.meta.url)], outfile: OUTPUT, bundle: true, platform: 'node', format: 'esm', target: 'node20', sourcemap: true,
    external: ['esbuild', 'vite', '@playwright/test', '@axe-core/playwright'], logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return OUTPUT;
}

async function measureAll(wanted: readonly Benchmark[], note: (text: string) => void): Promise<readonly Result[]> {
  const script = await bundle();
  const results: Result[] = [];
  for (const benchmark of wanted) {
    note(benchmark.name);
    results.push(...rowsOf(benchmark, await measureInChild(script, benchmark)));
  }
  return [...results, ...DERIVED.map((derived) => deriveRow(derived, results)).filter((row) => row !== undefined)];
}

async function main(): Promise<void> {
  const { values: args } = parseArgs({ options: { json: { type: 'boolean', default: false }, only: { type: 'string', default: '' }, child: { type: 'string' } } });
  if (args.child !== undefined) {
    const benchmark = BENCHMARKS.find(({ name }) => name === args.child);
    if (!benchmark) throw new Error(`no benchmark "${args.child}"`);
    const text = JSON.stringify(await measureHere(benchmark));
    // The peer leaves timers behind that would keep the process alive.
    process.stdout.write(text, () => process.exit(0));
    return;
  }
  const pattern = new RegExp(args.only, 'i');
  const wanted = BENCHMARKS.filter(({ name }) => pattern.test(name));
  if (wanted.length === 0) throw new Error(`no benchmark matches ${pattern}; there are: ${BENCHMARKS.map(({ name }) => name).join('; ')}`);
  const results = await measureAll(wanted, (text) => process.stderr.isTTY && process.stderr.write(`${text} …\n`));
  const better = new Map([...BENCHMARKS, ...DERIVED].map((each) => [each.name, each.better]));
  console.log(args.json ? JSON.stringify(results) : formatTable(results, better));
}

await main();
