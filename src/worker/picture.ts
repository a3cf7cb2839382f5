import type { ApiObject } from '../sim/api/meta.ts';
import type { Node, Pod } from '../sim/api/generated/types.ts';
import type { Kind } from '../sim/api/kind.ts';
import { milliValue, value } from '../sim/api/quantity.ts';
import type { EtcdState } from '../sim/etcd/actor.ts';
import type { KeyValue } from '../sim/etcd/messages.ts';
import { type PictureKind, kindAt, resourcesBehind } from './picture-kinds.ts';
import { summarisePod } from './pod-summary.ts';
import type { NodeSummary, ObjectSummary, PictureChange, PodSummary } from './protocol.ts';

/** Leases and events change without end and have no place on the stage. */
const HIDDEN = ['/registry/leases/', '/registry/events/', '/registry/masterleases/'];
const FIRST = '/registry/';
const LAST = '/registry0';

/** Keeps account of what the page was told, so that it can be told the difference. */
export class Picture {
  private reported = 0;
  private etcdKeys = new Map<string, string>();
  /** Nodes whose machine was reported as up or down. */
  private powered = new Map<string, boolean>();

  /** The next report will be a full one (after a seek the past may have other objects). */
  reset(): void {
    this.reported = 0;
    this.etcdKeys.clear();
    this.powered.clear();
  }

  /** Where an object of the page (`deployments.apps/default/web`) is kept. */
  etcdKeyOf(key: string): string | undefined {
    return this.etcdKeys.get(key);
  }

  keys(): IterableIterator<string> {
    return this.etcdKeys.keys();
  }

  change(etcd: EtcdState, nowMs: number, isUp: (node: string) => boolean): PictureChange {
    const { store } = etcd;
    const full = this.reported === 0;
    const out = new Collector(nowMs, isUp, this.etcdKeys, store);
    const changed = full ? store.range(FIRST, LAST, 0, 0).kvs : this.changedSince(etcd);
    for (const kv of changed) out.put(kv);
    if (!full) {
      for (const { type, kv, previous } of store.eventsSince(FIRST, this.reported + 1) ?? []) if (type === 'DELETE' && previous && !store.get(kv.key)) out.remove(previous);
      for (const name of this.powerChanges(isUp)) out.putNode(store.get(`/registry/minions/${name}`)?.value);
    }
    for (const node of out.nodes.keys()) this.powered.set(node, isUp(node));
    for (const node of out.removedNodes) this.powered.delete(node);
    this.reported = store.revision;
    return out.result(full, store.revision);
  }

  private changedSince(etcd: EtcdState): readonly KeyValue[] {
    const events = etcd.store.eventsSince(FIRST, this.reported + 1) ?? etcd.store.range(FIRST, LAST, 0, 0).kvs.map((kv) => ({ kv }));
    const keys = new Set(events.map(({ kv }) => kv.key));
    // With its definition the cells of a custom resource may change.
    for (const { kv } of events) for (const key of keysBelow(etcd, resourcesBehind(kv))) keys.add(key);
    return [...keys].map((key) => etcd.store.get(key)).filter((kv) => kv !== undefined);
  }

  private powerChanges(isUp: (node: string) => boolean): readonly string[] {
    return [...this.powered].filter(([node, up]) => isUp(node) !== up).map(([node]) => node);
  }
}

function keysBelow({ store }: EtcdState, prefix: string | undefined): readonly string[] {
  return prefix === undefined ? [] : store.range(prefix, `${prefix.slice(0, -1)}0`, 0, 0).kvs.map(({ key }) => key);
}

class Collector {
  readonly pods = new Map<string, PodSummary>();
  readonly nodes = new Map<string, NodeSummary>();
  readonly objects = new Map<string, ObjectSummary>();
  readonly removedPods: string[] = [];
  readonly removedNodes: string[] = [];
  readonly removedObjects: string[] = [];
  private readonly nowMs: number;
  private readonly isUp: (node: string) => boolean;
  private readonly etcdKeys: Map<string, string>;
  private readonly store: EtcdState['store'];

