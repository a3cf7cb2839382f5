import type { Actor, Body, Context } from '../sim/kernel/actor.ts';
import type { ApiResponse } from '../sim/apiserver/messages.ts';
import { gvrOf } from '../sim/api/kind.ts';
import type { ApiObject } from '../sim/api/meta.ts';
import { ApiClient } from '../sim/client/client.ts';
import type { ClientMessage, Identity } from '../sim/client/client.ts';
import { listRequest } from '../sim/client/requests.ts';
import { parseArguments } from './arguments.ts';
import { findItems, readFiles } from './items.ts';
import type { Found } from './items.ts';
import type { Manifest } from './manifest.ts';
import { DISCOVERY, customMappings } from './mapping.ts';
import type { RunCommand, RunOutput } from './messages.ts';
import { complainOfStatus, isRefused, say, selectors, statusText } from './run.ts';
import type { Item, Run, Step, Verb } from './run.ts';
import { TERMINAL, receiveInTerminal } from './terminal.ts';
import { VERB_NAMES, verbOf } from './verbs.ts';

interface Tag { readonly run: number }
export interface KubectlState { client: ApiClient<Tag>; runs: Map<number, Run> }

/** The person at the keyboard: a member of system:masters, without a rate limit that matters here. */
const IDENTITY: Identity = {
  userAgent: 'kubectl/v1.36.2', qps: 50, burst: 300,
  credentials: { user: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
};

/** kubectl as an actor: it takes command lines as inputs and talks to the API server like the real one. */
export const kubectlActor: Actor<KubectlState, RunCommand | ClientMessage | (Body & { readonly type: 'start' })> = {
  kind: 'kubectl',
  init: () => ({ client: new ApiClient<Tag>(IDENTITY), runs: new Map() }),
  receive(state, message, ctx) {
    if (ctx.self === TERMINAL) return receiveInTerminal(message, ctx);
    switch (message.type) {
      case 'start': return;
      case 'kubectl-run': return begin(state, message, ctx);
      default: return onClient(state, message, ctx);
    }
  },
  clone: (state) => ({ client: state.client.clone(), runs: new Map([...state.runs].map(([id, run]) => [id, run.exitCode === undefined ? { ...run } : run])) }),
};

/** What the command given by that input message has said so far. */
export function outputOf(state: KubectlState, messageId: number): RunOutput | undefined {
  const run = state.runs.get(messageId);
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
  return run && { stdout: run.stdout, stderr: text(run.stderr), exitCode: run.exitCode, problems: run.problems, diffs: run.diffs };
}

const DRY_RUNS = new Set(['none', 'server', 'client']);

function begin(state: KubectlState, command: RunCommand, ctx: Context): void {
  const parsed = parseArguments(command.args);
  const args = 'error' in parsed ? { verb: '', words: [], files: [], namespace: '', flags: {}, lists: {}, command: [] } : parsed;
  const run: Run = {
    id: ctx.messageId, args, items: [], unmapped: undefined, index: 0, phase: '', sent: undefined, live: undefined, found: [], definition: undefined, stdout: '', stderr: [], alone: undefined, problems: [], diffs: [], exitCode: undefined,
  };
  if ('error' in parsed) return fail(state, run, parsed.error);
  if (!verbOf(run, ctx.unixUs)) return fail(state, run, `error: unknown command "${args.verb}" for "kubectl"\nAvailable here: ${VERB_NAMES.join(', ')}`);
  const { 'dry-run': dryRun = 'none' } = args.flags;
  if (!DRY_RUNS.has(dryRun)) return fail(state, run, `error: Invalid dry-run value (${dryRun}). Must be "none", "server", or "client".`);
  state.runs.set(run.id, run);
  const manifest = readFiles(args, command.files);
  const found = findItems(args, manifest, []);
  if (!found.isUnsure) return work(state, run, found, ctx);
  run.unmapped = manifest;
  run.sent = DISCOVERY;
  state.client.request(ctx, DISCOVERY, { run: run.id });
}

/** The API server's answer to what it serves besides the built-in kinds. */
function onDiscovery(state: KubectlState, run: Run, manifest: Manifest, response: ApiResponse, ctx: Context): void {
  run.unmapped = undefined;
  if (response.code !== 200) return fail(state, run, statusText(response, ''));
  work(state, run, findItems(run.args, manifest, customMappings(response.body)), ctx);
}

function work(state: KubectlState, run: Run, { items, problems }: Found, ctx: Context): void {
  run.items = items;
  run.problems = problems;
  run.stderr = problems.map((each) => each.message);
  next(state, run, ctx);
}

function fail(state: KubectlState, run: Run, message: string): void {
  state.runs.set(run.id, { ...run, stderr: [message], exitCode: 1 });
}

/** Begins the current item, or ends the run after the last one. */
function next(state: KubectlState, run: Run, ctx: Context): void {
  const verb = verbOf(run, ctx.unixUs) as Verb;
  for (;;) {
    const item = run.items[run.index];
    if (!item) {
      verb.finish?.(run, ctx.unixUs);
      const isError = (line: string): boolean => !line.startsWith('Warning:');
      if (run.alone !== undefined && run.stderr.filter(isError).length === 1) run.stderr = run.stderr.map((line) => (isError(line) ? run.alone ?? line : line));
      // Several errors are one aggregate, of which kubectl prints the parts without its own prefix.
      if (run.stderr.length > 1) run.stderr = run.stderr.map((line) => line.replace(/^error: (?=resource mapping not found)/, ''));
      run.exitCode = run.problems.length > 0 ? 1 : 0;
      return;
    }
    run.live = undefined;
    if (verb.name !== 'get' && item.name === '' && item.object === undefined) return select(state, run, item, ctx);
    if (take(state, run, verb.begin(run, item), ctx)) return;
  }
}

const SELECT = 'select';

/** Asks which objects a selection means. */
function select(state: KubectlState, run: Run, item: Item, ctx: Context): void {
  run.phase = SELECT;
  run.sent = listRequest(gvrOf(item.kind), item.namespace, selectors(run));
  state.client.request(ctx, run.sent, { run: run.id });
}

/** The objects that were found stand in the place of the selection. */
function onSelected(state: KubectlState, run: Run, item: Item, response: ApiResponse, ctx: Context): void {
  run.phase = '';
  const { items: objects = [] } = response.body as { readonly items?: readonly ApiObject[] };
  if (isRefused(response)) complainOfStatus(run, item, response, '');
  const found = objects.map(({ metadata }): Item => ({ ...item, namespace: metadata.namespace ?? '', name: metadata.name ?? '' }));
  run.items = [...run.items.slice(0, run.index), ...found, ...run.items.slice(run.index + 1)];
  if (run.items.length === 0 && run.problems.length === 0) say(run, 'No resources found');
  next(state, run, ctx);
}

/** Sends what the step asks for; false when the item is done. */
function take(state: KubectlState, run: Run, step: Step, ctx: Context): boolean {
  if (step === 'done') {
    run.index++;
    return false;
  }
  run.phase = step.phase;
  run.sent = step.request;
  state.client.request(ctx, step.request, { run: run.id });
  return true;
}

function onClient(state: KubectlState, message: ClientMessage, ctx: Context): void {
  for (const event of state.client.receive(ctx, message)) {
    const run = event.kind === 'response' ? state.runs.get(event.tag.run) : undefined;
    if (event.kind === 'response' && run?.unmapped) {
      onDiscovery(state, run, run.unmapped, event.response, ctx);
      continue;
    }
    const item = run?.items[run.index];
    if (event.kind === 'response' && run && item && run.phase === SELECT) {
      onSelected(state, run, item, event.response, ctx);
      continue;
    }
    const verb = run && verbOf(run, ctx.unixUs);
    if (event.kind !== 'response' || !run || !item || !verb) continue;
    if (!take(state, run, verb.answer(run, item, event.response), ctx)) next(state, run, ctx);
  }
}
