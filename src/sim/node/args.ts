// What the four actors of a node are spawned with, and what follows from a machine's number.
import type { MachineSpec } from '../cluster.ts';

/** `index` counts machines from 1. */
export interface NodeArgs { readonly machine: MachineSpec; readonly index: number; readonly options: Readonly<Record<string, string>> }

/** Machines stand in 172.18.0.0/16; the first address is the router's. */
export function internalIpOf(index: number): string {
  const host = index + 1;
  return `172.18.${Math.floor(host / 256)}.${host % 256}`;
}

/** A /24 of 10.244.0.0/14 for each machine, as the provider of machines hands them out. */
export function podCidrOf(index: number): string {
  return `10.${244 + Math.floor(index / 256)}.${index % 256}.0/24`;
}
