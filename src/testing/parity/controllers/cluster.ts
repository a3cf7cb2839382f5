// A world for one scenario: the control plane with the recorded flags, the fake kubelet and the recorder.
import type { ApiResponse } from '../../../sim/apiserver/messages.ts';
import { kubectlActor } from '../../../kubectl/actor.ts';
import type { Boot } from '../../../sim/cluster.ts';
import type { Actor } from '../../../sim/kernel/actor.ts';
import { EventBudgetError } from '../../../sim/kernel/kernel.ts';
import type { Kernel } from '../../../sim/kernel/kernel.ts';
import { DEFAULT_LATENCY } from '../../../sim/kernel/latency.ts';
import type { LatencyTable } from '../../../sim/kernel/latency.ts';
import { EPOCH_US, createWorld } from '../../../sim/world.ts';
import { METRICS_SERVER } from '../../../sim/apiserver/aggregation.ts';
import { fakeMetrics } from './fake-metrics.ts';
import type { FakeMetricsInput, Load } from './fake-metrics.ts';
import { FAKE_KUBELET, fakeKubelet } from './fake-kubelet.ts';
import type { FakeKubeletInput, FakeKubeletState } from './fake-kubelet.ts';
import { RECORDER, recorder } from './recorder.ts';
import type { RecorderInput, RecorderState } from './recorder.ts';
import { requestSpec } from './rest.ts';
import type { RecordedRequest } from './scenario.ts';

/** The flags of the clusters that were recorded, besides those of a scenario's profile. */
const RECORDED_FLAGS: Readonly<Record<string, string>> = {
  'controller-manager.use-service-account-credentials': 'true',
  'controller-manager.allocate-node-cidrs': 'true',
  'controller-manager.cluster-cidr': '10.244.0.0/16',
  'controller-manager.kube-api-qps': '200',
  'controller-manager.kube-api-burst': '300',
  'apiserver.service-cluster-ip-range': '10.96.0.0/16',
  'apiserver.authorization-mode': 'RBAC',
  'apiserver.allow-privileged': 'true',
};

/**
 * The recording program was a Node process beside the cluster: it needs a moment to react and to send. Several clusters were
 * recorded at once on a busy machine, so links were uneven, and which of two controllers is faster differed from run to run:
 * of five seeds the first has even links, so that what it shows hangs on nothing else, and each further one doubles the jitter.
 */
function latencyOf(seed: number): LatencyTable {
  const unevenness = (seed - 1) % 5;
  const jitterUs = unevenness === 0 ? 0 : 300 * 2 ** unevenness;
  const program = { baseUs: 3200, jitterUs };
  const toProgram = { baseUs: 1700, jitterUs };
  const etcd = { baseUs: 250, jitterUs: jitterUs / 2 };
  return {
    ...DEFAULT_LATENCY, '*>*': { baseUs: 400, jitterUs }, 'kube-apiserver>etcd': etcd, 'etcd>kube-apiserver': etcd,
    [`${RECORDER}>*`]: program, [`${FAKE_KUBELET}>*`]: program, [`*>${RECORDER}`]: toProgram, [`*>${FAKE_KUBELET}`]: toProgram,
  };
}

export const MS = 1000;
const BOOT_STEPS_US = 4_000_000;
/** Nodes are ready when the controllers look at them, and the first step follows: this brings it near the second it is meant for, so that little is waited for. */
const EPOCH_SHIFT_US = 660_000;
/** No step of a scenario takes more; a world that sends messages in a circle must not hang the tests. */
const EVENT_BUDGET = 3_000_000;

/** `--node-monitor-period=1s` → `controller-manager.node-monitor-period`: `1s` */
function options(kcmFlags: readonly string[]): Readonly<Record<string, string>> {
  const flags = kcmFlags.map((flag) => /^--([^=]+)=(.*)$/.exec(flag)).filter((match) => match !== null);
  return { ...RECORDED_FLAGS, ...Object.fromEntries(flags.map(([, name, value]) => [`controller-manager.${name}`, value ?? ''])) };
}

/** Drives the kernel on behalf of a scenario, which runs outside of virtual time. */
export class Cluster {
  readonly kernel: Kernel;
  private asked = 0;

