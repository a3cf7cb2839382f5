import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { Session } from '../session.ts';
import type { Actor, Body, Context, MessageId } from './actor.ts';
import { hashWorld } from './hash.ts';
import { EventBudgetError, Kernel } from './kernel.ts';
import { FATE_LOST } from './trace.ts';

interface Token extends Body { readonly type: 'token'; readonly hops: number }
interface Tick extends Body { readonly type: 'tick' }
interface PlayerState { received: number; sum: number; seen: Map<string, number> }

/** Passes tokens to random others, keeps a clock and counts what it saw: enough state to notice any difference. */
const player: Actor<PlayerState, Token | Tick | { readonly type: 'start' }> = {
  kind: 'player',
  init: () => ({ received: 0, sum: 0, seen: new Map() }),
  receive(state, message, ctx: Context) {
    state.received++;
    switch (message.type) {
      case 'start': ctx.after(1000 + ctx.random.below(5000), { type: 'tick' }); break;
      case 'tick': if (state.received < 200) ctx.after(2000 + ctx.random.below(3000), { type: 'tick' }); break;
      case 'token': pass(state, message, ctx); break;
    }
  },
  clone: (state) => ({ ...state, seen: new Map(state.seen) }),
};

function pass(state: PlayerState, message: Token, ctx: Context): void {
  state.sum += ctx.random.below(1000);
  state.seen.set(ctx.from, (state.seen.get(ctx.from) ?? 0) + 1);
  if (message.hops === 0) return;
  const next: Token = { type: 'token', hops: message.hops - 1 };
  ctx.send(`player/${ctx.random.below(5)}`, next, ctx.random.below(50));
  ctx.explain({ about: 'pass' });
}

const table: Actor<{ players: number }, Body> = {
  kind: 'table',
  init: () => ({ players: 0 }),
  receive(state, message, ctx) {
    if (message.type === 'boot') for (; state.players < 5; state.players++) ctx.spawn(`player/${state.players}`);
    if (message.type === 'deal') ctx.send('player/0', { type: 'token', hops: 40 } as Token);
    if (message.type === 'stop') ctx.halt('player/1');
    if (message.type === 'cut') ctx.setLinkFault('player/2', 'player/3', { cut: 'held' });
    if (message.type === 'mend') ctx.setLinkFault('player/2', 'player/3', undefined);
    if (message.type === 'slow') ctx.setLinkFault('player', 'player', { factor: 10, extraUs: 5 });
  },
  clone: (state) => ({ ...state }),
};

function newSession(seed: number): Session {
  const kernel = new Kernel({ seed, epochUs: 0, actors: [player as Actor, table as Actor], freeze: true });
  const session = new Session(kernel);
  session.input('table', { type: 'boot' });
  return session;
}

function play(session: Session): void {
  session.input('table', { type: 'deal' });
  session.runUntil(8_000);
  session.input('table', { type: 'slow' });
  session.runUntil(30_000);
  session.input('table', { type: 'deal' });
  session.runUntil(400_000);
}

