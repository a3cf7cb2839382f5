// The node side of the CSI drivers of one node: a volume is staged once (formatted and mounted on the node) and
// published to each pod that uses it.
import { unreachable } from '../../base/assert.ts';
import { LazyMap } from '../../base/lazy-map.ts';
import type { Actor, Context, StartMessage } from '../kernel/actor.ts';
import { instanceOf } from '../kernel/actor.ts';
import { kubeletId } from './messages.ts';
import type { CsiDriverInfo, CsiRequest, CsiResponse } from './messages.ts';

/** mkfs on first use, fsck and mount afterwards. */
const STAGE_US = 400_000;
const STAGE_JITTER_US = 300_000;
const PUBLISH_US = 20_000;
const PUBLISH_JITTER_US = 20_000;
const UNSTAGE_US = 100_000;

/** The driver that every machine carries; StorageClasses name it as their provisioner. */
export const CSI_DRIVER = 'csi.wheelhouse.dev';
const MAX_VOLUMES_PER_NODE = 64;

export interface CsiState {
  readonly nodeName: string;
  readonly driver: CsiDriverInfo;
  /** `driver^handle` → where it is staged. */
  readonly staged: LazyMap<string, string>;
  /** Target path of a pod → `driver^handle`. */
  readonly published: LazyMap<string, string>;
}

function respond(state: CsiState, response: CsiResponse, ctx: Context, processingUs: number): void {
  ctx.send(kubeletId(state.nodeName), response, processingUs);
}

function receive(state: CsiState, message: CsiRequest | StartMessage, ctx: Context): void {
  if (message.type === 'start') return;
  const { requestId } = message;
  switch (message.type) {
    case 'csi-node-get-info':
      respond(state, { type: 'csi-node-get-info-response', requestId, drivers: [state.driver] }, ctx, 0);
      return;
    case 'csi-node-stage-volume':
      state.staged.set(`${message.driver}^${message.volumeHandle}`, message.stagingTargetPath);
      respond(state, { type: 'csi-node-stage-volume-response', requestId }, ctx, STAGE_US + ctx.random.below(STAGE_JITTER_US));
      return;
    case 'csi-node-publish-volume': {
      const volume = `${message.driver}^${message.volumeHandle}`;
      const error = state.staged.has(volume) ? undefined : { code: 'Internal' as const, message: `volume ${message.volumeHandle} is not staged` };
      if (!error) state.published.set(message.targetPath, volume);
      respond(state, { type: 'csi-node-publish-volume-response', requestId, ...(error ? { error } : {}) }, ctx, PUBLISH_US + ctx.random.below(PUBLISH_JITTER_US));
      return;
    }
    case 'csi-node-unpublish-volume':
      state.published.delete(message.targetPath);
      respond(state, { type: 'csi-node-unpublish-volume-response', requestId }, ctx, PUBLISH_US);
      return;
    case 'csi-node-unstage-volume':
      state.staged.delete(`${message.driver}^${message.volumeHandle}`);
      respond(state, { type: 'csi-node-unstage-volume-response', requestId }, ctx, UNSTAGE_US);
      return;
    default: unreachable(message);
  }
}

export const csiNode: Actor<CsiState, CsiRequest | StartMessage> = {
  kind: 'csi-node',
  init: (id) => ({ nodeName: instanceOf(id), driver: { name: CSI_DRIVER, nodeId: instanceOf(id), maxVolumesPerNode: MAX_VOLUMES_PER_NODE }, staged: new LazyMap(), published: new LazyMap() }),
  receive,
  clone: (state) => ({ ...state, staged: state.staged.clone(), published: state.published.clone() }),
};
