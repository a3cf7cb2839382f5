import { assert } from '../../base/assert.ts';
import { deepFreeze } from '../../base/freeze.ts';
import { Prng } from '../../base/prng.ts';
import { kindOf } from './actor.ts';
import type { Actor, ActorId, Body, Context, Explanation, LinkFault, MessageId, TimerId } from './actor.ts';
import { DEFAULT_LATENCY, drawUs, faultedUs, latencyOf } from './latency.ts';
import type { KindLatency, LatencyTable } from './latency.ts';
import { EventQueue } from './queue.ts';
import type { PendingSnapshot } from './queue.ts';
import { FATE_DELIVERED, FATE_LOST, Trace } from './trace.ts';

export interface KernelConfig {
  readonly seed: number;
  /** Microseconds since 1970 at virtual time 0. */
  readonly epochUs: number;
  readonly actors: readonly Actor[];
  readonly latency?: LatencyTable;
  readonly traceLimit?: number;
  /** Freezes every message in depth (development and tests): whoever writes to shared data is caught in the act. */
  readonly freeze?: boolean;
}

interface Slot {
  readonly id: ActorId;
  readonly actor: Actor;
  state: unknown;
  running: boolean;
  /** Counts lives: what was sent to an earlier life is lost. */
  epoch: number;
  random: Prng;
  jitter: Prng;
  /** Where it has sent to, by the receiver's id. */
  links: Map<ActorId, Link>;
  byKind: Map<string, KindLatency>;
  /** What the last checkpoint saved of it; undefined once it has received anything since. */
  saved: SlotSnapshot | undefined;
}

/** What a sender knows of a receiver. */
interface Link {
  readonly to: number;
  readonly latency: KindLatency;
  /** Latest arrival, to keep order on the link; in the past it says nothing. */
  arrivalUs: number;
}

interface SlotSnapshot {
  readonly id: ActorId;
  readonly state: unknown;
  readonly running: boolean;
  readonly epoch: number;
  readonly random: Prng;
  readonly jitter: Prng;
  readonly arrivals: ReadonlyMap<number, number>;
}

/** A world at one moment. Containers are copied, API objects and messages shared. */
export interface Checkpoint {
  readonly nowUs: number;
  readonly lastId: MessageId;
  readonly delivered: number;
  readonly pending: PendingSnapshot;
  readonly slots: readonly SlotSnapshot[];
  readonly faults: ReadonlyMap<string, LinkFault>;
  readonly held: readonly Held[];
}

/** A message that waits at a cut link. */
interface Held {
  readonly id: MessageId;
  readonly from: number;
  readonly to: number;
  readonly epoch: number;
  readonly sentUs: number;
  readonly cause: MessageId;
  readonly during: MessageId;
  readonly body: Body;
}

/** An advance delivered more events than it was allowed to: something sends messages in a circle. */
export class EventBudgetError extends Error {
  constructor(budget: number, nowUs: number, busiest: string) {
    super(`more than ${budget} events up to ${nowUs} µs; most were ${busiest}`);
    this.name = 'EventBudgetError';
  }
}

/**
 * The simulation kernel: delivers messages between plain-data actors in (time, id) order. It knows nothing about
 * Kubernetes. Same seed and same inputs give the same messages, ids and times.
 */
export class Kernel {
  readonly config: KernelConfig;
  readonly trace: Trace;
  nowUs = 0;
  /** Events delivered since the world began; a position in the session. */
  delivered = 0;
  /** Ask actors for explanations that are too large to be made always; never changes state. */
  detail = false;
  private lastMessageId = 0;
  private queue = new EventQueue();
  private slots: Slot[] = [];
  private indexById = new Map<ActorId, number>();
  private faults = new Map<string, LinkFault>();
  private held: readonly Held[] = [];
  private readonly definitions: Map<string, Actor>;
  private readonly context: KernelContext;

  constructor(config: KernelConfig) {
    this.config = config;
    this.trace = new Trace(config.traceLimit);
    this.definitions = new Map(config.actors.map((actor) => [actor.kind, actor]));
    this.context = new KernelContext(this);
  }

  get lastId(): MessageId {
    return this.lastMessageId;
  }

  get pendingCount(): number {
    return this.queue.size;
  }

  nextTimeUs(): number {
    return this.queue.peekTimeUs();
  }

  /** Cause of the next event: a fan-out is the run of events with one cause, one time and one type. */
  nextCause(): MessageId {
    return this.queue.peekCause();
  }

  nextBody(): Body {
    return this.queue.peekBody() as Body;
  }

