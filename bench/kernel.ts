// The kernel alone, and the way back into the past of a whole cluster.
import { Prng } from '../src/base/prng.ts';
import type { Actor, ActorId, Body } from '../src/sim/kernel/actor.ts';
import { Kernel } from '../src/sim/kernel/kernel.ts';
import { Session } from '../src/sim/session.ts';
import { cpuSeconds } from './lib.ts';
import type { Benchmark } from './lib.ts';
import { MeasuredCluster } from './world.ts';

const ACTORS = 200;
const TOKENS = 2000;
const EVENTS = 3_000_000;

interface Token extends Body { readonly type: 'token' }
const TOKEN: Token = { type: 'token' };
const NAMES: readonly ActorId[] = Array.from({ length: ACTORS }, (_, index) => `relay/${index}`);
const nameOf = (index: number): ActorId => NAMES[index] as ActorId;

/** Passes everything on to another at random, every fourth time to itself later. */
const relay: Actor<{ received: number }, Token> = {
  kind: 'relay',
  init: () => ({ received: 0 }),
  receive(state, token, ctx) {
    state.received++;
    const draw = ctx.random.below(ACTORS * 4);
    if (draw % 4 === 0) ctx.after(1000 + draw, token);
    else ctx.send(nameOf(draw >> 2), token);
  },
  clone: (state) => ({ ...state }),
};

/** Events per second of CPU, with the trace on. */
async function eventsPerSecond(): Promise<number> {
  const kernel = new Kernel({ seed: 1, epochUs: 0, actors: [relay] as readonly Actor[] });
  for (let index = 0; index < TOKENS; index++) kernel.input(nameOf(index % ACTORS), TOKEN);
  const seconds = await cpuSeconds(() => {
    while (kernel.delivered < EVENTS) kernel.step();
  });
  return EVENTS / seconds;
}

const PODS = 1000;
const NODES = 10;
const SESSION_US = 600_000_000;
const SEEKS = 60;

/** The longest of many seeks to random points of a session, in milliseconds. */
function longestSeekMs(): number {
  const { player: session } = played();
  const random = Prng.stream(1, 'seek');
  const durations = Array.from({ length: SEEKS }, () => {
    const startMs = performance.now();
    session.seek(random.below(session.endPosition));
    return performance.now() - startMs;
  });
  return Math.max(...durations);
}

function played(): MeasuredCluster<Session> {
  const cluster = new MeasuredCluster(NODES, (kernel) => new Session(kernel));
  cluster.rollOut(PODS);
  cluster.player.runUntil(SESSION_US);
  return cluster;
}

export const benchmarks: readonly Benchmark[] = [
  { name: 'kernel alone', unit: 'events/s CPU', limit: 2_000_000, better: 'higher', run: eventsPerSecond },
  { name: 'longest of 60 seeks in 10 minutes with 1,000 pods', unit: 'ms', limit: 150, better: 'lower', run: longestSeekMs },
];
