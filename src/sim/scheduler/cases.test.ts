import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import type { CaseAnswer } from './cases.ts';
import { answerCase } from './cases.ts';
import { unpackCases } from './fixtures/unpack.ts';
import { defaultFramework } from './profile.ts';

const cases = unpackCases(readFileSync(new URL('fixtures/recorded-cases.json', import.meta.url), 'utf8'));
const NOW_US = 4_102_444_800_000_000;

interface Preemption { readonly answers?: readonly { readonly node: string; readonly victims?: readonly string[] }[]; readonly notHelped?: object }

/** What must be equal literally: everything but the members that only one side has by design. */
function comparable(answer: CaseAnswer): Record<string, unknown> {
  const { chosen: _chosen, preempted: _preempted, preemption, ...rest } = answer;
  const { answers: _answers, stable: _stable, notHelped, ...weighed } = (preemption ?? {}) as Preemption & { stable?: boolean };
  const inVain = Object.fromEntries(Object.entries(notHelped ?? {}).map(([node, refusal]: [string, { code: string; reasons: string[] }]) =>
    [node, { code: refusal.code, reasons: refusal.reasons }]));
  return { ...JSON.parse(JSON.stringify(rest)) as object, preemption: preemption && weighed, notHelped: inVain };
}

/** Where several answers are right, ours must be one of them: what it is and what would be allowed, if not. */
function notAllowed(recorded: CaseAnswer, answer: CaseAnswer): readonly unknown[] {
  const problems: unknown[] = [];
  const { chosen, preempted } = answer;
  if (recorded.outcome === 'scheduled' && (chosen === undefined || !recorded.best.includes(chosen))) problems.push({ chosen, allowed: recorded.best });
  const { answers = [] } = (recorded.preemption ?? {}) as Preemption;
  const same = (allowed: object) => JSON.stringify(allowed) === JSON.stringify(preempted);
  if (preempted === undefined ? answers.length > 0 : !answers.some(same)) problems.push({ preempted, allowed: answers });
  return problems;
}

describe('recorded decisions of the real scheduler', () => {
  it('has them', () => {
    expect(cases.length).toBeGreaterThan(290);
  });

  it.each(cases.map((each) => [each.id, each.title, each] as const))('%s %s', (_id, _title, each) => {
    const answer = answerCase(each, defaultFramework(), Prng.stream(1, each.id), NOW_US);
    expect(comparable(answer)).toEqual(comparable(each.expect));
    expect(notAllowed(each.expect, answer)).toEqual([]);
  });
});
