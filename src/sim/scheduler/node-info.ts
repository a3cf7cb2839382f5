// A node with what runs on it, aggregated (framework.NodeInfo).
import type { Node } from '../api/generated/types.ts';
import type { Labels } from '../api/selectors.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { isScalarResource, amountOf } from './resources.ts';
import { value } from '../api/quantity.ts';

const NO_LABELS: Labels = {};
const NO_IMAGES: ReadonlySet<string> = new Set();
const ANY_IP = '0.0.0.0';

/** Marks which cache may change a NodeInfo in place; a clone of the cache takes the right away from both. */
export interface Owner { readonly owner: true }

const imageNames = new WeakMap<Node, ReadonlySet<string>>();

function imagesOf(node: Node): ReadonlySet<string> {
  const images = node.status?.images;
  if (images === undefined || images.length === 0) return NO_IMAGES;
  let names = imageNames.get(node);
  if (names === undefined) {
    names = new Set(images.flatMap((image) => image.names ?? []));
    imageNames.set(node, names);
  }
  return names;
}

export class NodeInfo {
  /** undefined while only pods of the node are known. */
  node: Node | undefined = undefined;
  // Name, slot and owner never change, except in a copy that is used again for another node.
  name: string;
  /** The node's index in the cache's arrays. */
  slot: number;
  owner: Owner;
  labels: Labels = NO_LABELS;
  pods: PodInfo[] = [];

  allocatableMilliCPU = 0;
  allocatableMemory = 0;
  allocatableEphemeralStorage = 0;
  allowedPodNumber = 0;
  allocatableScalar: ReadonlyMap<string, number> | undefined = undefined;

  requestedMilliCPU = 0;
  requestedMemory = 0;
  requestedEphemeralStorage = 0;
  requestedScalar: Map<string, number> | undefined = undefined;
  nonZeroMilliCPU = 0;
  nonZeroMemory = 0;

  images: ReadonlySet<string> = NO_IMAGES;
  /** IPs in use by `TCP/80`. */
  usedPorts: Map<string, readonly string[]> | undefined = undefined;
  /** How many pods here name a claim, by `namespace/name`. */
  claims: Map<string, number> | undefined = undefined;

  constructor(name: string, slot: number, owner: Owner) {
    this.name = name;
    this.slot = slot;
    this.owner = owner;
  }

  clone(owner: Owner): NodeInfo {
    const copy = new NodeInfo(this.name, this.slot, owner);
    copy.become(this);
    copy.owner = owner;
    return copy;
  }

  /** Turns this into a copy of `other` without allocating, so that a simulation can visit many nodes with one object. */
  become(other: NodeInfo): void {
    this.name = other.name;
    this.slot = other.slot;
    this.node = other.node;
    this.labels = other.labels;
    this.pods.length = other.pods.length;
    for (let i = 0; i < other.pods.length; i++) {
      const info = other.pods[i];
      if (info !== undefined) this.pods[i] = info;
    }
    this.allocatableMilliCPU = other.allocatableMilliCPU;
    this.allocatableMemory = other.allocatableMemory;
    this.allocatableEphemeralStorage = other.allocatableEphemeralStorage;
    this.allowedPodNumber = other.allowedPodNumber;
    this.allocatableScalar = other.allocatableScalar;
    this.requestedMilliCPU = other.requestedMilliCPU;
    this.requestedMemory = other.requestedMemory;
    this.requestedEphemeralStorage = other.requestedEphemeralStorage;
    this.requestedScalar = other.requestedScalar && new Map(other.requestedScalar);
    this.nonZeroMilliCPU = other.nonZeroMilliCPU;
    this.nonZeroMemory = other.nonZeroMemory;
    this.images = other.images;
    this.usedPorts = other.usedPorts && new Map(other.usedPorts);
    this.claims = other.claims && new Map(other.claims);
  }

  setNode(node: Node): void {
    this.node = node;
    this.labels = node.metadata.labels ?? NO_LABELS;
    this.images = imagesOf(node);
    this.allocatableMilliCPU = 0;
    this.allocatableMemory = 0;
    this.allocatableEphemeralStorage = 0;
    this.allowedPodNumber = 0;
    let scalar: Map<string, number> | undefined;
    for (const [name, quantity] of Object.entries(node.status?.allocatable ?? {})) {
      switch (name) {
        case 'cpu': this.allocatableMilliCPU = amountOf(name, quantity); break;
        case 'memory': this.allocatableMemory = amountOf(name, quantity); break;
        case 'ephemeral-storage': this.allocatableEphemeralStorage = amountOf(name, quantity); break;
        case 'pods': this.allowedPodNumber = value(quantity); break;
        default: if (isScalarResource(name)) (scalar ??= new Map<string, number>()).set(name, value(quantity));
      }
    }
    this.allocatableScalar = scalar;
  }

