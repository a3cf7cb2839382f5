import { expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import type { Lease } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { LeaderElector } from './leader-election.ts';
import type { ElectionStep } from './leader-election.ts';
import type { RequestSpec } from './requests.ts';

const EPOCH_US = 1_767_225_600_000_000;
const S = 1_000_000;
const random = Prng.stream(1, 'leases');

/** Candidates that share one Lease; a request is answered at once. */
class Race {
  lease: Lease | undefined;
  version = 0;
  nowUs = 0;

  candidate(identity: string): LeaderElector {
    return new LeaderElector({ namespace: 'kube-system', name: 'c', identity, leaseDurationUs: 15 * S, renewDeadlineUs: 10 * S, retryPeriodUs: 2 * S });
  }

  attempt(elector: LeaderElector, reachable = true): ElectionStep {
    let spec = elector.attempt(this.clock);
    for (;;) {
      const { code, body } = reachable ? this.answer(spec) : { code: 0, body: NOTHING };
      const step = elector.onAnswer(code, body, this.clock);
      if (step.do !== 'request') return step;
      spec = step.spec;
    }
  }

  private get clock(): { readonly nowUs: number; readonly unixUs: number; readonly random: Prng } {
    return { nowUs: this.nowUs, unixUs: EPOCH_US + this.nowUs, random };
  }

  private answer(spec: RequestSpec): { readonly code: number; readonly body: ApiObject } {
    if (spec.verb === 'get') return this.lease ? { code: 200, body: this.lease } : { code: 404, body: NOTHING };
    const next = spec.body as Lease;
    if (spec.verb === 'update' && next.metadata.resourceVersion !== this.lease?.metadata.resourceVersion) return { code: 409, body: NOTHING };
    this.lease = { ...next, metadata: { ...next.metadata, resourceVersion: String(++this.version) } };
    return { code: 200, body: this.lease };
  }
}

const NOTHING: ApiObject = { apiVersion: 'v1', kind: 'Status', metadata: {} };

it('the first one leads, the second one takes over when the lease has not been renewed for its duration', () => {
  const race = new Race();
  const first = race.candidate('a');
  const second = race.candidate('b');
  expect(race.attempt(first)).toEqual({ do: 'wait', delayUs: 2 * S, elected: true });
  expect(race.attempt(second)).toMatchObject({ do: 'wait', elected: false });
  for (race.nowUs = 2 * S; race.nowUs <= 10 * S; race.nowUs += 2 * S) {
    expect(race.attempt(first)).toEqual({ do: 'wait', delayUs: 2 * S, elected: false });
    race.attempt(second);
  }
  race.nowUs = 24 * S;
  race.attempt(second);
  expect(second.leading).toBe(false);
  race.nowUs = 26 * S;
  expect(race.attempt(second)).toMatchObject({ elected: true });
  expect(race.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1, leaseDurationSeconds: 15 });
});

it('a leader that cannot renew stops before others may take over', () => {
  const race = new Race();
  const leader = race.candidate('a');
  race.attempt(leader);
  const steps: string[] = [];
  for (race.nowUs = 2 * S; race.nowUs <= 10 * S; race.nowUs += 2 * S) steps.push(race.attempt(leader, false).do);
  expect(steps).toEqual(['wait', 'wait', 'wait', 'stop', 'wait']);
  expect(leader.leading).toBe(false);
});

it('a leader whose lease was taken away looks again and follows', () => {
  const race = new Race();
  const leader = race.candidate('a');
  race.attempt(leader);
  race.lease = { ...(race.lease as Lease), metadata: { resourceVersion: '99' }, spec: { holderIdentity: 'thief', leaseDurationSeconds: 15 } };
  race.nowUs = 2 * S;
  expect(race.attempt(leader)).toMatchObject({ do: 'wait', elected: false });
  race.nowUs = 9 * S;
  expect(race.attempt(leader).do).toBe('stop');
});
