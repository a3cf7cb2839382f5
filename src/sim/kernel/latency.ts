import type { Prng } from '../../base/prng.ts';
import type { LinkFault } from './actor.ts';

/** One way, in microseconds: base plus a uniform jitter in [0, jitterUs). */
export interface Latency { readonly baseUs: number; readonly jitterUs: number }

/** `from>to` by component kind; `*` stands for any. The first of exact, `from>*`, `*>to`, `*>*` counts. */
export type LatencyTable = Readonly<Record<string, Latency>>;

/** Near a small real cluster: sub-millisecond in one data centre, function-call speed between parts of one node. */
export const DEFAULT_LATENCY: LatencyTable = {
  '*>*': { baseUs: 400, jitterUs: 200 },
  'kubectl>*': { baseUs: 1500, jitterUs: 500 },
  '*>kubectl': { baseUs: 1500, jitterUs: 500 },
  'kube-apiserver>etcd': { baseUs: 250, jitterUs: 100 },
  'etcd>kube-apiserver': { baseUs: 250, jitterUs: 100 },
  'kubelet>container-runtime': { baseUs: 150, jitterUs: 50 },
  'container-runtime>kubelet': { baseUs: 150, jitterUs: 50 },
  'container-runtime>cni': { baseUs: 150, jitterUs: 50 },
  'cni>container-runtime': { baseUs: 150, jitterUs: 50 },
  'kubelet>csi-node': { baseUs: 150, jitterUs: 50 },
  'csi-node>kubelet': { baseUs: 150, jitterUs: 50 },
};

export function latencyOf(table: LatencyTable, fromKind: string, toKind: string): Latency {
  return table[`${fromKind}>${toKind}`] ?? table[`${fromKind}>*`] ?? table[`*>${toKind}`] ?? table['*>*'] ?? { baseUs: 0, jitterUs: 0 };
}

/** Latency from one actor to all of one kind. Within one receive the jitter is drawn once, so a fan-out arrives together. */
export interface KindLatency extends Latency { drawnFor: number; drawnUs: number }

export function drawUs(link: KindLatency, messageId: number, random: Prng): number {
  if (link.drawnFor !== messageId) {
    link.drawnFor = messageId;
    link.drawnUs = link.baseUs + (link.jitterUs > 0 ? random.below(link.jitterUs) : 0);
  }
  return link.drawnUs;
}

export function faultedUs(delayUs: number, fault: LinkFault): number {
  return Math.round(delayUs * (fault.factor ?? 1)) + (fault.extraUs ?? 0);
}
