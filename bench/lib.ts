/** What a benchmark is, how one is run, and how results are judged and printed. */
import { execFile } from 'node:child_process';

/** One figure. A module of bench/ exports `benchmarks: readonly Benchmark[]` and is named in main.ts. */
export interface Benchmark {
  readonly name: string;
  readonly unit: string;
  /** The worst value that is still good; absent where nothing is promised (the peer). */
  readonly limit?: number;
  readonly better: 'lower' | 'higher';
  /** Measures once, in a process of its own. Throws if what it measures did not happen. */
  run(): number | Promise<number | Reading>;
  /** Most MiB that the process may have had resident; asking for it adds a row of its own. */
  readonly memoryLimitMiB?: number;
}

/** A run that shows several figures: each but the first has a row of its own. */
export interface Reading { readonly value: number; readonly further: readonly (Judged & { readonly value: number })[] }

/** A figure that follows from others; it is left out if one of them was not measured. */
export interface Derived {
  readonly name: string;
  readonly unit: string;
  readonly limit?: number;
  readonly better: 'lower' | 'higher';
  readonly from: readonly string[];
  compute(...values: readonly number[]): number;
}

export interface Result { readonly name: string; readonly value: number; readonly unit: string; readonly limit: number | null; readonly ok: boolean }

/** What a child process prints. */
export interface Measurement { readonly value: number; readonly peakMiB: number; readonly further?: Reading['further'] }

type Judged = Pick<Benchmark, 'name' | 'unit' | 'limit' | 'better'>;

export function judge({ name, unit, limit, better }: Judged, value: number): Result {
  const ok = limit === undefined || (better === 'lower' ? value <= limit : value >= limit);
  return { name, value, unit, limit: limit ?? null, ok };
}

/** Seconds of CPU (user and system) that the process spends in `work`. */
export async function cpuSeconds(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Runs a benchmark in this process. */
export async function measureHere(benchmark: Benchmark): Promise<Measurement> {
  const result = await benchmark.run();
  return { ...(typeof result === 'number' ? { value: result } : result), peakMiB: process.resourceUsage().maxRSS / 1024 };
}

const RUN_LIMIT_MS = 600_000;
const OUTPUT_LIMIT_BYTES = 1 << 20;

/** Runs a benchmark in a fresh process, so that heaps and compiled code do not mix. `script` is the bundled main.ts. */
export function measureInChild(script: string, { name }: Benchmark): Promise<Measurement> {
  const options = { timeout: RUN_LIMIT_MS, maxBuffer: OUTPUT_LIMIT_BYTES };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--enable-source-maps', script, '--child', name], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${name}: ${stderr || error.message}`));
      else {
        process.stderr.write(stderr);
        resolve(JSON.parse(stdout) as Measurement);
      }
    });
  });
}

/** The rows of one benchmark: its value, and its memory if that is limited. */
export function rowsOf(benchmark: Benchmark, { value, peakMiB, further = [] }: Measurement): readonly Result[] {
  const rows = [judge(benchmark, value), ...further.map((each) => judge(each, each.value))];
  if (benchmark.memoryLimitMiB === undefined) return rows;
  return [...rows, judge({ name: `${benchmark.name}, peak memory`, unit: 'MiB', limit: benchmark.memoryLimitMiB, better: 'lower' }, peakMiB)];
}

/** The row of a derived figure, if all that it follows from was measured. */
export function deriveRow(derived: Derived, results: readonly Result[]): Result | undefined {
  const values = derived.from.map((name) => results.find((result) => result.name === name)?.value);
  return values.every((value) => value !== undefined) ? judge(derived, derived.compute(...values)) : undefined;
}

/** Three significant digits, or all before the point. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

interface Column { readonly title: string; readonly right: boolean; readonly text: (result: Result) => string }

/** `better` by name, to print limits as "at most" or "at least". */
export function formatTable(results: readonly Result[], better: ReadonlyMap<string, Benchmark['better']>): string {
  const limitText = ({ name, limit }: Result): string => (limit === null ? '' : `${better.get(name) === 'higher' ? '≥' : '≤'} ${formatValue(limit)}`);
  const columns: readonly Column[] = [
    { title: '', right: false, text: ({ ok, limit }) => (limit === null ? ' ' : ok ? '✓' : '✗') },
    { title: 'benchmark', right: false, text: ({ name }) => name },
    { title: 'value', right: true, text: ({ value }) => formatValue(value) },
    { title: 'unit', right: false, text: ({ unit }) => unit },
    { title: 'limit', right: true, text: limitText },
  ];
  const widths = columns.map(({ title, text }) => Math.max(title.length, ...results.map((result) => text(result).length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => (columns[index]?.right ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0))).join('  ').trimEnd();
  return [line(columns.map(({ title }) => title)), ...results.map((result) => line(columns.map(({ text }) => text(result))))].join('\n');
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest value that at least `percent` of all do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? NaN;
}
