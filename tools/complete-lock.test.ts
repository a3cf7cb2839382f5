import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { missingOptional } from './complete-lock.mjs';

const lock: unknown = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));

it('the lock file is one that npm ci accepts: it knows the packages of every platform (else: node tools/complete-lock.mjs)', () => {
  expect(missingOptional(lock)).toEqual([]);
});

it('a package that is missing is found', () => {
  const packages = { '': {}, 'node_modules/a': { optionalDependencies: { 'a-linux-x64': '1.0.0', 'a-darwin-arm64': '1.0.0' }, dev: true }, 'node_modules/a-linux-x64': {} };
  expect(missingOptional({ packages })).toEqual([{ name: 'a-darwin-arm64', version: '1.0.0', dev: true }]);
});