  removeNode(): void {
    this.node = undefined;
    this.labels = NO_LABELS;
    this.images = NO_IMAGES;
  }

  allocatable(resource: string): number {
    switch (resource) {
      case 'cpu': return this.allocatableMilliCPU;
      case 'memory': return this.allocatableMemory;
      case 'ephemeral-storage': return this.allocatableEphemeralStorage;
      default: return this.allocatableScalar?.get(resource) ?? 0;
    }
  }

  requested(resource: string): number {
    switch (resource) {
      case 'cpu': return this.requestedMilliCPU;
      case 'memory': return this.requestedMemory;
      case 'ephemeral-storage': return this.requestedEphemeralStorage;
      default: return this.requestedScalar?.get(resource) ?? 0;
    }
  }

  addPod(info: PodInfo): void {
    this.pods.push(info);
    this.count(info, 1);
  }

  /** Puts a newer version of a pod in the place of the old one; both must count the same. False when it is not here. */
  replacePod(before: PodInfo, after: PodInfo): boolean {
    const index = this.pods.lastIndexOf(before);
    if (index < 0) return false;
    this.pods[index] = after;
    return true;
  }

  /** Takes away the pod with that key; undefined when it is not here. */
  removePod(key: string): PodInfo | undefined {
    const info = this.pods.find((each) => each.key === key);
    if (info !== undefined) this.remove(info);
    return info;
  }

  /** Takes away this very pod. */
  remove(info: PodInfo): void {
    const { pods } = this;
    const index = pods.lastIndexOf(info);
    if (index < 0) return;
    for (let i = index + 1; i < pods.length; i++) {
      const next = pods[i];
      if (next !== undefined) pods[i - 1] = next;
    }
    pods.pop();
    this.count(info, -1);
  }

  /** Whether a pod that wants `wanted` collides with a port in use: 0.0.0.0 collides with every address. */
  portInUse(wanted: HostPort): boolean {
    const ips = this.usedPorts?.get(`${wanted.protocol}/${wanted.port}`);
    if (ips === undefined) return false;
    return wanted.ip === ANY_IP || ips.includes(ANY_IP) || ips.includes(wanted.ip);
  }

  private count(info: PodInfo, sign: 1 | -1): void {
    const { requests, nonZero } = info;
    this.requestedMilliCPU += sign * requests.milliCPU;
    this.requestedMemory += sign * requests.memory;
    this.requestedEphemeralStorage += sign * requests.ephemeralStorage;
    this.nonZeroMilliCPU += sign * nonZero.milliCPU;
    this.nonZeroMemory += sign * nonZero.memory;
    if (requests.scalar !== undefined) this.countScalar(requests.scalar, sign);
    if (info.hostPorts.length > 0) this.countPorts(info.hostPorts, sign);
    if (info.claimKeys.length > 0) this.countClaims(info.claimKeys, sign);
  }

  private countScalar(scalar: ReadonlyMap<string, number>, sign: 1 | -1): void {
    const requested = this.requestedScalar ??= new Map<string, number>();
    scalar.forEach((amount, name) => requested.set(name, (requested.get(name) ?? 0) + sign * amount));
  }

  /** A set, as in the real HostPortInfo: when one of two pods with the same port leaves, the port counts as free. */
  private countPorts(ports: readonly HostPort[], sign: 1 | -1): void {
    const used = this.usedPorts ??= new Map<string, readonly string[]>();
    for (const { protocol, port, ip } of ports) {
      const key = `${protocol}/${port}`;
      const others = (used.get(key) ?? []).filter((other) => other !== ip);
      const ips = sign > 0 ? [...others, ip] : others;
      if (ips.length > 0) used.set(key, ips);
      else used.delete(key);
    }
  }

  private countClaims(keys: readonly string[], sign: 1 | -1): void {
    const claims = this.claims ??= new Map<string, number>();
    for (const key of keys) {
      const count = (claims.get(key) ?? 0) + sign;
      if (count > 0) claims.set(key, count);
      else claims.delete(key);
    }
  }
}
