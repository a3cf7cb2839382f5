import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { PodPhase } from '../../worker/protocol.ts';
import { glyphShape, PHASES, type Phase, phaseToken } from './phases.ts';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

test('every phase that the worker knows has a shape, and no two the same', () => {
  const known: readonly PodPhase[] = PHASES;
  const all: readonly Phase[] = known;
  expect(new Set(all.map((phase) => JSON.stringify(glyphShape(phase)))).size).toBe(PHASES.length);
});

test.each(PHASES)('%s has its colours in both themes', (phase) => {
  for (const token of [phaseToken(phase), `${phaseToken(phase)}-text`, `${phaseToken(phase)}-soft`]) {
    expect(css.split(`${token}:`)).toHaveLength(3);
  }
});
