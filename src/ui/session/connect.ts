// Opens the session and connects the frame of the page and the editor to it.
import i18next from 'i18next';
import { configFromAddress } from '../../view/config.ts';
import { nodeToAdd } from '../../view/scheduling/node-to-add.ts';
import { useWorld, world, type WorldState } from '../../view/store.ts';
import type { SavedSession, UserInput } from '../../worker/protocol.ts';
import { connectPorts } from '../ports.ts';
import type { Fault, ShellPort } from '../shell/contract.ts';
import { constant, liveOf } from '../shared/live.ts';
import { notify } from '../shared/notices.ts';
import { editorPort } from './commands.ts';
import { clusterFacts, faultTargets, lastInput, statusOf } from './facts.ts';
import { failureText, takeFailure } from './failures.ts';

const LINK_PREFIX = '#s=';
const SERVER = 'kube-apiserver';
const US_PER_MS = 1_000;

function inputOf(fault: Fault): UserInput {
  switch (fault.kind) {
    case 'stopNode': return { type: 'nodeStop', node: fault.name };
    case 'startNode': return { type: 'nodeStart', node: fault.name };
    case 'killContainer': return { type: 'containerKill', namespace: fault.namespace, pod: fault.pod, container: fault.container };
    case 'cutLink': return { type: 'link', a: fault.from, b: fault.to, cut: true, factor: 1, extraUs: 0 };
    case 'mendLink': return { type: 'linkRestore', a: fault.from, b: fault.to };
    case 'addNode': return { type: 'nodeAdd', node: nodeToAdd(useWorld.getState().model, undefined) };
    case 'slowEtcd': return fault.delayMs === 0
      ? { type: 'linkRestore', a: SERVER, b: 'etcd' }
      : { type: 'link', a: SERVER, b: 'etcd', cut: false, factor: 1, extraUs: fault.delayMs * US_PER_MS };
  }
}

async function containersOf(namespace: string, pod: string): Promise<readonly string[]> {
  const answer = await world.query({ type: 'object', key: `pods/${namespace}/${pod}` });
  const spec = answer.object && Reflect.get(answer.object, 'spec') as { readonly containers?: readonly { readonly name: string }[] } | undefined;
  return (spec?.containers ?? []).map((container) => container.name);
}

/** Links are rare, and packing one needs a library: it comes when it is needed. */
const links = () => import('../../view/share.ts');

async function share(): Promise<string> {
  const { encodeSession } = await links();
  const address = new URL(globalThis.location.href);
  address.hash = `s=${encodeSession(await world.save())}`;
  return address.href;
}

/** What the store could not do becomes an error with words. */
async function orFail(work: Promise<unknown>): Promise<void> {
  await work;
  if (useWorld.getState().failure !== undefined && useWorld.getState().status !== 'dead') throw new Error(takeFailure());
}

const shellPort: ShellPort = {
  status: liveOf(useWorld, (state) => statusOf(state.status, state.failure?.detail ?? '', state.restored)),
  scenario: constant(''),
  facts: liveOf(useWorld, clusterFacts),
  undoable: liveOf(useWorld, (state) => lastInput(state.model.inputs)),
  faults: liveOf(useWorld, faultTargets),
  containersOf,
  undo: () => orFail(world.undo()),
  inject: (fault) => orFail(world.input(inputOf(fault))),
  share,
  reset: () => orFail(world.reset()),
  restore: () => orFail(world.restart()),
};

/** The session in the address, taken out of it once read; else what is wrong with it, which stays. */
async function sessionFromAddress(): Promise<SavedSession | 'broken' | 'version' | undefined> {
  const { hash, href } = globalThis.location;
  if (!hash.startsWith(LINK_PREFIX)) return undefined;
  const { decodeSession } = await links();
  const session = decodeSession(hash.slice(LINK_PREFIX.length));
  globalThis.history.replaceState(globalThis.history.state, '', href.slice(0, href.indexOf('#')));
  return session;
}

/** Failures that no caller waits for, such as those while playing, are told here. */
function tellFailure({ failure, status, busy }: WorldState): void {
  if (failure === undefined || status === 'dead' || busy) return;
  setTimeout(() => {
    if (useWorld.getState().failure !== failure) return;
    notify(failureText(failure), { kind: 'problem' });
    world.dismissFailure();
  });
}

function tellFailures(): void {
  tellFailure(useWorld.getState());
  useWorld.subscribe((state, before) => { if (state.failure !== before.failure) tellFailure(state); });
}

/**
 * Opens the session of the address, else the kept one, else a new one; then everything on the page works. The world comes
 * up while the page does; `shown` is when there is a page, in a language, to tell problems on.
 */
export async function connectSession(shown: Promise<void>): Promise<void> {
  const linked = await sessionFromAddress();
  const given = typeof linked === 'string' ? undefined : linked;
  const opened = world.open(given, configFromAddress());
  await shown;
  tellFailures();
  if (typeof linked === 'string') notify(i18next.t(`link.${linked}`, { ns: 'errors' }), { kind: 'problem' });
  await opened;
  connectPorts({ shell: shellPort, editor: editorPort });
  if (given !== undefined) await world.keep();
  if (import.meta.hot) {
    const { hot } = import.meta;
    void import('./bridge.ts').then(({ connectBridge }) => connectBridge(hot));
  }
  globalThis.addEventListener('pagehide', () => world.leave());
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') void world.keep(); });
}
