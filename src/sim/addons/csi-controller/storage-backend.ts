// The storage behind the driver: it makes volumes, attaches them to machines, and takes its time for both.
import { assert, unreachable } from '../../../base/assert.ts';
import { CowMap } from '../../../base/cow-map.ts';
import type { Actor, Context, StartMessage } from '../../kernel/actor.ts';
import type { ControllerExpandVolumeRequest, ControllerPublishVolumeRequest, CreateVolumeRequest, CsiControllerRequest, CsiControllerResponse, RpcStatus } from './messages.ts';

const CREATE_US = 700_000;
const CREATE_JITTER_US = 600_000;
const DELETE_US = 400_000;
const ATTACH_US = 900_000;
const ATTACH_JITTER_US = 900_000;
const DETACH_US = 700_000;
const EXPAND_US = 600_000;
const GIB = 2 ** 30;
/** One pool of storage, as large as a small data centre's. */
const POOL_BYTES = 64 * 1024 * GIB;

/** Immutable. */
interface StoredVolume {
  readonly id: string;
  readonly bytes: number;
  readonly nodes: readonly string[];
}

export interface BackendState {
  /** By the name that it was asked for with. */
  readonly names: CowMap<string>;
  readonly volumes: CowMap<StoredVolume>;
  usedBytes: number;
}

function receive(state: BackendState, message: CsiControllerRequest | StartMessage, ctx: Context): void {
  switch (message.type) {
    case 'start': return;
    case 'csi-create-volume': create(state, message, ctx); return;
    case 'csi-delete-volume': remove(state, message.volumeId);
      answer(ctx, { type: 'csi-delete-volume-response', requestId: message.requestId }, DELETE_US);
      return;
    case 'csi-controller-publish-volume': publish(state, message, ctx); return;
    case 'csi-controller-unpublish-volume': {
      const volume = state.volumes.get(message.volumeId);
      if (volume) state.volumes.set(volume.id, { ...volume, nodes: volume.nodes.filter((node) => node !== message.nodeId) });
      answer(ctx, { type: 'csi-controller-unpublish-volume-response', requestId: message.requestId }, DETACH_US);
      return;
    }
    case 'csi-controller-expand-volume': expand(state, message, ctx); return;
    default: unreachable(message);
  }
}

function answer(ctx: Context, response: CsiControllerResponse, processingUs: number): void {
  ctx.send(ctx.from, response, processingUs);
}

function uuid(ctx: Context): string {
  const hex = Array.from({ length: 4 }, () => ctx.random.uint32().toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function wholeGib(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / GIB)) * GIB;
}

function create(state: BackendState, { requestId, name, requiredBytes }: CreateVolumeRequest, ctx: Context): void {
  const existing = state.volumes.get(state.names.get(name) ?? '');
  const bytes = existing?.bytes ?? wholeGib(requiredBytes);
  if (!existing && state.usedBytes + bytes > POOL_BYTES) {
    const error: RpcStatus = { code: 'ResourceExhausted', message: `not enough free space for ${bytes} bytes` };
    answer(ctx, { type: 'csi-create-volume-response', requestId, volumeId: '', capacityBytes: 0, error }, CREATE_US);
    return;
  }
  const volumeId = existing?.id ?? `vol-${uuid(ctx)}`;
  if (!existing) {
    state.names.set(name, volumeId);
    state.volumes.set(volumeId, { id: volumeId, bytes, nodes: [] });
    state.usedBytes += bytes;
  }
  answer(ctx, { type: 'csi-create-volume-response', requestId, volumeId, capacityBytes: bytes }, CREATE_US + ctx.random.below(CREATE_JITTER_US));
}

function remove(state: BackendState, id: string): void {
  const volume = state.volumes.get(id);
  if (!volume) return;
  state.volumes.delete(id);
  for (const [name, known] of state.names) {
    if (known !== id) continue;
    state.names.delete(name);
    break;
  }
  state.usedBytes -= volume.bytes;
  assert(state.usedBytes >= 0, 'the pool cannot hold less than nothing');
}

function publish(state: BackendState, { requestId, volumeId, nodeId, shared }: ControllerPublishVolumeRequest, ctx: Context): void {
  const volume = state.volumes.get(volumeId);
  const other = volume?.nodes.find((node) => node !== nodeId);
  const error: RpcStatus | undefined = !volume
    ? { code: 'NotFound', message: `volume ${volumeId} does not exist` }
    : other !== undefined && !shared ? { code: 'FailedPrecondition', message: `volume ${volumeId} is attached to node ${other}` } : undefined;
  if (volume && !error && !volume.nodes.includes(nodeId)) state.volumes.set(volumeId, { ...volume, nodes: [...volume.nodes, nodeId] });
  const publishContext: Readonly<Record<string, string>> = error ? {} : { devicePath: `/dev/disk/by-id/${volumeId}` };
  answer(ctx, { type: 'csi-controller-publish-volume-response', requestId, publishContext, ...(error ? { error } : {}) }, ATTACH_US + ctx.random.below(ATTACH_JITTER_US));
}

/** A volume never becomes smaller. */
function expand(state: BackendState, { requestId, volumeId, requiredBytes }: ControllerExpandVolumeRequest, ctx: Context): void {
  const volume = state.volumes.get(volumeId);
  const bytes = Math.max(volume?.bytes ?? 0, wholeGib(requiredBytes));
  const added = bytes - (volume?.bytes ?? 0);
  const error: RpcStatus | undefined = !volume
    ? { code: 'NotFound', message: `volume ${volumeId} does not exist` }
    : state.usedBytes + added > POOL_BYTES ? { code: 'ResourceExhausted', message: `not enough free space for ${added} bytes` } : undefined;
  if (volume && !error) {
    state.volumes.set(volumeId, { ...volume, bytes });
    state.usedBytes += added;
  }
  answer(ctx, { type: 'csi-controller-expand-volume-response', requestId, capacityBytes: error ? 0 : bytes, ...(error ? { error } : {}) }, EXPAND_US);
}

export const storageBackend: Actor<BackendState, CsiControllerRequest | StartMessage> = {
  kind: 'storage-backend',
  init: () => ({ names: new CowMap(), volumes: new CowMap(), usedBytes: 0 }),
  receive,
  clone: ({ names, volumes, usedBytes }) => ({ names: names.clone(), volumes: volumes.clone(), usedBytes }),
};
