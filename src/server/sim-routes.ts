// What a served world offers besides Kubernetes: its clock, its inputs, its trace.
import type { ServerResponse } from 'node:http';
import type { Body } from '../sim/kernel/actor.ts';
import type { WorldServer } from './world-server.ts';

const QUIET_STEP_US = 1_000_000;
const QUIET_STEPS_MAX = 3_600;

interface Answer { readonly code: number; readonly body: unknown }
const ok = (body: unknown): Answer => ({ code: 200, body });
const bad = (message: string): Answer => ({ code: 400, body: { message } });

export function serveSim(world: WorldServer, method: string, url: string, body: string, response: ServerResponse): void {
  const { code, body: answer } = route(world, method, new URL(url, 'http://localhost'), body);
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(answer)}\n`);
}

function route(world: WorldServer, method: string, url: URL, body: string): Answer {
  const [what = '', namespace = '', pod = ''] = url.pathname.slice('/sim/v1/'.length).split('/');
  switch (`${method} ${what}`) {
    case 'POST advance': return advance(world, body);
    case 'POST inputs': return input(world, body);
    case 'GET hash': return ok({ hash: world.hash(), nowUs: world.kernel.nowUs, delivered: world.kernel.delivered });
    case 'GET trace': return ok(trace(world, Number(url.searchParams.get('from') ?? 1), Number(url.searchParams.get('limit') ?? 1000)));
    case 'GET scheduling': return ok(attempts(world, `${namespace}/${pod}`));
    default: return { code: 404, body: { message: 'there are: POST advance, POST inputs, GET hash, GET trace, GET scheduling/{namespace}/{pod}' } };
  }
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(body || '{}') as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}

/** `{"seconds": 60}`, or `{"until": "quiet"}`: until nothing but leases was written for ten seconds. */
function advance(world: WorldServer, body: string): Answer {
  const wish = parsed(body);
  const seconds = wish?.['seconds'];
  if (typeof seconds === 'number' && seconds >= 0) world.advance(Math.round(seconds * 1_000_000));
  else if (wish?.['until'] === 'quiet') untilQuiet(world);
  else return bad('advance takes {"seconds": NUMBER} or {"until": "quiet"}');
  return ok({ nowUs: world.kernel.nowUs, delivered: world.kernel.delivered });
}

function untilQuiet(world: WorldServer): void {
  let silent = 0;
  for (let i = 0; i < QUIET_STEPS_MAX && silent < 10; i++) {
    const before = world.kernel.lastId;
    world.advance(QUIET_STEP_US);
    silent = wroteSince(world, before) ? 0 : silent + 1;
  }
}

function wroteSince(world: WorldServer, id: number): boolean {
  for (let i = id + 1; i <= world.kernel.lastId; i++) {
    const body = world.kernel.trace.get(i)?.body as (Body & { readonly verb?: string; readonly resource?: string }) | undefined;
    if (body?.type === 'api-request' && body.resource !== 'leases' && body.resource !== 'events' && body.verb !== 'get' && body.verb !== 'list' && body.verb !== 'watch') return true;
  }
  return false;
}

/** `{"to": "cluster", "body": {"type": "node-stop", "node": "node-1"}}`. */
function input(world: WorldServer, body: string): Answer {
  const wish = parsed(body);
  const message = wish?.['body'] as Body | undefined;
  if (typeof wish?.['to'] !== 'string' || typeof message?.type !== 'string') return bad('an input is {"to": ACTOR, "body": {"type": …}}');
  world.input(wish['to'], message);
  return ok({ nowUs: world.kernel.nowUs });
}

function trace(world: WorldServer, from: number, limit: number): unknown {
  const entries = [];
  for (let id = Math.max(1, from); id <= world.kernel.lastId && entries.length < Math.min(limit, 10_000); id++) {
    const entry = world.kernel.trace.get(id);
    if (entry) entries.push({ ...entry, from: world.kernel.actorId(entry.from), to: world.kernel.actorId(entry.to) });
  }
  return { lastId: world.kernel.lastId, entries };
}

function attempts(world: WorldServer, pod: string): unknown {
  const found = [];
  for (let id = 1; id <= world.kernel.lastId; id++) {
    for (const explanation of world.kernel.trace.get(id)?.explanations ?? []) {
      const summary = (explanation as unknown as { readonly summary?: { readonly pod?: string } }).summary;
      if (explanation.about === 'attempt' && summary?.pod === pod) found.push({ messageId: id, ...explanation });
    }
  }
  return { pod, attempts: found };
}
