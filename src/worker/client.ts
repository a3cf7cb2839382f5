import { whenGone } from './life.ts';
import type { Answer, Command, Failure, FromWorker, Query, Reply, ReplyEnvelope, SavedSession, Update, UserInput, WorldConfig } from './protocol.ts';

/** Thrown when the world refused or could not do what was asked; `what` is a code for the page to word. */
export class WorldFailure extends Error {
  readonly what: string;

  constructor(failure: Failure) {
    super(failure.detail || failure.what);
    this.name = 'WorldFailure';
    this.what = failure.what;
  }
}

/** What a command is answered with when its worker was replaced before it answered. */
export class Abandoned extends Error {
  constructor() {
    super('the worker was replaced');
    this.name = 'Abandoned';
  }
}

export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: ((event: { readonly data: FromWorker }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
}

interface Waiting { resolve(reply: Reply): void; reject(error: Error): void }

/** What the page does about a worker. Times in ms of the wall clock. */
export interface WorkerCare {
  create(): WorkerLike;
  /** The worker is gone; '' if nothing said why. */
  onDeath(reason: string): void;
  /** Nothing has been answered for SLOW_MS although something was asked; false with the next answer. */
  onSlow(slow: boolean): void;
  /** Resolves when whoever holds the lock is gone, unless aborted. */
  readonly whenGone?: (lock: string, signal: AbortSignal) => Promise<void>;
}

/** A worker that answers nothing for so long is computing, or stuck: it is said, and left to the visitor. */
export const SLOW_MS = 4_000;

/**
 * The page's side: commands as promises. A worker that dies rejects what was under way and calls `onDeath`; `restart`
 * makes a new one, which has to be opened with the saved session.
 */
export class WorldClient {
  private worker: WorkerLike;
  private nextId = 1;
  private waiting = new Map<number, Waiting>();
  private readonly care: WorkerCare;
  private watching = new AbortController();
  private slow = false;
  private slowTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(care: WorkerCare) {
    this.care = care;
    this.worker = this.start();
  }

  open(config: WorldConfig, session: SavedSession | undefined): Promise<Update> {
    return this.update({ type: 'open', config, session });
  }

  input(input: UserInput): Promise<Update> {
    return this.update({ type: 'input', input });
  }

  /** Any command that moves the world. */
  async update(command: Exclude<Command, { readonly type: 'save' | 'query' }>): Promise<Update> {
    const reply = await this.send(command);
    if (reply.type === 'update') return reply;
    throw new Error(`the worker answered ${command.type} with ${reply.type}`);
  }

  async query<A extends Answer['type']>(query: Query & { readonly type: A }): Promise<Extract<Answer, { readonly type: A }>> {
    const reply = await this.send({ type: 'query', query });
    if (reply.type === query.type) return reply as Extract<Answer, { readonly type: A }>;
    throw new Error(`the worker answered the question ${query.type} with ${reply.type}`);
  }

  async save(): Promise<SavedSession> {
    const reply = await this.send({ type: 'save' });
    if (reply.type === 'saved') return reply.session;
    throw new Error(`the worker answered save with ${reply.type}`);
  }

  restart(): void {
    this.watching.abort();
    this.worker.terminate();
    this.abandon(new Abandoned());
    this.worker = this.start();
  }

  private start(): WorkerLike {
    this.watching = new AbortController();
    const worker = this.care.create();
    worker.onmessage = ({ data }) => {
      if ('lock' in data) this.watch(data.lock);
      else this.receive(data);
    };
    worker.onerror = (event) => this.died(event.message ?? '');
    return worker;
  }

  private watch(lock: string): void {
    const { signal } = this.watching;
    (this.care.whenGone ?? whenGone)(lock, signal).then(() => { if (!signal.aborted) this.died(''); }, () => undefined);
  }

  /** Once for each worker: one that threw may close itself as well. */
  private died(reason: string): void {
    if (this.watching.signal.aborted) return;
    this.watching.abort();
    this.abandon(new Error(reason || 'the worker ended'));
    this.care.onDeath(reason);
  }

  private send(command: Command): Promise<Reply> {
    const id = this.nextId++;
    return new Promise<Reply>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.slowTimer ??= this.startSlowTimer();
      this.worker.postMessage({ id, command });
    });
  }

  private receive({ id, reply }: ReplyEnvelope): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    this.answered();
    if (reply.type !== 'failure') return waiting?.resolve(reply);
    waiting?.reject(new WorldFailure(reply));
    if (reply.what === 'crashed') this.care.onDeath(reply.detail);
  }

  private startSlowTimer(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.setSlow(true), SLOW_MS);
  }

  /** Any answer is a sign of life: what still waits has only just had its turn. */
  private answered(): void {
    clearTimeout(this.slowTimer);
    this.slowTimer = this.waiting.size > 0 ? this.startSlowTimer() : undefined;
    this.setSlow(false);
  }

  private setSlow(slow: boolean): void {
    if (slow === this.slow) return;
    this.slow = slow;
    this.care.onSlow(slow);
  }

  private abandon(reason: Error): void {
    for (const waiting of this.waiting.values()) waiting.reject(reason);
    this.waiting.clear();
    this.answered();
  }
}
