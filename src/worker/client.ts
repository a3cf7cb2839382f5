import type { Answer, Command, Failure, Query, Reply, ReplyEnvelope, SavedSession, Update, UserInput, WorldConfig } from './protocol.ts';

/** Thrown when the world refused or could not do what was asked; `what` is a code for the page to word. */
export class WorldFailure extends Error {
  readonly what: string;

  constructor(failure: Failure) {
    super(failure.detail || failure.what);
    this.name = 'WorldFailure';
    this.what = failure.what;
  }
}

export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: ((event: { readonly data: ReplyEnvelope }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
}

interface Waiting { resolve(reply: Reply): void; reject(error: Error): void }

/**
 * The page's side: commands as promises. A worker that dies rejects what was under way and calls `onDeath`; `restart`
 * makes a new one, which has to be opened with the saved session.
 */
export class WorldClient {
  private worker: WorkerLike;
  private nextId = 1;
  private waiting = new Map<number, Waiting>();
  private readonly create: () => WorkerLike;
  private readonly onDeath: (reason: string) => void;

  constructor(create: () => WorkerLike, onDeath: (reason: string) => void) {
    this.create = create;
    this.onDeath = onDeath;
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
    this.worker.terminate();
    this.abandon('restarted');
    this.worker = this.start();
  }

  private start(): WorkerLike {
    const worker = this.create();
    worker.onmessage = (event) => this.receive(event.data);
    worker.onerror = (event) => {
      this.abandon(event.message ?? 'the worker stopped');
      this.onDeath(event.message ?? '');
    };
    return worker;
  }

  private send(command: Command): Promise<Reply> {
    const id = this.nextId++;
    return new Promise<Reply>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, command });
    });
  }

  private receive({ id, reply }: ReplyEnvelope): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (reply.type !== 'failure') return waiting?.resolve(reply);
    waiting?.reject(new WorldFailure(reply));
    if (reply.what === 'crashed') this.onDeath(reply.detail);
  }

  private abandon(reason: string): void {
    for (const waiting of this.waiting.values()) waiting.reject(new Error(reason));
    this.waiting.clear();
  }
}
