import type { ApiObject } from '../api/meta.ts';
import type { Context, TimerId } from '../kernel/actor.ts';
import { LeaderElector } from './leader-election.ts';
import type { ElectionStep, LeaderElectionConfig } from './leader-election.ts';
import type { RequestSpec } from './requests.ts';

/** Time for an attempt to get or renew the lease, and for the owner to give one up. */
export interface LeaseTimer { readonly type: 'lease-attempt' | 'lease-timeout'; readonly attempt: number }
export type LeadershipChange = 'elected' | 'lost' | undefined;

const NO_ANSWER: ApiObject = { apiVersion: 'v1', kind: 'Status', metadata: {} };

/** The loop around a LeaderElector inside an actor: requests, waits and timeouts. `send` gets each request with its attempt. */
export class LeaderLoop {
  readonly elector: LeaderElector;
  private attempt = 0;
  private timeout: TimerId = 0;

  constructor(config: LeaderElectionConfig) {
    this.elector = new LeaderElector(config);
  }

  begin(ctx: Context, send: (spec: RequestSpec, attempt: number) => void): void {
    this.request(this.elector.attempt(ctx), ctx, send);
  }

  onTimer(timer: LeaseTimer, ctx: Context, send: (spec: RequestSpec, attempt: number) => void): LeadershipChange {
    if (timer.type === 'lease-attempt') {
      this.begin(ctx, send);
      return undefined;
    }
    if (timer.attempt !== this.attempt) return undefined;
    this.attempt++;
    return this.step(this.elector.onAnswer(0, NO_ANSWER, ctx), ctx, send);
  }

  onAnswer(attempt: number, code: number, body: ApiObject, ctx: Context, send: (spec: RequestSpec, attempt: number) => void): LeadershipChange {
    if (attempt !== this.attempt) return undefined;
    ctx.cancel(this.timeout);
    return this.step(this.elector.onAnswer(code, body, ctx), ctx, send);
  }

  clone(): LeaderLoop {
    const copy = new LeaderLoop(this.elector.config);
    Object.assign(copy, { elector: this.elector.clone(), attempt: this.attempt, timeout: this.timeout });
    return copy;
  }

  private step(step: ElectionStep, ctx: Context, send: (spec: RequestSpec, attempt: number) => void): LeadershipChange {
    switch (step.do) {
      case 'request': this.request(step.spec, ctx, send); return undefined;
      case 'wait': {
        const timer: LeaseTimer = { type: 'lease-attempt', attempt: this.attempt };
        ctx.after(step.delayUs, timer);
        return step.elected ? 'elected' : undefined;
      }
      case 'stop': return 'lost';
    }
  }

  private request(spec: RequestSpec, ctx: Context, send: (spec: RequestSpec, attempt: number) => void): void {
    send(spec, ++this.attempt);
    const timer: LeaseTimer = { type: 'lease-timeout', attempt: this.attempt };
    this.timeout = ctx.after(this.elector.config.renewDeadlineUs / 2, timer);
  }
}
