// kube-controller-manager: one process, many controllers, shared caches. It works only while it holds the lease
// kube-system/kube-controller-manager; each controller speaks to the API server under its own service account.
import { assert, unreachable } from '../../base/assert.ts';
import { byResource } from '../api/kinds/index.ts';
import type { ApiObject } from '../api/meta.ts';
import { API_SERVER } from '../apiserver/messages.ts';
import type { Credentials } from '../apiserver/messages.ts';
import { ApiClient } from '../client/client.ts';
import type { ClientEvent, ClientMessage, Identity } from '../client/client.ts';
import { EventRecorder } from '../client/events.ts';
import { Informer } from '../client/informer.ts';
import type { Change, InformerSpec } from '../client/informer.ts';
import type { LeaderElector } from '../client/leader-election.ts';
import { LeaderLoop } from '../client/leader-loop.ts';
import type { LeadershipChange, LeaseTimer } from '../client/leader-loop.ts';
import type { RequestSpec } from '../client/requests.ts';
import type { QueueTimer } from '../client/work-queue.ts';
import type { Actor, ActorId, Context, StartMessage } from '../kernel/actor.ts';
import { ControllerRun } from './controller-run.ts';
import type { EventRetryTimer, PauseTimer, PeriodTimer, RunSettings, Surroundings, SyncMessage, Tag } from './controller-run.ts';
import type { Controller, Enqueue, Scope } from './controller.ts';
import { DEFINITIONS, customResources } from './discovery.ts';
import { CUSTOM_INDEXERS, INFORMERS } from './informers.ts';
import { CONTROLLERS } from './index.ts';
import { parseOptions } from './options.ts';
import type { Options } from './options.ts';

export const CONTROLLER_MANAGER = 'kube-controller-manager';

/** Arguments of the process: flags without dashes in front, `{'node-monitor-grace-period': '6s'}`. */
export interface ControllerManagerArgs { readonly flags?: Readonly<Record<string, string>> }

type Message = StartMessage | ClientMessage | QueueTimer | SyncMessage | PeriodTimer | PauseTimer | EventRetryTimer | LeaseTimer;

const USER_AGENT = 'kube-controller-manager/v1.36.2 (linux/amd64) kubernetes/unknown';
const HOSTNAME = 'control-plane';
const LEASE_EVENTS = 'leader-election';

export class ControllerManagerState {
  readonly args: ControllerManagerArgs;
  readonly options: Options;
  readonly client: ApiClient<Tag>;
  /** By controller name, in the order of the list. */
  readonly runs = new Map<string, ControllerRun>();
  leader: LeaderLoop | undefined;
  leaseEvents: EventRecorder;
  /** Runs by the informer that they listen to. */
  readonly listeners = new Map<string, ControllerRun[]>();
  /** Runs that listen to custom resources. */
  readonly customListeners: ControllerRun[] = [];

  constructor(args: ControllerManagerArgs, options: Options, client: ApiClient<Tag>, runs: Iterable<ControllerRun>) {
    this.args = args;
    this.options = options;
    this.client = client;
    this.leaseEvents = new EventRecorder(CONTROLLER_MANAGER);
    for (const run of runs) {
      this.runs.set(run.controller.name, run);
      if (run.controller.followsCustomResources) this.customListeners.push(run);
      for (const informer of run.controller.watches) {
        const listening = this.listeners.get(informer);
        if (listening) listening.push(run);
        else this.listeners.set(informer, [run]);
      }
    }
  }

  get leading(): boolean {
    return this.leader?.elector.leading ?? this.client.informers.size > 0;
  }

  clone(): ControllerManagerState {
    const copy = new ControllerManagerState(this.args, this.options, this.client.clone(), [...this.runs.values()].map((run) => run.clone()));
    copy.leader = this.leader?.clone();
    copy.leaseEvents = this.leaseEvents.clone();
    return copy;
  }
}

class CacheScope implements Scope {
  private readonly state: ControllerManagerState;
  private readonly ctx: Context;

  constructor(state: ControllerManagerState, ctx: Context) {
    this.state = state;
    this.ctx = ctx;
  }

  get nowUs(): number {
    return this.ctx.nowUs;
  }

  get unixUs(): number {
    return this.ctx.unixUs;
  }

  get random(): Context['random'] {
    return this.ctx.random;
  }

  informer(name: string): Informer {
    return this.state.client.informer(name);
  }

  option(name: string): number {
    const value = this.state.options.numbers[name];
    assert(value !== undefined, `kube-controller-manager has no flag --${name}`);
    return value;
  }

  text(name: string): string {
    const value = this.state.options.texts[name];
    assert(value !== undefined, `kube-controller-manager has no flag --${name}`);
    return value;
  }
}

