// Small helpers that controllers share for making rounds and reading their answers.
import type { ApiObject } from '../api/meta.ts';
import type { RequestSpec } from '../client/requests.ts';
import type { Round, Write, WriteResult } from './controller.ts';

/** Ends a sync: nothing to write, nothing to wait for. */
export const END: Round<never> = {};

export function write(purpose: string, spec: RequestSpec): Write {
  return { purpose, spec };
}

export function succeeded(result: WriteResult): boolean {
  return result.code >= 200 && result.code < 300;
}

/** The words of the API server about a refused write. */
export function messageOf(result: WriteResult): string {
  const { message } = result.body as ApiObject & { readonly message?: string };
  return message ?? `code ${result.code}`;
}
