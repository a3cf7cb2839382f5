// Small helpers for making rounds and reading their answers.
import type { RequestSpec } from '../client/requests.ts';
import type { Round, Write, WriteResult } from './controller.ts';

/** Ends a sync: nothing to write, nothing to wait for. */
export const END: Round<never> = {};

export function write(purpose: string, spec: RequestSpec): Write {
  return { purpose, spec };
}

/** The answer to a round of one write. */
export function onlyResult(results: readonly WriteResult[]): WriteResult {
  const result = results[0];
  if (!result) throw new Error('a round with one write got no answer');
  return result;
}