/** The manager's own name, and that of one controller. */
function identityOf(options: Options, suffix: string, serviceAccount: string | undefined): Identity {
  const credentials: Credentials = serviceAccount === undefined
    ? { user: 'system:kube-controller-manager', groups: ['system:authenticated'] }
    : { user: `system:serviceaccount:kube-system:${serviceAccount}`, groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'] };
  const { 'kube-api-qps': qps = 0, 'kube-api-burst': burst = 0 } = options.numbers;
  return { userAgent: `${USER_AGENT}/${suffix}`, credentials, qps, burst };
}

const SAME_RATE = { qps: 1, burst: 1 };

function settingsOf(controller: Controller, options: Options): RunSettings {
  const serviceAccount = controller.serviceAccount ?? controller.name;
  const { workersOption, periodOption, rateFactors = SAME_RATE } = controller;
  const identity = serviceAccount === '' ? identityOf(options, controller.name, undefined) : identityOf(options, `system:serviceaccount:kube-system:${serviceAccount}`, serviceAccount);
  return {
    identity: { ...identity, qps: identity.qps * rateFactors.qps, burst: identity.burst * rateFactors.burst },
    workers: (workersOption === undefined ? undefined : options.numbers[workersOption]) ?? controller.workers,
    periodUs: (periodOption === undefined ? undefined : options.numbers[periodOption]) ?? controller.periodUs ?? 0,
  };
}

/** --controllers: `*` for all, `name` for one, `-name` for all but one. */
function isEnabled(name: string, list: string): boolean {
  const names = list.split(',').map((item) => item.trim());
  if (names.includes(`-${name}`)) return false;
  return names.includes(name) || names.includes('*');
}

function init(controllers: readonly Controller[], args: ControllerManagerArgs): ControllerManagerState {
  const options = parseOptions(args.flags ?? {});
  const enabled = controllers.filter((controller) => isEnabled(controller.name, options.texts['controllers'] ?? '*'));
  const client = new ApiClient<Tag>(identityOf(options, 'shared-informers', undefined));
  return new ControllerManagerState(args, options, client, enabled.map((controller) => new ControllerRun(controller, settingsOf(controller, options))));
}

/** The handling of one message. */
class Handler {
  private readonly state: ControllerManagerState;
  private readonly around: Surroundings;
  /** Controllers whose queues may have got something. */
  private readonly touched: ControllerRun[] = [];

  constructor(state: ControllerManagerState, ctx: Context) {
    this.state = state;
    this.around = { ctx, scope: new CacheScope(state, ctx), client: state.client };
  }

  handle(message: Message): void {
    switch (message.type) {
      case 'start': this.start(); break;
      case 'sync': this.run(message.controller).sync(message.key, this.around); break;
      case 'queue-timer': this.onQueueTimer(message); break;
      case 'period': this.run(message.controller).onPeriod(this.around); break;
      case 'pause-over': this.run(message.controller).onPauseOver(message.key, this.around); break;
      case 'event-retry': this.onEventRetry(message); break;
      case 'lease-attempt': case 'lease-timeout': this.onLeadership(this.state.leader?.onTimer(message, this.around.ctx, this.sendLease)); break;
      case 'api-response': case 'watch-event': case 'watch-end': case 'api-pong': case 'client-tick': case 'informer-retry':
        for (const event of this.state.client.receive(this.around.ctx, message)) this.onClientEvent(event);
        break;
      default: unreachable(message);
    }
    for (const run of this.touched) run.work(this.around);
  }

  private run(name: string): ControllerRun {
    const run = this.state.runs.get(name);
    assert(run !== undefined, `no controller ${name}`);
    return run;
  }

  private start(): void {
    const { state } = this;
    const { ctx } = this.around;
    // What the server held open for an earlier life of this process is gone.
    ctx.send(API_SERVER, { type: 'api-connect' });
    if (!state.options.numbers['leader-elect']) {
      this.lead();
      return;
    }
    const { numbers, texts } = state.options;
    state.leader = new LeaderLoop({
      namespace: texts['leader-elect-resource-namespace'] ?? '', name: texts['leader-elect-resource-name'] ?? '', identity: `${HOSTNAME}_${uuid(ctx)}`,
      leaseDurationUs: numbers['leader-elect-lease-duration'] ?? 0, renewDeadlineUs: numbers['leader-elect-renew-deadline'] ?? 0,
      retryPeriodUs: numbers['leader-elect-retry-period'] ?? 0,
    });
    state.leader.begin(ctx, this.sendLease);
  }

  // ---- leadership ----

  private readonly sendLease = (spec: RequestSpec, attempt: number): void => {
    const { state: { client, options }, around: { ctx } } = this;
    client.request(ctx, spec, { kind: 'lease', attempt }, { ...identityOf(options, LEASE_EVENTS, undefined), qps: 0 });
  };

  private onLeadership(change: LeadershipChange): void {
    const { state, around: { ctx } } = this;
    if (change === 'elected' && state.leader) this.onElected(state.leader.elector);
    // The real process exits when it loses the lease; whoever runs it starts it again, as a new candidate with empty caches.
    if (change === 'lost') ctx.spawn(ctx.self, state.args);
  }

  private onElected(elector: LeaderElector): void {
    const { state, around } = this;
    if (elector.lease) {
      state.leaseEvents.record({ about: elector.lease, type: 'Normal', reason: 'LeaderElection', message: `${elector.config.identity} became leader` }, around.ctx, around.ctx.messageId);
      this.sendLeaseEvents();
    }
    this.lead();
  }

  private sendLeaseEvents(): void {
    const { state, around: { ctx, client } } = this;
    const spec = state.leaseEvents.next(ctx);
    if (spec) client.request(ctx, spec, { kind: 'event', controller: LEASE_EVENTS }, identityOf(state.options, LEASE_EVENTS, undefined));
  }

  /** Fills the caches; each controller starts when its own are filled. */
  private lead(): void {
    for (const name of this.state.listeners.keys()) {
      const spec = INFORMERS.get(name);
      assert(spec !== undefined, `no informer for ${name}`);
      if (isServed(spec)) this.state.client.watch(this.around.ctx, spec);
      else this.state.client.informers.set(name, emptyInformer(spec));
    }
    for (const run of this.state.runs.values()) this.startIfSynced(run);
  }

  private startIfSynced(run: ControllerRun): void {
    const { client } = this.state;
    if (!run.started && run.controller.watches.every((name) => client.informer(name).synced)) run.start(this.around);
  }

  // ---- the client's events ----

  private onClientEvent(event: ClientEvent<Tag>): void {
    switch (event.kind) {
      case 'change': this.onChange(event.change); break;
      case 'synced': this.onSynced(event.informer); break;
      case 'response': {
        const { tag, response } = event;
        switch (tag.kind) {
          case 'write': this.run(tag.controller).onAnswer(tag.key, tag.index, response, this.around); break;
          case 'event': this.onEventAnswer(tag.controller, event); break;
          case 'lease': this.onLeadership(this.state.leader?.onAnswer(tag.attempt, response.code, response.body as ApiObject, this.around.ctx, this.sendLease)); break;
        }
      }
    }
  }

  private onChange(change: Change): void {
    const { ctx, scope } = this.around;
    const runs = this.state.listeners.get(change.informer) ?? this.state.customListeners;
    // One closure for all of them: pods have a dozen listeners, and most have nothing to add.
    let current = runs[0] as ControllerRun;
    const enqueue: Enqueue = (key, delayUs) => {
      current.enqueue(ctx, key, delayUs);
      this.touch(current);
    };
    for (const run of runs) {
      current = run;
      run.controller.onChange(change, run.state, scope, enqueue);
    }
    if (change.informer === DEFINITIONS) this.followDefinition(change);
  }

  /** Watches custom resources while their definition is established. */
  private followDefinition({ type, object }: Change): void {
    const { state: { client, customListeners }, around: { ctx } } = this;
    if (customListeners.length === 0) return;
    const name = object.metadata.name ?? '';
    const gvr = type === 'deleted' ? undefined : customResources(object)[0]?.gvr;
    const known = client.informers.get(name)?.spec.gvr;
    if (known?.version === gvr?.version) return;
    client.unwatch(ctx, name);
    if (gvr) client.watch(ctx, { name, gvr, indexers: CUSTOM_INDEXERS });
  }

  private touch(run: ControllerRun): void {
    if (!this.touched.includes(run)) this.touched.push(run);
  }

  private onSynced(informer: string): void {
    for (const run of this.state.listeners.get(informer) ?? []) this.startIfSynced(run);
  }

  private onEventAnswer(controller: string, { response }: ClientEvent<Tag> & { readonly kind: 'response' }): void {
    if (controller !== LEASE_EVENTS) {
      this.run(controller).onEventAnswer(response, this.around);
      return;
    }
    const delayUs = this.state.leaseEvents.onAnswer(response.code, this.around.ctx);
    const timer: EventRetryTimer = { type: 'event-retry', controller };
    if (delayUs > 0) this.around.ctx.after(delayUs, timer);
    else this.sendLeaseEvents();
  }

  private onEventRetry(timer: EventRetryTimer): void {
    if (timer.controller === LEASE_EVENTS) this.sendLeaseEvents();
    else this.run(timer.controller).sendEvents(this.around);
  }

  private onQueueTimer(timer: QueueTimer): void {
    const run = this.run(timer.queue);
    run.queue.onTimer(timer, this.around.ctx.messageId);
    this.touch(run);
  }
}

/** Whether discovery lists the resource. */
function isServed({ gvr }: InformerSpec): boolean {
  return byResource(gvr.group, gvr.version, gvr.resource) !== undefined;
}

/** What a controller sees of a resource that the server does not have. */
function emptyInformer(spec: InformerSpec): Informer {
  const informer = new Informer(spec);
  informer.synced = true;
  return informer;
}

function uuid(ctx: Context): string {
  const hex = Array.from({ length: 4 }, () => ctx.random.uint32().toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** The actor with these controllers. Its arguments: ControllerManagerArgs; bad flags throw OptionError. */
export function controllerManagerOf(controllers: readonly Controller[]): Actor<ControllerManagerState, Message> {
  return {
    kind: CONTROLLER_MANAGER,
    init: (_id: ActorId, args: unknown) => init(controllers, (args ?? {}) as ControllerManagerArgs),
    receive: (state, message, ctx) => new Handler(state, ctx).handle(message),
    clone: (state) => state.clone(),
  };
}

/** kube-controller-manager with all its controllers. */
export const controllerManager = controllerManagerOf(CONTROLLERS);
