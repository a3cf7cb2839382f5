// A cluster to measure, and the client that applies a Deployment to it and watches what a user would watch.
import { kubectlActor } from '../src/kubectl/actor.ts';
import type { Deployment } from '../src/sim/api/generated/types.ts';
import { DEPLOYMENTS, NODES } from '../src/sim/api/resources.ts';
import { ApiClient } from '../src/sim/client/client.ts';
import type { ClientMessage, Identity } from '../src/sim/client/client.ts';
import { createRequest } from '../src/sim/client/requests.ts';
import type { Boot, MachineSpec } from '../src/sim/cluster.ts';
import type { Actor, ActorId, Body, StartMessage } from '../src/sim/kernel/actor.ts';
import type { Kernel } from '../src/sim/kernel/kernel.ts';
import { createWorld } from '../src/sim/world.ts';

const OBSERVER = 'observer';
interface Apply { readonly type: 'apply'; readonly replicas: number }
interface ObserverState { readonly client: ApiClient<'applied'>; readyNodes: number; readyReplicas: number; refused: string }
export const IDENTITY: Identity = { userAgent: 'bench', credentials: { user: 'admin', groups: ['system:masters', 'system:authenticated'] }, qps: 0, burst: 0 };

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

export const BOOTED_US = 3_000_000;
/**
 * Components may send as much as they like, as in the real project's performance tests: with the default 20 requests a
 * second of the controller manager, 10,000 pods would take eight minutes of virtual time, and mostly leases be measured.
 */
export const UNTHROTTLED: Boot['options'] = {
  'controller-manager.kube-api-qps': '5000', 'controller-manager.kube-api-burst': '5000', 'scheduler.kube-api-qps': '5000', 'scheduler.kube-api-burst': '5000',
};
const LIMIT_US = 3_600_000_000;

/** What moves a world on: the kernel itself, or a session that remembers its past. */
export interface Player {
  input(to: ActorId, body: Body): unknown;
  step(): number;
  runUntil(untilUs: number): void;
}

/** `playerOf` wraps the kernel of a world in which nothing has happened yet. */
export class MeasuredCluster<P extends Player> {
  readonly player: P;
  private readonly kernel: Kernel;

  /** A cluster whose nodes are all Ready. */
  constructor(nodes: number, playerOf: (kernel: Kernel) => P) {
    this.kernel = createWorld({ seed: 1, extraActors: [kubectlActor, observer] as readonly Actor[] });
    this.player = playerOf(this.kernel);
    const boot: Boot = { type: 'boot', components: ['apiserver', 'controller-manager', 'scheduler', 'nodes'], nodes: Array.from({ length: nodes }, (_, index) => machine(index)), options: UNTHROTTLED };
    this.player.input('cluster', boot);
    this.player.runUntil(BOOTED_US);
    this.player.input(OBSERVER, { type: 'start' });
    this.player.step();
    this.runUntil(({ readyNodes }) => readyNodes === nodes, 'nodes Ready');
  }

  /** Applies a Deployment and runs on until all of its pods are Ready. */
  rollOut(replicas: number): void {
    const apply: Apply = { type: 'apply', replicas };
    this.player.input(OBSERVER, apply);
    this.runUntil(({ readyReplicas }) => readyReplicas === replicas, 'pods Ready');
  }

  private runUntil(done: (state: ObserverState) => boolean, what: string): void {
    const { kernel } = this;
    const limitUs = kernel.nowUs + LIMIT_US;
    const state = kernel.stateOf(OBSERVER) as ObserverState;
    while (!done(state)) {
      if (state.refused !== '') throw new Error(`refused: ${state.refused}`);
      if (kernel.nowUs > limitUs || this.player.step() === 0) throw new Error(`${what}: not within an hour; ${state.readyNodes} nodes and ${state.readyReplicas} pods are Ready`);
    }
  }
}
