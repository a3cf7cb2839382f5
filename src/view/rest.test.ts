import { describe, expect, it } from 'vitest';
import type { SessionInput, UserInput } from '../worker/protocol.ts';
import { restHorizonUs } from './rest.ts';

const at = (seconds: number, input: UserInput): SessionInput => ({ position: 0, atUs: seconds * 1e6, input });
const MENDED = at(100, { type: 'linkRestore', a: 'kube-apiserver', b: 'kube-scheduler' });

describe('the silence that means rest', () => {
  it('is short where nothing was broken', () => {
    expect(restHorizonUs([], 0)).toBe(12e6);
  });

  it('outlasts the retries of clients whose link was mended, and ends with them', () => {
    expect(restHorizonUs([MENDED], 100e6)).toBe(60e6);
    expect(restHorizonUs([MENDED], 130e6)).toBe(30e6);
    expect(restHorizonUs([MENDED], 900e6)).toBe(12e6);
  });

  it('outlasts the lease and the tolerations of a node that was stopped, whatever was done after it', () => {
    expect(restHorizonUs([at(100, { type: 'nodeStop', node: 'node-1' }), MENDED], 110e6)).toBeGreaterThan(340e6);
  });
});