  /** Boots the control plane and waits until it serves. */
  constructor(seed: number, kcmFlags: readonly string[]) {
    const extraActors = [kubectlActor, recorder, fakeKubelet, fakeMetrics] as readonly Actor[];
    this.kernel = createWorld({ seed, epochUs: EPOCH_US + EPOCH_SHIFT_US, extraActors, latency: latencyOf(seed), traceLimit: 20_000 });
    const boot: Boot = { type: 'boot', components: ['apiserver', 'controller-manager', 'scheduler'], nodes: [], options: options(kcmFlags) };
    this.kernel.input('cluster', boot);
    this.kernel.runUntil(BOOT_STEPS_US);
    this.kernel.input(RECORDER, { type: 'start' });
    this.kernel.input(FAKE_KUBELET, { type: 'start' });
    if (!this.until(() => this.isServing(), 60_000)) throw new Error('the control plane does not serve within a minute of virtual time');
  }

  get nowUs(): number {
    return this.kernel.nowUs;
  }

  get nowMs(): number {
    return this.kernel.nowUs / MS;
  }

  get unixMs(): number {
    return Math.floor((this.kernel.config.epochUs + this.kernel.nowUs) / MS);
  }

  get recorder(): RecorderState {
    return this.kernel.stateOf(RECORDER) as RecorderState;
  }

  get kubelet(): FakeKubeletState {
    return this.kernel.stateOf(FAKE_KUBELET) as FakeKubeletState;
  }

  /** Runs on, event by event, until the condition holds; false if it does not within `limitMs`. */
  until(condition: () => boolean, limitMs: number): boolean {
    const limitUs = this.kernel.nowUs + limitMs * MS;
    const lastEvent = this.kernel.delivered + EVENT_BUDGET;
    while (!condition()) {
      if (this.kernel.delivered > lastEvent) throw new EventBudgetError(EVENT_BUDGET, this.kernel.nowUs, 'see the trace');
      if (this.kernel.nextTimeUs() > limitUs) {
        this.kernel.runUntil(limitUs);
        return condition();
      }
      this.kernel.step();
    }
    return true;
  }

  /** Runs on until something that the recorder saw makes the condition hold. Cheaper than `until`. */
  untilSeen(condition: () => boolean, limitMs: number): boolean {
    let checked = -1;
    return this.until(() => {
      const { length } = this.recorder.log;
      if (length === checked) return false;
      checked = length;
      return condition();
    }, limitMs);
  }

  pass(durationMs: number): void {
    this.passUntil(this.kernel.nowUs + durationMs * MS);
  }

  passUntil(untilUs: number): void {
    this.kernel.runUntil(Math.ceil(untilUs), EVENT_BUDGET);
  }

  request(request: RecordedRequest): ApiResponse {
    const id = ++this.asked;
    this.tell({ type: 'ask', id, spec: requestSpec(request) });
    if (!this.until(() => this.recorder.answers.has(id), 60_000)) throw new Error(`no answer to ${request.method} ${request.path}`);
    return this.recorder.answers.get(id) as ApiResponse;
  }

  tell(input: RecorderInput): void {
    this.kernel.input(RECORDER, input);
  }

  startMetrics(): void {
    this.kernel.input(METRICS_SERVER, { type: 'start' });
  }

  /** What the pods of a namespace use from now on. */
  setLoad(namespace: string, load: Load): void {
    const input: FakeMetricsInput = { type: 'load', namespace, load };
    this.kernel.input(METRICS_SERVER, input);
    this.kernel.step();
  }

  /** Tells the fake kubelet something, and waits until it has written what follows at once. */
  operate(input: FakeKubeletInput): void {
    this.kernel.input(FAKE_KUBELET, input);
    this.kernel.step();
    if (!this.until(() => this.kubelet.underWay === 0, 60_000)) throw new Error(`the fake kubelet does not finish ${input.type}`);
  }

  private isServing(): boolean {
    const { client } = this.recorder;
    return client.informers.size > 0 && client.allSynced && this.kubelet.client.allSynced && client.informer('namespaces').get('kube-node-lease') !== undefined;
  }
}
