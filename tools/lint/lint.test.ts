/** Every rule of the house finds its violation: lints small offending projects with the real configuration. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violation } from './layers.mjs';

const ROOT = resolve(import.meta.dirname, '../..');

interface Diagnostic { readonly code: string; readonly filename: string; readonly message: string }

let project = '';
const findings = new Map<string, string[]>();

/** path → source of an offending (or innocent) file, and the rules that must find something in it. */
const CASES: Record<string, { source: string; rules: readonly string[] }> = {
  'src/base/layer.ts': { source: "import { x } from '../sim/value.ts';\nexport const y = x;\n", rules: ['house(layers)'] },
  'src/sim/layer.ts': { source: "import { x } from '../kubectl/value.ts';\nexport const y = x;\n", rules: ['house(layers)'] },
  'src/view/layer.ts': { source: "import { x } from '../sim/value.ts';\nexport const y = x;\n", rules: ['house(layers)'] },
  'src/view/reexport.ts': { source: "export { x } from '../sim/value.ts';\n", rules: ['house(layers)'] },
  'src/view/dynamic.ts': { source: "export const load = () => import('../sim/value.ts');\n", rules: ['house(layers)'] },
  'src/view/types.ts': { source: "import type { X } from '../sim/value.ts';\nexport type Y = X;\n", rules: [] },
  'src/worker/kubectl.ts': { source: "import { x } from '../kubectl/value.ts';\nexport const y = x;\n", rules: [] },
  'src/sim/value.ts': { source: 'export const x = 1;\nexport type X = number;\n', rules: [] },
  'src/kubectl/value.ts': { source: 'export const x = 1;\n', rules: [] },
  'src/base/cycle-a.ts': { source: "import { b } from './cycle-b.ts';\nexport const a = (): number => b();\n", rules: ['import(no-cycle)'] },
  'src/base/cycle-b.ts': { source: "import { a } from './cycle-a.ts';\nexport const b = (): number => a();\n", rules: ['import(no-cycle)'] },
  'src/sim/any.ts': { source: 'export const x: any = 1;\n', rules: ['typescript(no-explicit-any)'] },
  'src/ui/cast.ts': { source: "export const x = ('a' as any) + 1;\n", rules: ['typescript(no-explicit-any)'] },
  'src/sim/date.ts': { source: 'export const x = Date.now();\n', rules: ['eslint(no-restricted-globals)'] },
  'src/sim/new-date.ts': { source: 'export const x = new Date();\n', rules: ['eslint(no-restricted-globals)'] },
  'src/sim/random.ts': { source: 'export const x = Math.random();\n', rules: ['eslint(no-restricted-properties)'] },
  'src/sim/timeout.ts': { source: 'setTimeout(() => {}, 1);\n', rules: ['eslint(no-restricted-globals)'] },
  'src/sim/interval.ts': { source: 'setInterval(() => {}, 1);\n', rules: ['eslint(no-restricted-globals)'] },
  'src/sim/performance.ts': { source: 'export const x = performance.now();\n', rules: ['eslint(no-restricted-globals)'] },
  'src/sim/global-this.ts': { source: 'export const x = globalThis.Date;\n', rules: ['eslint(no-restricted-globals)'] },
  'src/sim/locale.ts': { source: "export const x = 'a'.localeCompare('b');\n", rules: ['eslint(no-restricted-properties)'] },
  'src/sim/async.ts': { source: 'export async function x() { return 1; }\n', rules: ['house(synchronous)'] },
  'src/sim/await.ts': { source: 'export const x = await 1;\n', rules: ['house(synchronous)'] },
  'src/sim/generator.ts': { source: 'export function* x() { yield 1; }\n', rules: ['house(synchronous)'] },
  'src/ui/allowed.ts': { source: 'export async function x() { return Date.now(); }\n', rules: [] },
  'src/ui/silenced.ts': { source: '// @ts-expect-error\nexport const x: number = 1;\n', rules: ['house(no-suppressions)'] },
  'src/ui/long-file.ts': { source: 'export {};\n'.repeat(501), rules: ['eslint(max-lines)'] },
  'src/ui/long-function.ts': { source: `export function x(): number {\n${'  Math.abs(1);\n'.repeat(70)}  return 1;\n}\n`, rules: ['eslint(max-lines-per-function)'] },
  'src/sim/switch.ts': {
    source: "export function x(k: 'a' | 'b'): number {\n  switch (k) {\n    case 'a': return 1;\n  }\n  return 0;\n}\n",
    rules: ['typescript(switch-exhaustiveness-check)'],
  },
  'src/ui/floating.ts': { source: 'export function x(): void {\n  Promise.reject(new Error());\n}\n', rules: ['typescript(no-floating-promises)'] },
  'src/base/only.test.ts': { source: "import { it } from 'vitest';\nit.only('x', () => {});\n", rules: ['vitest(no-focused-tests)'] },
};

function lint(cwd: string): Promise<string> {
  const bin = join(ROOT, 'node_modules/oxlint/bin/oxlint');
  const PATH = [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  const options = { cwd, maxBuffer: 1 << 26, env: { ...process.env, PATH } };
  return new Promise((done) => execFile(process.execPath, [bin, '--format=json'], options, (_, stdout) => done(stdout)));
}

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'wheelhouse-lint-'));
  const config = JSON.parse(readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8')) as { jsPlugins: string[] };
  config.jsPlugins = config.jsPlugins.map((path) => join(ROOT, path));
  writeFileSync(join(project, '.oxlintrc.json'), JSON.stringify(config));
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] } }));
  for (const [path, { source }] of Object.entries(CASES)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), source);
  }
  const { diagnostics } = JSON.parse(await lint(project)) as { diagnostics: Diagnostic[] };
  for (const d of diagnostics) findings.set(d.filename, [...(findings.get(d.filename) ?? []), d.code]);
}, 60_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the linter', () => {
  for (const [path, { rules }] of Object.entries(CASES)) {
    it(`finds what is wrong in ${path}, and nothing where nothing is`, () => {
      const found = findings.get(path) ?? [];
      expect(rules.length === 0 ? found : rules.filter((rule) => !found.includes(rule))).toEqual([]);
    });
  }
});

describe('the layer rule', () => {
  it('lets tests and testing import anything, and nobody import testing', () => {
    expect(violation('src/view/graph.test.ts', 'src/sim/world.ts', false)).toBeUndefined();
    expect(violation('src/testing/world.ts', 'src/ui/app.tsx', false)).toBeUndefined();
    expect(violation('src/sim/world.ts', 'src/testing/world.ts', false)).toMatch(/left only/);
  });
  it('wants every folder of src to be a known layer', () => {
    expect(violation('src/stuff/a.ts', 'src/base/b.ts', false)).toMatch(/not a known layer/);
  });
});