  constructor(nowMs: number, isUp: (node: string) => boolean, etcdKeys: Map<string, string>, store: EtcdState['store']) {
    this.nowMs = nowMs;
    this.isUp = isUp;
    this.etcdKeys = etcdKeys;
    this.store = store;
  }

  put(kv: KeyValue): void {
    if (HIDDEN.some((prefix) => kv.key.startsWith(prefix))) return;
    const kind = kindAt(kv, this.store);
    if (!kind) return;
    this.etcdKeys.set(summaryKey(kind, kv.value), kv.key);
    if (kind.plural === 'pods') {
      const pod = summarisePod(kv.value as Pod, this.nowMs);
      this.pods.set(pod.key, pod);
    } else if (kind.plural === 'nodes') this.putNode(kv.value);
    else this.objects.set(kv.key, summariseObject(kind, kv.value, this.nowMs));
  }

  putNode(node: ApiObject | undefined): void {
    if (!node) return;
    this.nodes.set(node.metadata.name ?? '', summariseNode(node as Node, this.isUp(node.metadata.name ?? '')));
  }

  remove(kv: KeyValue): void {
    const kind = kindAt(kv, this.store);
    if (!kind || HIDDEN.some((prefix) => kv.key.startsWith(prefix))) return;
    const { namespace = '', name = '' } = kv.value.metadata;
    if (kind.plural === 'pods') this.removedPods.push(`${namespace}/${name}`);
    else if (kind.plural === 'nodes') this.removedNodes.push(name);
    else this.removedObjects.push(summaryKey(kind, kv.value));
    this.etcdKeys.delete(summaryKey(kind, kv.value));
  }

  result(full: boolean, revision: number): PictureChange {
    return {
      full, revision, pods: [...this.pods.values()], nodes: [...this.nodes.values()], objects: [...this.objects.values()],
      removedPods: this.removedPods, removedNodes: this.removedNodes, removedObjects: this.removedObjects,
    };
  }
}

/** `deployments.apps/default/web`, `nodes//node-1`. */
export function summaryKey(kind: Pick<Kind, 'group' | 'plural'>, object: ApiObject): string {
  const resource = kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
  return `${resource}/${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}

function summariseNode(node: Node, up: boolean): NodeSummary {
  const { metadata, spec, status } = node;
  const allocatable = status?.allocatable ?? {};
  const ready = status?.conditions?.find((each) => each.type === 'Ready')?.status;
  return {
    name: metadata.name ?? '', ready: ready === 'True' || ready === 'False' ? ready : 'Unknown', up, unschedulable: spec?.unschedulable ?? false,
    taints: (spec?.taints ?? []).map((taint) => `${taint.key}${taint.value ? `=${taint.value}` : ''}:${taint.effect}`),
    zone: metadata.labels?.['topology.kubernetes.io/zone'] ?? '',
    cpuMilli: milliValue(allocatable['cpu'] ?? 0), memoryBytes: value(allocatable['memory'] ?? 0), maxPods: value(allocatable['pods'] ?? 0),
    images: status?.images?.length ?? 0,
  };
}

function summariseObject(kind: PictureKind, object: ApiObject, nowMs: number): ObjectSummary {
  const owner = object.metadata.ownerReferences?.find((each) => each.controller);
  return {
    key: summaryKey(kind, object), kind: kind.kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '', uid: object.metadata.uid ?? '',
    owner: owner ? `${owner.kind}/${owner.name}` : '', brief: briefOf(kind, object, nowMs),
  };
}

/** The first cell after the name in the kind's own table: READY, STATUS, TYPE … */
function briefOf(kind: PictureKind, object: ApiObject, nowMs: number): string {
  const index = kind.columns.findIndex((column) => column.name !== 'Name' && column.name !== 'Age');
  return index >= 0 ? String(kind.row(object, nowMs)[index] ?? '') : '';
}
