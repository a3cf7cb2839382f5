// Which of several instances works: whoever holds a Lease and keeps renewing it (models client-go tools/leaderelection).
import type { Prng } from '../../base/prng.ts';
import { formatMicroTime } from '../../base/time.ts';
import type { Lease, LeaseSpec } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { LEASES } from '../api/resources.ts';
import { createRequest, getRequest, updateRequest } from './requests.ts';
import type { RequestSpec } from './requests.ts';

export interface LeaderElectionConfig {
  readonly namespace: string;
  readonly name: string;
  /** `hostname_uuid`: unique per process. */
  readonly identity: string;
  readonly leaseDurationUs: number;
  readonly renewDeadlineUs: number;
  readonly retryPeriodUs: number;
}

interface Clock { readonly nowUs: number; readonly unixUs: number; readonly random: Prng }

/** What the owner is to do next: send a request, wait, or face that the lease is lost. */
export type ElectionStep =
  | { readonly do: 'request'; readonly spec: RequestSpec }
  | { readonly do: 'wait'; readonly delayUs: number; readonly elected: boolean }
  | { readonly do: 'stop' };

/** A follower waits up to 1.2 retry periods longer, so that followers don't move in step. */
const JITTER = 1.2;

/**
 * One candidate. Call `attempt`, then hand every answer to `onAnswer`; after a 'wait' call `attempt` again. It leads
 * while `leading`; 'stop' says that it led and could not renew in time.
 */
export class LeaderElector {
  readonly config: LeaderElectionConfig;
  leading = false;
  /** The holder that was last seen, and when that was noticed on the own clock: leases are judged by that alone. */
  private observed: Lease | undefined;
  private observedUs = 0;
  private renewedUs = 0;
  private step: 'get' | 'create' | 'update' = 'get';

  constructor(config: LeaderElectionConfig) {
    this.config = config;
  }

  get holder(): string {
    return this.observed?.spec?.holderIdentity ?? '';
  }

  /** The Lease as last seen, for the event that says who leads. */
  get lease(): ApiObject | undefined {
    return this.observed;
  }

  /** Begins one attempt to get or keep the lease. */
  attempt(clock: Clock): RequestSpec {
    if (this.leading && this.observed && this.holder === this.config.identity) return this.update(clock, this.observed);
    this.step = 'get';
    return getRequest(LEASES, this.config.namespace, this.config.name);
  }

  onAnswer(code: number, body: ApiObject, clock: Clock): ElectionStep {
    const ok = code >= 200 && code < 300;
    switch (this.step) {
      case 'get':
        if (code === 404) return { do: 'request', spec: this.create(clock) };
        return ok ? this.onSeen(body as Lease, clock) : this.failed(clock);
      case 'create': return ok ? this.won(body as Lease, clock) : this.failed(clock);
      case 'update':
        if (ok) return this.won(body as Lease, clock);
        // Somebody else wrote it: look again before giving up.
        if (this.leading && code === 409) {
          this.step = 'get';
          return { do: 'request', spec: getRequest(LEASES, this.config.namespace, this.config.name) };
        }
        return this.failed(clock);
    }
  }

  clone(): LeaderElector {
    const copy = new LeaderElector(this.config);
    copy.leading = this.leading;
    copy.observed = this.observed;
    copy.observedUs = this.observedUs;
    copy.renewedUs = this.renewedUs;
    copy.step = this.step;
    return copy;
  }

  private onSeen(lease: Lease, clock: Clock): ElectionStep {
    if (lease.metadata.resourceVersion !== this.observed?.metadata.resourceVersion) this.observe(lease, clock);
    const holder = lease.spec?.holderIdentity ?? '';
    const heldByOther = holder !== '' && holder !== this.config.identity && this.observedUs + (lease.spec?.leaseDurationSeconds ?? 0) * 1_000_000 > clock.nowUs;
    return heldByOther ? this.failed(clock) : { do: 'request', spec: this.update(clock, lease) };
  }

  private won(lease: Lease, clock: Clock): ElectionStep {
    this.observe(lease, clock);
    const elected = !this.leading;
    this.leading = true;
    this.renewedUs = clock.nowUs;
    return { do: 'wait', delayUs: this.config.retryPeriodUs, elected };
  }

  private failed(clock: Clock): ElectionStep {
    const { retryPeriodUs, renewDeadlineUs } = this.config;
    if (!this.leading) return { do: 'wait', delayUs: retryPeriodUs + clock.random.below(retryPeriodUs * JITTER), elected: false };
    if (clock.nowUs + retryPeriodUs - this.renewedUs < renewDeadlineUs) return { do: 'wait', delayUs: retryPeriodUs, elected: false };
    this.leading = false;
    return { do: 'stop' };
  }

  private observe(lease: Lease, clock: Clock): void {
    this.observed = lease;
    this.observedUs = clock.nowUs;
  }

  private create(clock: Clock): RequestSpec {
    this.step = 'create';
    const { namespace, name } = this.config;
    const now = formatMicroTime(clock.unixUs);
    const lease: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec: this.spec(now, now, 0) };
    return createRequest(LEASES, lease, namespace);
  }

  private update(clock: Clock, lease: Lease): RequestSpec {
    this.step = 'update';
    const now = formatMicroTime(clock.unixUs);
    const { holderIdentity, acquireTime = now, leaseTransitions = 0 } = lease.spec ?? {};
    const mine = holderIdentity === this.config.identity;
    const spec = this.spec(mine ? acquireTime : now, now, mine ? leaseTransitions : leaseTransitions + 1);
    return updateRequest(LEASES, { ...lease, spec: { ...lease.spec, ...spec } } as ApiObject);
  }

  private spec(acquireTime: string, renewTime: string, leaseTransitions: number): LeaseSpec {
    const { identity, leaseDurationUs } = this.config;
    return { holderIdentity: identity, leaseDurationSeconds: Math.floor(leaseDurationUs / 1_000_000), acquireTime, renewTime, leaseTransitions };
  }
}
