// Plays recorded exchanges against a simulated API server, through the translation that real HTTP clients reach it by.
import { parseTime } from '../../../base/time.ts';
import type { HttpResponse } from '../../../sim/apiserver/http/present.ts';
import type { Credentials } from '../../../sim/apiserver/messages.ts';
import { exchange } from '../../../server/exchange.ts';
import { WorldServer } from '../../../server/world-server.ts';
import { isPlain } from '../controllers/json.ts';
import type { Answer, RecordedRequest, Scenario, Step } from './scenario.ts';
import { Comparison, comparable } from './template.ts';

/** Becomes the field manager `parity`. */
const USER_AGENT = 'parity/1.0';
const ADMIN = { user: 'admin', groups: ['system:masters', 'system:authenticated'] };
const ADMIN_TOKEN = 'admin-token';
const WATCH_STEP_US = 10_000;
const WATCH_MS = 3000;
/** Ages in a few answers count from here. */
const RECORDED_US = parseTime('2026-11-20T12:00:00Z') ?? 0;

export interface Difference { readonly step: number; readonly name: string; readonly text: string }

/** An API server alone, as the recorded one was: nothing else changes objects. It listens where that one did. */
export function recordedServer(): WorldServer {
  return new WorldServer({
    seed: 1, components: ['apiserver'], nodes: [], options: { 'apiserver.advertise-address': '127.0.0.1', 'apiserver.secure-port': '27402' }, unixUs: RECORDED_US,
  });
}

/** All steps of a scenario on a server that has not seen it before, and what differs. */
export function playScenario(world: WorldServer, scenario: Scenario): readonly Difference[] {
  const variables = new Map<string, unknown>();
  const comparison = new Comparison();
  const differences: Difference[] = [];
  for (const [index, step] of scenario.steps.entries()) {
    world.advance((step.settleMs ?? 0) * 1000);
    const answer = perform(world, step, variables);
    for (const [name, path] of Object.entries(step.capture ?? {})) variables.set(name, valueAt(answer.body, path));
    const text = differenceOf(step, answer, comparison);
    if (text !== undefined) differences.push({ step: index, name: step.name, text });
  }
  return differences;
}

function differenceOf({ expect: expected, ...step }: Step, answer: Answer, comparison: Comparison): string | undefined {
  const body = comparable(answer.body, step);
  if (expected.status !== answer.status) return `status: expected ${expected.status}, got ${answer.status} ${JSON.stringify(body).slice(0, 300)}`;
  for (const part of ['contentType', 'warnings', 'allow', 'retryAfter'] as const) {
    const found = comparison.difference(expected[part], answer[part], new Set(), part);
    if (found !== undefined) return found;
  }
  return comparison.difference(step.unordered ? comparable(expected.body, step) : expected.body, body, new Set(step.ignore));
}

function perform(world: WorldServer, step: Step, variables: ReadonlyMap<string, unknown>): Answer {
  const { body, ...rest } = step.request;
  const request = expand(rest, variables) as RecordedRequest;
  const sent = body === undefined ? undefined : expand(body, variables);
  const text = sent === undefined ? '' : typeof sent === 'string' ? sent : JSON.stringify(sent);
  let response: HttpResponse | undefined;
  const lines: string[] = [];
  const watch = exchange(world, { method: request.method, url: request.path, headers: headersOf(request, sent !== undefined), body: text, credentials: credentialsOf(request) }, {
    answer: (answer) => { response = answer; },
    line: (line) => { if (line !== '') lines.push(line); },
    end: () => undefined,
  });
  if (!watch) return answerOf(response ?? { status: 200, headers: { 'content-type': 'application/json' }, body: '' }, lines, step);
  const { events, timeoutMs = WATCH_MS } = step.watch ?? { events: 0 };
  for (let us = 0; us < timeoutMs * 1000 && lines.length < events; us += WATCH_STEP_US) world.advance(WATCH_STEP_US);
  world.stop(watch.requestId);
  return answerOf({ status: 200, headers: { 'content-type': 'application/json' }, body: '' }, lines, step);
}

function headersOf({ headers = {} }: RecordedRequest, hasBody: boolean): Record<string, string | undefined> {
  const all: Record<string, string | undefined> = { 'user-agent': USER_AGENT, accept: 'application/json', 'content-type': hasBody ? 'application/json' : undefined };
  for (const [name, value] of Object.entries(headers)) all[name.toLowerCase()] = value ?? undefined;
  return all;
}

function credentialsOf({ token = ADMIN_TOKEN, as }: RecordedRequest): Credentials {
  const base: Credentials = token === ADMIN_TOKEN ? ADMIN : { user: '', groups: [], token };
  if (!as) return base;
  const { user, groups = [], uid } = as;
  return { ...base, impersonate: { user, groups, ...(uid !== undefined && { uid }) } };
}

function answerOf({ status, headers, body }: HttpResponse, lines: readonly string[], step: Step): Answer {
  const text = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const contentType = text('content-type') ?? '';
  const [allow, retryAfter, warnings] = [text('allow'), text('retry-after'), headers['warning']];
  const isWatch = step.watch !== undefined && status === 200;
  return {
    status, contentType, ...(allow !== undefined && { allow }), ...(retryAfter !== undefined && { retryAfter }), ...(warnings !== undefined && { warnings: warningTexts([warnings].flat().join(', ')) }),
    body: isWatch ? lines.slice(0, step.watch?.events).map((line) => JSON.parse(line) as unknown) : parsed(body, contentType),
  };
}

function parsed(body: string, contentType: string): unknown {
  if (!contentType.includes('json') && !body.startsWith('{')) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}

function warningTexts(header: string): readonly string[] {
  return [...header.matchAll(/\d{3} [^ ]+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'));
}

function valueAt(value: unknown, path: string): unknown {
  if (path === '') return value;
  return path.split('.').reduce<unknown>((at, key) => {
    if (Array.isArray(at)) return at[Number(key)] as unknown;
    return isPlain(at) ? at[key.replaceAll('~1', '.')] : undefined;
  }, value);
}

/** Puts variables in: `${name}`, `{$from: name, $merge: patch}`; and long text, `{$repeat: [text, times]}`. */
function expand(value: unknown, variables: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === 'string') {
    const whole = /^\$\{(\w+)\}$/.exec(value)?.[1];
    return whole === undefined ? value.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => String(variables.get(name))) : variables.get(whole);
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, variables));
  if (!isPlain(value)) return value;
  if ('$from' in value) return merged(variables.get(String(value['$from'])) ?? {}, expand(value['$merge'] ?? {}, variables));
  if ('$repeat' in value) {
    const [text, times] = value['$repeat'] as [string, number];
    return text.repeat(times);
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, expand(member, variables)]));
}

function merged(target: unknown, patch: unknown): unknown {
  if (!isPlain(patch)) return patch;
  const out: Record<string, unknown> = { ...(isPlain(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = merged(out[key], value);
  }
  return out;
}
