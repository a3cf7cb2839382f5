import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../../i18n/index.ts';
import { customKinds, definitionTexts, readDefinitions } from '../customKinds.ts';
import { type ApiSchema, editorSchema, kindsOf } from '../schema.ts';
import { SAMPLES } from './index.ts';
import { sampleText } from './sample.ts';

const { schemas } = JSON.parse(readFileSync(new URL('../../../sim/api/generated/schemas.json', import.meta.url), 'utf8')) as { schemas: Record<string, ApiSchema> };
/** The kinds that a text may use: the built-in ones, and those that it defines itself. */
function knownIn(text: string): readonly string[] {
  const custom = readDefinitions(definitionTexts(text))?.flatMap(customKinds);
  return kindsOf(editorSchema(schemas, {}, custom)).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
}

describe.each(SAMPLES.map((sample) => [sample.id, sample] as const))('%s', (_id, sample) => {
  test.each(LANGUAGES)('is valid YAML of known kinds with every comment in %s', (language) => {
    const text = sampleText(sample, language);
    const known = knownIn(text);
    const documents = parseAllDocuments(text);
    if (!Array.isArray(documents)) throw new Error('no document');
    for (const document of documents) {
      expect(document.errors).toEqual([]);
      const { apiVersion, kind, metadata } = document.toJS() as { apiVersion: string; kind: string; metadata: { name: string } };
      expect(known).toContain(`${apiVersion} ${kind}`);
      expect(metadata.name).toMatch(/^[a-z][a-z0-9.-]*$/);
    }
    expect(text).not.toMatch(/#\d+$/m);
    for (const comment of sample.comments[language]) expect(text).toContain(`# ${comment}`);
  });
  test('says the same in both languages, apart from its comments', () => {
    const [first, ...others] = LANGUAGES.map((language) => sampleText(sample, language).replace(/# .*$/gm, '#'));
    for (const other of others) expect(other).toBe(first);
  });
});

test('names of files differ', () => {
  expect(new Set(SAMPLES.map(({ fileName }) => fileName)).size).toBe(SAMPLES.length);
});
