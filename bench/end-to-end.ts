// Pods bound per second of CPU with the whole control plane at work: API server with all its stages, etcd, controllers,
// scheduler, watches and the trace; as in scheduler_perf there are no kubelets, and clients are not throttled.
import { kubectlActor } from '../src/kubectl/actor.ts';
import type { Node, Pod } from '../src/sim/api/generated/types.ts';
import { NODES, PODS } from '../src/sim/api/resources.ts';
import { ApiClient } from '../src/sim/client/client.ts';
import type { ClientMessage } from '../src/sim/client/client.ts';
import { createRequest } from '../src/sim/client/requests.ts';
import type { Boot } from '../src/sim/cluster.ts';
import type { Actor, Context, StartMessage } from '../src/sim/kernel/actor.ts';
import type { Kernel } from '../src/sim/kernel/kernel.ts';
import { createWorld } from '../src/sim/world.ts';
import { cpuSeconds } from './lib.ts';
import type { Benchmark } from './lib.ts';
import { BOOTED_US, IDENTITY, UNTHROTTLED } from './world.ts';

const NODE_COUNT = 1000;
const POD_COUNT = 5000;
const CREATOR = 'creator';

interface Create { readonly type: 'create'; readonly nodes: number; readonly pods: number }
interface CreatorState { readonly client: ApiClient<'created'>; nodes: number; bound: number; refused: string }

function node(index: number): Node {
  const name = `node-${index}`;
  const amounts = { cpu: '4', memory: '32Gi', pods: '110' };
  const conditions = [{ type: 'Ready', status: 'True', reason: 'Ready', message: 'ready' }];
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } }, status: { capacity: amounts, allocatable: amounts, conditions } };
}

function pod(index: number): Pod {
  const containers = [{ name: 'pause', image: 'registry.k8s.io/pause:3.10', resources: { requests: { cpu: '100m', memory: '500Mi' } } }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${index}`, namespace: 'default' }, spec: { containers } };
}

function create(state: CreatorState, { nodes, pods }: Create, ctx: Context): void {
  for (let index = 0; index < nodes; index++) state.client.request(ctx, createRequest(NODES, node(index), ''), 'created');
  for (let index = 0; index < pods; index++) state.client.request(ctx, createRequest(PODS, pod(index), 'default'), 'created');
}

/** Creates nodes and pods, and watches them. */
const creator: Actor<CreatorState, Create | ClientMessage | StartMessage> = {
  kind: CREATOR,
  init: () => ({ client: new ApiClient<'created'>(IDENTITY), nodes: 0, bound: 0, refused: '' }),
  receive(state, message, ctx) {
    if (message.type === 'create') return create(state, message, ctx);
    if (message.type === 'start') {
      state.client.watch(ctx, { name: 'pods', gvr: PODS });
      state.client.watch(ctx, { name: 'nodes', gvr: NODES });
      return;
    }
    for (const event of state.client.receive(ctx, message)) {
      if (event.kind === 'response' && event.response.code >= 300) state.refused = JSON.stringify(event.response.body);
      if (event.kind !== 'change') continue;
      if (event.change.informer === 'nodes') state.nodes += Number(event.change.old === undefined);
      else state.bound += Number(isBound(event.change.object)) - Number(isBound(event.change.old));
    }
  },
  clone: (state) => ({ ...state, client: state.client.clone() }),
};

function isBound(object: object | undefined): boolean {
  return ((object as Pod | undefined)?.spec?.nodeName ?? '') !== '';
}

function runUntil(kernel: Kernel, done: (state: CreatorState) => boolean): void {
  const state = kernel.stateOf(CREATOR) as CreatorState;
  while (!done(state)) {
    if (state.refused !== '') throw new Error(`refused: ${state.refused}`);
    if (kernel.step() === 0) throw new Error(`nothing left to do with ${state.nodes} nodes and ${state.bound} pods bound`);
  }
}

async function boundPerSecond(): Promise<number> {
  const kernel = createWorld({ seed: 1, extraActors: [kubectlActor, creator] as readonly Actor[] });
  const boot: Boot = { type: 'boot', components: ['apiserver', 'controller-manager', 'scheduler'], nodes: [], options: UNTHROTTLED };
  kernel.input('cluster', boot);
  kernel.runUntil(BOOTED_US);
  kernel.input(CREATOR, { type: 'start' });
  const nodes: Create = { type: 'create', nodes: NODE_COUNT, pods: 0 };
  kernel.input(CREATOR, nodes);
  runUntil(kernel, (state) => state.nodes === NODE_COUNT);
  const pods: Create = { type: 'create', nodes: 0, pods: POD_COUNT };
  kernel.input(CREATOR, pods);
  const seconds = await cpuSeconds(() => runUntil(kernel, ({ bound }) => bound === POD_COUNT));
  return POD_COUNT / seconds;
}

export const benchmarks: readonly Benchmark[] = [
  { name: '5,000 pods bound on 1,000 nodes, control plane end to end', unit: 'pods/s CPU', limit: 1000, better: 'higher', run: boundPerSecond },
];