  actorId(index: number): ActorId {
    return this.slots[index]?.id ?? '';
  }

  get actorCount(): number {
    return this.slots.length;
  }

  actorIds(): readonly ActorId[] {
    return this.slots.map((slot) => slot.id);
  }

  isRunning(id: ActorId): boolean {
    const slot = this.slots[this.indexById.get(id) ?? -1];
    return slot?.running ?? false;
  }

  /** The state of a running actor, to be read only. */
  stateOf(id: ActorId): unknown {
    const slot = this.slots[this.indexById.get(id) ?? -1];
    return slot?.running ? slot.state : undefined;
  }

  linkFaults(): ReadonlyMap<string, LinkFault> {
    return this.faults;
  }

  /** Gives a message from outside to an actor, now. It is the root of all that follows from it. */
  input(to: ActorId, body: Body): MessageId {
    if (!this.indexById.has(to)) this.create(to, undefined);
    const index = this.indexById.get(to) as number;
    return this.enqueue(index, index, this.nowUs, this.nowUs, 0, 0, body);
  }

  /** Delivers the next event; returns its id, or 0 when nothing is pending. */
  step(): MessageId {
    if (!this.queue.pop(Infinity)) return 0;
    this.deliver();
    return this.queue.id;
  }

  /** Delivers all events up to and including `untilUs`, but stops after the delivery number `position`. */
  run(untilUs: number, position: number): void {
    const { queue } = this;
    while (this.delivered < position && queue.pop(untilUs)) this.deliver();
  }

  /** Delivers all events up to and including `untilUs` and sets the clock there. At most `budget` events. */
  runUntil(untilUs: number, budget = 50_000_000): void {
    this.run(untilUs, this.delivered + budget);
    if (this.queue.peekTimeUs() <= untilUs) throw new EventBudgetError(budget, this.nowUs, this.busiest());
    this.nowUs = Math.max(this.nowUs, untilUs);
  }

  checkpoint(): Checkpoint {
    return {
      nowUs: this.nowUs, lastId: this.lastMessageId, delivered: this.delivered, pending: this.queue.snapshot(),
      slots: this.slots.map((slot) => this.saveSlot(slot)),
      faults: new Map(this.faults), held: this.held,
    };
  }

  /** Another world that is the same as this one now; what happens in it changes nothing here. Its trace begins empty. */
  copy(): Kernel {
    const copy = new Kernel(this.config);
    copy.restore(this.checkpoint());
    return copy;
  }

  /** Puts the world back to a checkpoint. The trace keeps what it knows of the time after it. */
  restore(checkpoint: Checkpoint): void {
    this.nowUs = checkpoint.nowUs;
    this.lastMessageId = checkpoint.lastId;
    this.delivered = checkpoint.delivered;
    this.queue = EventQueue.restore(checkpoint.pending);
    this.faults = new Map(checkpoint.faults);
    this.held = checkpoint.held;
    this.slots = checkpoint.slots.map((saved) => {
      const actor = this.definitionOf(saved.id);
      return {
        id: saved.id, actor, state: saved.running ? actor.clone(saved.state) : undefined, running: saved.running, epoch: saved.epoch,
        random: saved.random.clone(), jitter: saved.jitter.clone(), links: new Map(), byKind: new Map(),
        saved: saved.arrivals.size === 0 ? saved : undefined,
      };
    });
    this.indexById = new Map(this.slots.map((slot, index) => [slot.id, index]));
    checkpoint.slots.forEach(({ arrivals }, index) => {
      for (const [to, atUs] of arrivals) this.linkTo(this.slots[index] as Slot, this.actorId(to)).arrivalUs = atUs;
    });
  }

  send(from: number, to: ActorId, body: Body, processingUs: number, cause: MessageId, messageId: MessageId): MessageId {
    const slot = this.slots[from] as Slot;
    const link = slot.links.get(to) ?? this.linkTo(slot, to);
    const sentUs = this.nowUs + processingUs;
    let travelUs = drawUs(link.latency, messageId, slot.jitter);
    if (this.faults.size > 0) {
      const fault = this.faultBetween(slot.id, to);
      if (fault?.cut) return this.hold(from, link.to, sentUs, cause, messageId, body, fault.cut === 'held');
      if (fault) travelUs = faultedUs(travelUs, fault);
    }
    const arrivalUs = sentUs + travelUs;
    if (arrivalUs > link.arrivalUs) link.arrivalUs = arrivalUs;
    return this.enqueue(from, link.to, sentUs, link.arrivalUs, cause, messageId, body);
  }

