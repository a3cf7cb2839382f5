import { expect, test } from 'vitest';
import { yamlText } from './yaml-text.ts';

test('shared parts are written out at each place', () => {
  const requests = { cpu: '100m' };
  expect(yamlText({ spec: { requests }, status: { requests } })).toBe('spec:\n  requests:\n    cpu: 100m\nstatus:\n  requests:\n    cpu: 100m\n');
});

test('long lines stay in one piece', () => {
  const text = 'word '.repeat(40).trim();
  expect(yamlText({ text })).toBe(`text: ${text}\n`);
});
