import { ApiClient } from './client/client.ts';
import type { ClientMessage, Identity } from './client/client.ts';
import { deleteRequest } from './client/requests.ts';
import { NODES } from './api/resources.ts';
import type { Actor, ActorId, Body, Context } from './kernel/actor.ts';
import { cniId, csiNodeId, kubeletId, runtimeId } from './node/messages.ts';

export const CLUSTER = 'cluster';

/** A machine that becomes a node. Quantities as in a Node's status. */
export interface MachineSpec {
  readonly name: string;
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
  readonly zone: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' }[];
}

export type Component = 'apiserver' | 'controller-manager' | 'scheduler' | 'nodes';

/** Turns the power on: the first input of every session. */
export interface Boot extends Body { readonly type: 'boot'; readonly components: readonly Component[]; readonly nodes: readonly MachineSpec[]; readonly options: Readonly<Record<string, string>> }
export type ClusterInput =
  | Boot
  | { readonly type: 'node-add'; readonly node: MachineSpec }
  | { readonly type: 'node-stop' | 'node-start' | 'node-remove'; readonly node: string }
  | { readonly type: 'container-kill'; readonly node: string; readonly namespace: string; readonly pod: string; readonly container: string }
  | { readonly type: 'link'; readonly a: ActorId; readonly b: ActorId; readonly cut: boolean; readonly factor: number; readonly extraUs: number }
  | { readonly type: 'link-restore'; readonly a: ActorId; readonly b: ActorId };

interface BootStep { readonly type: 'boot-step'; readonly step: number }
/** `index` counts machines from 1 and is never used again: addresses follow from it. */
interface Machine { readonly spec: MachineSpec; readonly index: number; readonly up: boolean }
export interface ClusterState {
  boot: Boot | undefined;
  machines: Map<string, Machine>;
  lastIndex: number;
  client: ApiClient<'node-removed'>;
}

/** The provider of machines: it speaks to the API server as a cloud controller manager does when one disappears. */
const IDENTITY: Identity = {
  userAgent: 'cloud-controller-manager/v1.36.2', qps: 0, burst: 0,
  credentials: { user: 'system:cloud-controller-manager', groups: ['system:masters', 'system:authenticated'] },
};

const PLANE: readonly (readonly ActorId[])[] = [['etcd'], ['kube-apiserver'], ['kubectl', 'kube-controller-manager', 'kube-scheduler', 'csi-controller']];
const STEP_US = 1_000_000;

/** The ground under the cluster: it starts components and machines, and is where faults come from. */
export const clusterActor: Actor<ClusterState, ClusterInput | BootStep | ClientMessage | { readonly type: 'start' }> = {
  kind: CLUSTER,
  init: () => ({ boot: undefined, machines: new Map(), lastIndex: 0, client: new ApiClient<'node-removed'>(IDENTITY) }),
  receive(state, message, ctx) {
    switch (message.type) {
      case 'start': return;
      case 'boot': state.boot = message; return bootStep(state, 0, ctx);
      case 'boot-step': return bootStep(state, message.step, ctx);
      case 'node-add': return addMachine(state, message.node, state.boot?.options ?? {}, ctx);
      case 'node-stop': return powerOff(state, message.node, ctx);
      case 'node-start': return powerOn(state, message.node, ctx);
      case 'node-remove': return removeMachine(state, message.node, ctx);
      case 'container-kill': return send(ctx, runtimeId(message.node), { type: 'kill-container', namespace: message.namespace, pod: message.pod, container: message.container });
      case 'link': return ctx.setLinkFault(message.a, message.b, { cut: message.cut && 'held', factor: message.factor, extraUs: message.extraUs });
      case 'link-restore': return ctx.setLinkFault(message.a, message.b, undefined);
      default: state.client.receive(ctx, message);
    }
  },
  clone: (state) => ({ boot: state.boot, machines: new Map(state.machines), lastIndex: state.lastIndex, client: state.client.clone() }),
};

/** etcd first, then the API server, then what needs it, then the machines: a second apart, as unit files would order them. */
function bootStep(state: ClusterState, step: number, ctx: Context): void {
  const { components = [], nodes = [], options = {} } = state.boot ?? {};
  const stage = PLANE[step];
  if (!stage) {
    if (components.includes('nodes')) for (const node of nodes) addMachine(state, node, options, ctx);
    return;
  }
  for (const id of stage) if (isWanted(id, components)) ctx.spawn(id, { flags: flagsFor(id, options), options });
  const next: BootStep = { type: 'boot-step', step: step + 1 };
  ctx.after(STEP_US, next);
}

/** `controller-manager.node-monitor-period` is the flag node-monitor-period of kube-controller-manager. */
export function flagsFor(id: ActorId, options: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const prefix = `${id.replace(/^kube-/, '')}.`;
  return Object.fromEntries(Object.entries(options).filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]));
}

function isWanted(id: ActorId, components: readonly Component[]): boolean {
  if (id === 'kube-controller-manager') return components.includes('controller-manager');
  if (id === 'kube-scheduler') return components.includes('scheduler');
  if (id === 'csi-controller') return components.includes('nodes') && components.includes('controller-manager');
  return true;
}

const partsOf = (node: string): readonly ActorId[] => [cniId(node), csiNodeId(node), runtimeId(node), kubeletId(node)];

function addMachine(state: ClusterState, spec: MachineSpec, options: Readonly<Record<string, string>>, ctx: Context): void {
  if (state.machines.has(spec.name)) return;
  const index = ++state.lastIndex;
  state.machines.set(spec.name, { spec, index, up: true });
  for (const id of partsOf(spec.name)) ctx.spawn(id, { machine: spec, index, options });
}

function powerOff(state: ClusterState, node: string, ctx: Context): void {
  const machine = state.machines.get(node);
  if (!machine?.up) return;
  state.machines.set(node, { ...machine, up: false });
  ctx.halt(kubeletId(node));
  ctx.halt(cniId(node));
  ctx.halt(csiNodeId(node));
  send(ctx, runtimeId(node), { type: 'power-off' });
}

function powerOn(state: ClusterState, node: string, ctx: Context): void {
  const machine = state.machines.get(node);
  if (!machine || machine.up) return;
  state.machines.set(node, { ...machine, up: true });
  send(ctx, runtimeId(node), { type: 'power-on' });
  for (const id of [cniId(node), csiNodeId(node), kubeletId(node)]) ctx.spawn(id, { machine: machine.spec, index: machine.index, options: state.boot?.options ?? {} });
}

/** The machine is gone for good, and its Node object with it. */
function removeMachine(state: ClusterState, node: string, ctx: Context): void {
  if (!state.machines.delete(node)) return;
  for (const id of partsOf(node)) ctx.halt(id);
  state.client.request(ctx, deleteRequest(NODES, '', node), 'node-removed');
}

function send<B extends Body>(ctx: Context, to: ActorId, body: B): void {
  if (ctx.exists(to)) ctx.send(to, body);
}

export function isPowered(state: ClusterState, node: string): boolean {
  return state.machines.get(node)?.up ?? false;
}