  after(self: number, delayUs: number, body: Body, cause: MessageId, messageId: MessageId): TimerId {
    assert(delayUs >= 0, `negative delay ${delayUs}`);
    return this.enqueue(self, self, this.nowUs, this.nowUs + Math.round(delayUs), cause, messageId, body);
  }

  cancel(timer: TimerId): void {
    if (this.queue.cancel(timer)) this.trace.setFate(timer, FATE_LOST);
  }

  spawn(id: ActorId, args: unknown, cause: MessageId, messageId: MessageId = 0): void {
    const index = this.create(id, args);
    this.enqueue(index, index, this.nowUs, this.nowUs, cause, messageId, START);
  }

  halt(id: ActorId): void {
    const slot = this.slots[this.indexById.get(id) ?? -1];
    if (!slot?.running) return;
    slot.running = false;
    slot.state = undefined;
    slot.epoch++;
    slot.saved = undefined;
  }

  setLinkFault(a: ActorId, b: ActorId, fault: LinkFault | undefined): void {
    const key = linkKey(a, b);
    if (fault) this.faults.set(key, fault);
    else this.faults.delete(key);
    this.held = this.held.filter((message) => !this.release(message));
  }

  private create(id: ActorId, args: unknown): number {
    const actor = this.definitionOf(id);
    const index = this.indexById.get(id);
    const slot = index === undefined ? undefined : this.slots[index];
    if (slot && index !== undefined) {
      slot.epoch++;
      slot.saved = undefined;
      slot.state = actor.init(id, args);
      slot.running = true;
      return index;
    }
    this.slots.push({
      id, actor, state: actor.init(id, args), running: true, epoch: 0, links: new Map(), byKind: new Map(), saved: undefined,
      random: Prng.stream(this.config.seed, id), jitter: Prng.stream(this.config.seed, `${id} latency`),
    });
    this.indexById.set(id, this.slots.length - 1);
    return this.slots.length - 1;
  }

  /** An actor that nothing has reached since the last checkpoint is as it was then: of 4,000 most sleep most of the time. */
  private saveSlot(slot: Slot): SlotSnapshot {
    if (slot.saved) return slot.saved;
    const { id, running, epoch, random, jitter } = slot;
    const arrivals = arrivalsAfter(slot, this.nowUs);
    const saved = { id, state: running ? slot.actor.clone(slot.state) : undefined, running, epoch, random: random.clone(), jitter: jitter.clone(), arrivals };
    // What is still on its way then will have arrived at the next one.
    if (arrivals.size === 0) slot.saved = saved;
    return saved;
  }

  /** Hands the event that the queue gave out to its receiver. */
  private deliver(): void {
    const { queue, trace } = this;
    this.nowUs = queue.timeUs;
    const slot = this.slots[queue.to] as Slot;
    const isLost = !slot.running || slot.epoch !== queue.epoch;
    trace.delivered(++this.delivered, queue.id, isLost ? FATE_LOST : FATE_DELIVERED);
    if (isLost) return;
    slot.saved = undefined;
    this.context.begin(slot.id, queue.to, queue.from, queue.id, slot.random);
    slot.actor.receive(slot.state, queue.body as Body, this.context);
  }

  private enqueue(from: number, to: number, sentUs: number, deliverUs: number, cause: MessageId, during: MessageId, body: Body): MessageId {
    const id = ++this.lastMessageId;
    if (this.config.freeze) deepFreeze(body);
    this.trace.record(id, cause, during, from, to, sentUs, deliverUs, body);
    this.queue.push(deliverUs, id, cause, from, to, (this.slots[to] as Slot).epoch, body, from === to);
    return id;
  }

  /** A cut link loses packets; where TCP sends them again, the message waits for the link to be mended. */
  private hold(from: number, to: number, sentUs: number, cause: MessageId, during: MessageId, body: Body, isHeld: boolean): MessageId {
    const id = ++this.lastMessageId;
    if (this.config.freeze) deepFreeze(body);
    this.trace.record(id, cause, during, from, to, sentUs, Infinity, body);
    if (isHeld) this.held = [...this.held, { id, from, to, epoch: (this.slots[to] as Slot).epoch, sentUs, cause, during, body }];
    else this.trace.setFate(id, FATE_LOST);
    return id;
  }

