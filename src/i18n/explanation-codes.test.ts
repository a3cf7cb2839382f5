import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import en from './en/inspector.ts';
import zh from './zh-CN/inspector.ts';

const SIM = join(import.meta.dirname, '../sim');

function sourcesOf(...folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => readdirSync(join(SIM, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')).map((file) => readFileSync(join(SIM, folder, file), 'utf8')));
}

/** The quoted words in what a pattern's first group finds: both sides of `up ? 'scaleUp' : 'scaleDown'`. */
function codesIn(sources: readonly string[], ...patterns: readonly RegExp[]): readonly string[] {
  const found = sources.flatMap((source) => patterns.flatMap((pattern) => [...source.matchAll(pattern)].flatMap((match) => {
    // What is compared with, as in `doing === 'add'`, is no code.
    const expression = (match[1] ?? '').replace(/[!=]==\s*'\w+'/g, '');
    return [...expression.matchAll(/'([a-zA-Z]+)'/g)].map((quoted) => quoted[1] ?? '');
  })));
  return [...new Set(found)].sort();
}

describe('every code of an explanation has words in both languages', () => {
  const actions = codesIn(sourcesOf('controllers', 'node/kubelet'), /\baction\(\s*([^,{]+),/g, /\bcode: ([^,}]+), params/g, /\bexplain\((?:worker, ctx|pair), ([^,)]+)[,)]/g, /const code = ([^;]+);/g, /\bend\(state, worker, ctx, ([^)]+)\)/g);
  const stages = codesIn(sourcesOf('apiserver/stages', 'apiserver/storage'), /outcome: [^,]+, code: ([^,}]+)[,}]/g, /\bcode: ('[a-zA-Z]+'), params/g, /\bconst code = (authorizer[^;]+);/g, /\boutcomeOf\(('[a-zA-Z]+'),/g);

  it('finds the codes', () => {
    expect(actions).toEqual(expect.arrayContaining(['createPods', 'scaleReplicaSet', 'mountVolumes', 'startSidecar', 'attachVolume', 'addTaint']));
    expect(stages).toEqual(expect.arrayContaining(['allowedByRole', 'bearerToken', 'committed', 'valid']));
  });

  for (const [language, texts] of [['en', en], ['zh-CN', zh]] as const) {
    it(`actions of controllers and kubelets in ${language}`, () => {
      expect(actions.filter((code) => !(code in texts.action))).toEqual([]);
    });

    it(`stages of the API server in ${language}`, () => {
      expect(stages.filter((code) => !(code in texts.stageCode))).toEqual([]);
    });
  }
});