describe('kernel', () => {
  it('gives the same world for the same seed and inputs, and another for another seed', () => {
    const [a, b, c] = [newSession(1), newSession(1), newSession(2)];
    for (const session of [a, b, c]) play(session);
    expect(hashWorld(a.kernel.checkpoint())).toBe(hashWorld(b.kernel.checkpoint()));
    expect(hashWorld(a.kernel.checkpoint())).not.toBe(hashWorld(c.kernel.checkpoint()));
  });

  it('goes on from a checkpoint at 200 random points as the straight run did', () => {
    const straight = newSession(7);
    play(straight);
    const want = hashWorld(straight.kernel.checkpoint());
    const random = Prng.stream(7, 'test');
    for (let i = 0; i < 200; i++) {
      straight.seek(random.below(straight.endPosition));
      const { kernel } = straight;
      kernel.restore(kernel.checkpoint());
      straight.seekTime(400_000);
      expect(hashWorld(kernel.checkpoint())).toBe(want);
    }
  });

  it('leads every message back to exactly one input', () => {
    const session = newSession(3);
    play(session);
    const roots = new Set<MessageId>();
    for (let id = 1; id <= session.kernel.lastId; id++) {
      let entry = session.kernel.trace.get(id);
      while (entry && entry.cause !== 0) entry = session.kernel.trace.get(entry.cause);
      roots.add(entry?.id ?? -1);
    }
    expect(roots.size).toBe(session.log.length);
    expect(roots.has(-1)).toBe(false);
  });

  it('delivers in order of time, then of sending, and keeps order on a link', () => {
    const session = newSession(4);
    play(session);
    const { trace } = session.kernel;
    const latest = new Map<string, number>();
    let lastUs = 0;
    for (let position = 1; position <= trace.lastPosition; position++) {
      const entry = trace.get(trace.idAt(position));
      if (!entry) throw new Error('delivery without a message');
      expect(entry.deliverUs).toBeGreaterThanOrEqual(lastUs);
      lastUs = entry.deliverUs;
      const link = `${entry.from}>${entry.to}`;
      expect(entry.from === entry.to || entry.id > (latest.get(link) ?? 0)).toBe(true);
      latest.set(link, entry.id);
    }
  });

  it('loses what is on the way to a halted actor', () => {
    const session = newSession(5);
    session.input('table', { type: 'deal' });
    session.input('table', { type: 'cut' });
    session.runUntil(5_000);
    session.input('table', { type: 'stop' });
    session.runUntil(100_000);
    const { kernel } = session;
    const lost = Array.from({ length: kernel.lastId }, (_, i) => kernel.trace.get(i + 1)).filter((entry) => entry?.fate === FATE_LOST);
    expect(lost.length).toBeGreaterThan(0);
    for (const entry of lost) {
      const ends = [kernel.actorId(entry?.from ?? 0), kernel.actorId(entry?.to ?? 0)];
      expect(ends.includes('player/1') || (ends.includes('player/2') && ends.includes('player/3'))).toBe(true);
    }
    expect(kernel.isRunning('player/1')).toBe(false);
  });

  it('delivers what waited at a cut link when it is mended, in order', () => {
    const session = newSession(6);
    session.input('table', { type: 'cut' });
    for (let i = 0; i < 5; i++) session.input('table', { type: 'deal' });
    session.runUntil(60_000);
    const { kernel } = session;
    const waiting = Array.from({ length: kernel.lastId }, (_, i) => kernel.trace.get(i + 1)).filter((entry) => entry?.deliverUs === Infinity).map((entry) => entry?.id ?? 0);
    expect(waiting.length).toBeGreaterThan(0);
    session.input('table', { type: 'mend' });
    session.runUntil(400_000);
    const delivered = Array.from({ length: session.endPosition }, (_, i) => kernel.trace.idAt(i + 1)).filter((id) => waiting.includes(id));
    expect(delivered.toSorted((a, b) => a - b)).toEqual(waiting);
  });

  it('stops loudly when events never end', () => {
    const loop: Actor<object, Body> = {
      kind: 'loop', init: () => ({}), clone: (state) => state,
      receive: (_state, message, ctx) => { ctx.after(0, message); },
    };
    const kernel = new Kernel({ seed: 1, epochUs: 0, actors: [loop as Actor] });
    kernel.input('loop', { type: 'spin' });
    expect(() => kernel.runUntil(10, 1000)).toThrow(EventBudgetError);
  });
});

describe('session', () => {
  it('comes back to every position it was at', () => {
    const session = newSession(11);
    const hashes = new Map<number, string>();
    session.input('table', { type: 'deal' });
    while (session.step() !== 0) hashes.set(session.position, hashWorld(session.kernel.checkpoint()));
    for (const position of [3, 50, 10, hashes.size, 20, 1]) {
      session.seek(position);
      expect(hashWorld(session.kernel.checkpoint())).toBe(hashes.get(position));
    }
  });

  it('begins another future when an input is given in the past', () => {
    const session = newSession(12);
    play(session);
    const end = session.endPosition;
    session.seek(20);
    expect(session.input('table', { type: 'stop' })).toBe(true);
    expect(session.endPosition).toBe(20);
    session.runUntil(400_000);
    expect(session.endPosition).not.toBe(end);
    expect(session.log.length).toBe(3);
  });

  it('undoes the last input', () => {
    const [session, other] = [newSession(13), newSession(13)];
    for (const each of [session, other]) {
      each.input('table', { type: 'deal' });
      each.runUntil(5_000);
    }
    session.input('table', { type: 'stop' });
    session.runUntil(50_000);
    session.undo();
    expect(hashWorld(session.kernel.checkpoint())).toBe(hashWorld(other.kernel.checkpoint()));
    expect(session.log.length).toBe(2);
  });
});