  /** Sends a held message on if its link is no longer cut. What was meant for an earlier life of the receiver is lost. */
  private release({ id, from, to, epoch, sentUs, cause, during, body }: Held): boolean {
    const slot = this.slots[from] as Slot;
    if (this.faultBetween(slot.id, this.actorId(to))?.cut) return false;
    const link = this.linkTo(slot, this.actorId(to));
    link.arrivalUs = Math.max(link.arrivalUs, this.nowUs + link.latency.baseUs);
    this.trace.record(id, cause, during, from, to, sentUs, link.arrivalUs, body);
    this.queue.push(link.arrivalUs, id, cause, from, to, epoch, body, false);
    return true;
  }

  private linkTo(slot: Slot, to: ActorId): Link {
    const index = this.indexById.get(to);
    if (index === undefined) throw new Error(`${slot.id} sends to ${to}, which does not exist`);
    const link: Link = { to: index, latency: this.latencyTo(slot, (this.slots[index] as Slot).actor.kind), arrivalUs: 0 };
    slot.links.set(to, link);
    return link;
  }

  private latencyTo(slot: Slot, toKind: string): KindLatency {
    let latency = slot.byKind.get(toKind);
    if (!latency) {
      const { baseUs, jitterUs } = latencyOf(this.config.latency ?? DEFAULT_LATENCY, slot.actor.kind, toKind);
      latency = { baseUs, jitterUs, drawnFor: 0, drawnUs: 0 };
      slot.byKind.set(toKind, latency);
    }
    return latency;
  }

  private faultBetween(a: ActorId, b: ActorId): LinkFault | undefined {
    return this.faults.get(linkKey(a, b)) ?? this.faults.get(linkKey(kindOf(a), kindOf(b)));
  }

  private definitionOf(id: ActorId): Actor {
    const actor = this.definitions.get(kindOf(id));
    if (!actor) throw new Error(`no actor of kind ${kindOf(id)} is defined`);
    return actor;
  }

  /** The commonest kind of the last thousand messages, for the error that says the budget ran out. */
  private busiest(): string {
    const counts = new Map<string, number>();
    for (let id = Math.max(1, this.lastMessageId - 1000); id <= this.lastMessageId; id++) {
      const entry = this.trace.get(id);
      if (!entry) continue;
      const name = `${entry.body.type} from ${this.actorId(entry.from)} to ${this.actorId(entry.to)}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return [...counts].sort((x, y) => y[1] - x[1])[0]?.[0] ?? 'unknown';
  }
}

const START: Body = { type: 'start' };

/** By receiver, in an order that doesn't depend on what was sent before the last checkpoint. */
function arrivalsAfter({ links }: Slot, nowUs: number): ReadonlyMap<number, number> {
  const arrivals: [number, number][] = [];
  for (const { to, arrivalUs } of links.values()) if (arrivalUs > nowUs) arrivals.push([to, arrivalUs]);
  return new Map(arrivals.length > 1 ? arrivals.sort(([a], [b]) => a - b) : arrivals);
}

function linkKey(a: ActorId, b: ActorId): string {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}

/** One object reused for all receives: actors must not keep it. */
class KernelContext implements Context {
  self: ActorId = '';
  messageId: MessageId = 0;
  from: ActorId = '';
  cause: MessageId = 0;
  random: Prng = Prng.stream(0, '');
  private index = 0;
  private explained = false;
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  get nowUs(): number {
    return this.kernel.nowUs;
  }

  get unixUs(): number {
    return this.kernel.config.epochUs + this.kernel.nowUs;
  }

  get detail(): boolean {
    return this.kernel.detail;
  }

  begin(self: ActorId, index: number, from: number, id: MessageId, random: Prng): void {
    this.self = self;
    this.index = index;
    this.from = from === index ? self : this.kernel.actorId(from);
    this.messageId = id;
    this.cause = id;
    this.random = random;
    this.explained = false;
  }

  send(to: ActorId, body: Body, processingUs = 0): MessageId {
    return this.kernel.send(this.index, to, body, processingUs, this.cause, this.messageId);
  }

  after(delayUs: number, body: Body): TimerId {
    return this.kernel.after(this.index, delayUs, body, this.cause, this.messageId);
  }

  cancel(timer: TimerId): void {
    this.kernel.cancel(timer);
  }

  explain(explanation: Explanation): void {
    this.kernel.trace.explain(this.messageId, explanation, !this.explained);
    this.explained = true;
  }

  spawn(id: ActorId, args?: unknown): void {
    this.kernel.spawn(id, args, this.cause, this.messageId);
  }

  halt(id: ActorId): void {
    this.kernel.halt(id);
  }

  exists(id: ActorId): boolean {
    return this.kernel.isRunning(id);
  }

  setLinkFault(a: ActorId, b: ActorId, fault: LinkFault | undefined): void {
    this.kernel.setLinkFault(a, b, fault);
  }
}
