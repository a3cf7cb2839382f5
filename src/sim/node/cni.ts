// The network plugin of a node: the `bridge` plugin with `host-local` address management. A pod gets an address of the
// node's pod CIDR, a veth pair into its namespace, and a default route over the node's bridge.
import { unreachable } from '../../base/assert.ts';
import { LazyMap } from '../../base/lazy-map.ts';
import type { Actor, Context, StartMessage } from '../kernel/actor.ts';
import { instanceOf } from '../kernel/actor.ts';
import { runtimeId } from './messages.ts';
import type { CniAddRequest, CniAddResponse, CniDelRequest, CniRequest, CniResponse, CniResult } from './messages.ts';

const BRIDGE = 'cni0';
/** The plugins are programs that the runtime executes: most of the time is starting them. */
const ADD_US = 50_000;
const ADD_JITTER_US = 50_000;
const DEL_US = 40_000;
const DEL_JITTER_US = 30_000;
const HEX = '0123456789abcdef';

/** Addresses as numbers: the range between the gateway and the broadcast address. */
interface Range { readonly cidr: string; readonly prefix: number; readonly gateway: number; readonly first: number; readonly last: number }

export interface CniState {
  readonly nodeName: string;
  range: Range | undefined;
  /** The last address given out: the search goes on behind it, so that addresses are not used again at once. */
  lastReserved: number;
  /** What was set up, by sandbox. */
  readonly results: LazyMap<string, CniResult>;
  /** Address → sandbox. */
  readonly reserved: LazyMap<number, string>;
}

export function parseAddress(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function formatAddress(address: number): string {
  return `${Math.floor(address / 16_777_216) % 256}.${Math.floor(address / 65_536) % 256}.${Math.floor(address / 256) % 256}.${address % 256}`;
}

/** host-local's range of an IPv4 CIDR: the first usable address is the gateway's. */
export function rangeOf(cidr: string): Range | undefined {
  const [base = '', bits = ''] = cidr.split('/');
  const prefix = Number(bits);
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(base) || !(prefix >= 8 && prefix <= 30)) return undefined;
  const size = 2 ** (32 - prefix);
  const network = Math.floor(parseAddress(base) / size) * size;
  return { cidr, prefix, gateway: network + 1, first: network + 2, last: network + size - 2 };
}

function reserve(state: CniState, range: Range, sandboxId: string): number | undefined {
  const count = range.last - range.first + 1;
  const begin = state.lastReserved >= range.first && state.lastReserved < range.last ? state.lastReserved + 1 : range.first;
  for (let i = 0; i < count; i++) {
    const address = range.first + ((begin - range.first + i) % count);
    if (state.reserved.has(address)) continue;
    state.reserved.set(address, sandboxId);
    state.lastReserved = address;
    return address;
  }
  return undefined;
}

function vethName(ctx: Context): string {
  let name = 'veth';
  for (let word = ctx.random.uint32(), i = 0; i < 8; i++, word >>>= 4) name += HEX[word & 15];
  return name;
}

const byte = (value: number): string => (HEX[(value >> 4) & 15] ?? '') + (HEX[value & 15] ?? '');

/** Locally administered, made from the address, as the bridge plugin does. */
function macOf(address: number): string {
  return `0a:58:${byte(address / 16_777_216)}:${byte(address / 65_536)}:${byte(address / 256)}:${byte(address)}`;
}

function setUp(state: CniState, request: CniAddRequest, ctx: Context): CniResult | string {
  const range = state.range;
  if (!range) return 'failed to find plugin "bridge" in path [/opt/cni/bin]';
  const address = reserve(state, range, request.containerId);
  if (address === undefined) return `failed to allocate for range 0: no IP addresses available in range set: ${formatAddress(range.gateway)}-${formatAddress(range.last)}`;
  const gateway = formatAddress(range.gateway);
  return {
    address: `${formatAddress(address)}/${range.prefix}`, gateway, bridge: BRIDGE, hostVeth: vethName(ctx), containerVeth: request.ifName, mac: macOf(address),
    routes: [{ dst: '0.0.0.0/0', gw: gateway }],
  };
}

function add(state: CniState, request: CniAddRequest, ctx: Context): void {
  const outcome = setUp(state, request, ctx);
  const failed = typeof outcome === 'string';
  if (!failed) state.results.set(request.containerId, outcome);
  const response: CniAddResponse = failed
    ? { type: 'cni-add-response', requestId: request.requestId, result: undefined, error: { code: 'Unknown', message: outcome } }
    : { type: 'cni-add-response', requestId: request.requestId, result: outcome };
  answer(state, ctx, response, ADD_US + ctx.random.below(ADD_JITTER_US));
}

function answer(state: CniState, ctx: Context, response: CniResponse, processingUs = 0): void {
  ctx.send(runtimeId(state.nodeName), response, processingUs);
}

/** DEL succeeds even when there is nothing to delete. */
function del(state: CniState, { requestId, containerId }: CniDelRequest, ctx: Context): void {
  const result = state.results.get(containerId);
  if (result) {
    state.results.delete(containerId);
    state.reserved.delete(parseAddress(result.address.split('/')[0] ?? ''));
  }
  answer(state, ctx, { type: 'cni-del-response', requestId }, DEL_US + ctx.random.below(DEL_JITTER_US));
}

function receive(state: CniState, message: CniRequest | StartMessage, ctx: Context): void {
  switch (message.type) {
    case 'cni-add': add(state, message, ctx); return;
    case 'cni-del': del(state, message, ctx); return;
    case 'cni-config':
      if (state.range?.cidr !== message.podCidr) state.range = rangeOf(message.podCidr);
      answer(state, ctx, { type: 'cni-config-response', requestId: message.requestId });
      return;
    case 'start': return;
    default: unreachable(message);
  }
}

export const cni: Actor<CniState, CniRequest | StartMessage> = {
  kind: 'cni',
  init: (id) => ({ nodeName: instanceOf(id), range: undefined, lastReserved: 0, results: new LazyMap(), reserved: new LazyMap() }),
  receive,
  clone: (state) => ({ ...state, results: state.results.clone(), reserved: state.reserved.clone() }),
};
