// From the apply of a Deployment to all of its pods Ready: the whole cluster in virtual time, with the trace on.
import { kubectlActor } from '../src/kubectl/actor.ts';
import type { Deployment } from '../src/sim/api/generated/types.ts';
import { DEPLOYMENTS, NODES } from '../src/sim/api/resources.ts';
import { ApiClient } from '../src/sim/client/client.ts';
import type { ClientMessage, Identity } from '../src/sim/client/client.ts';
import { createRequest } from '../src/sim/client/requests.ts';
import type { Boot, MachineSpec } from '../src/sim/cluster.ts';
import type { Actor, StartMessage } from '../src/sim/kernel/actor.ts';
import type { Kernel } from '../src/sim/kernel/kernel.ts';
import { createWorld } from '../src/sim/world.ts';
import { cpuSeconds } from './lib.ts';
import type { Benchmark, Derived } from './lib.ts';

const OBSERVER = 'observer';
interface Apply { readonly type: 'apply'; readonly replicas: number }
interface ObserverState { readonly client: ApiClient<'applied'>; readyNodes: number; readyReplicas: number; refused: string }
const IDENTITY: Identity = { userAgent: 'bench', credentials: { user: 'admin', groups: ['system:masters', 'system:authenticated'] }, qps: 0, burst: 0 };

function deployment(replicas: number): Deployment {
  const labels = { app: 'web' };
  const containers = [{ name: 'main', image: 'registry.k8s.io/pause:3.10', resources: { requests: { cpu: '10m', memory: '16Mi' } } }];
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

/** Applies the Deployment, and watches what a user would watch. */
const observer: Actor<ObserverState, Apply | ClientMessage | StartMessage> = {
  kind: OBSERVER,
  init: () => ({ client: new ApiClient<'applied'>(IDENTITY), readyNodes: 0, readyReplicas: 0, refused: '' }),
  receive(state, message, ctx) {
    if (message.type === 'start') {
      state.client.watch(ctx, { name: 'deployments', gvr: DEPLOYMENTS });
      state.client.watch(ctx, { name: 'nodes', gvr: NODES });
      return;
    }
    if (message.type === 'apply') return state.client.request(ctx, createRequest(DEPLOYMENTS, deployment(message.replicas), 'default'), 'applied');
    for (const event of state.client.receive(ctx, message)) {
      if (event.kind === 'response' && event.response.code >= 300) state.refused = JSON.stringify(event.response.body);
      if (event.kind !== 'change') continue;
      if (event.change.informer === 'deployments') state.readyReplicas = (event.change.object as Deployment).status?.readyReplicas ?? 0;
      else state.readyNodes += Number(isReady(event.change.object)) - Number(isReady(event.change.old));
    }
  },
  clone: (state) => ({ ...state, client: state.client.clone() }),
};

interface Conditioned { readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }; readonly spec?: { readonly taints?: readonly unknown[] } }

function isReady(object: object | undefined): boolean {
  const { status, spec } = (object ?? {}) as Conditioned;
  return (status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false) && !spec?.taints?.length;
}

function machine(index: number): MachineSpec {
  return { name: `node-${index + 1}`, cpu: '8', memory: '32Gi', pods: 110, zone: `zone-${(index % 3) + 1}` };
}

const LIMIT_US = 3_600_000_000;

function runUntil(kernel: Kernel, done: (state: ObserverState) => boolean, what: string): void {
  const limitUs = kernel.nowUs + LIMIT_US;
  const state = kernel.stateOf(OBSERVER) as ObserverState;
  while (!done(state)) {
    if (state.refused !== '') throw new Error(`refused: ${state.refused}`);
    if (kernel.nowUs > limitUs || kernel.step() === 0) throw new Error(`${what}: not within an hour; ${state.readyNodes} nodes and ${state.readyReplicas} pods are Ready`);
  }
}

/** A cluster whose nodes are all Ready. */
function startedCluster(nodes: number): Kernel {
  const kernel = createWorld({ seed: 1, extraActors: [kubectlActor, observer] as readonly Actor[] });
  const boot: Boot = { type: 'boot', components: ['apiserver', 'controller-manager', 'scheduler', 'nodes'], nodes: Array.from({ length: nodes }, (_, index) => machine(index)), options: {} };
  kernel.input('cluster', boot);
  kernel.runUntil(3_000_000);
  kernel.input(OBSERVER, { type: 'start' });
  kernel.step();
  runUntil(kernel, ({ readyNodes }) => readyNodes === nodes, 'nodes Ready');
  return kernel;
}

/** Seconds of CPU from the apply to all Ready. */
async function rollOut(replicas: number, nodes: number): Promise<number> {
  const kernel = startedCluster(nodes);
  return cpuSeconds(() => {
    const apply: Apply = { type: 'apply', replicas };
    kernel.input(OBSERVER, apply);
    runUntil(kernel, ({ readyReplicas }) => readyReplicas === replicas, 'pods Ready');
  });
}

export const SMALL = '300 replicas on 3 nodes, apply to all Ready';
const MIDDLE = '1,000 replicas on 100 nodes';
const LARGE = '10,000 replicas on 1,000 nodes';

export const benchmarks: readonly Benchmark[] = [
  { name: SMALL, unit: 's CPU', limit: 0.25, better: 'lower', run: () => rollOut(300, 3) },
  { name: MIDDLE, unit: 's CPU', limit: 1, better: 'lower', run: () => rollOut(1000, 100) },
  { name: LARGE, unit: 's CPU', limit: 15, better: 'lower', run: () => rollOut(10_000, 1000), memoryLimitMiB: 1024 },
];

export const derived: readonly Derived[] = [
  {
    name: 'cost per pod, 1,000 nodes to 100 nodes', unit: '×', limit: 2, better: 'lower', from: [LARGE, MIDDLE],
    compute: (large = NaN, middle = NaN) => large / 10_000 / (middle / 1000),
  },
];
