// The image store and pulls. A pull takes a round of requests to the registry plus the bytes over the node's link.
import type { Context } from '../../kernel/actor.ts';
import { parseImage } from '../image-reference.ts';
import { imageRefOf, resolveImage } from '../images.ts';
import type { ImageStatusRequest, ImageStatusResponse, PullImageRequest, PullImageResponse, RuntimeImage } from '../messages.ts';
import { answer } from './state.ts';
import type { PullDone, RuntimeState } from './state.ts';

/** 50 MB/s: a machine's share of a fast link. */
const BYTES_PER_US = 50;
/** Token, manifest and configuration: what is asked of the registry even when all layers are there. */
const REGISTRY_US = 250_000;
const REGISTRY_JITTER_US = 200_000;
/** Unpacking goes on while layers arrive; what is left of it at the end. */
const UNPACK_US_PER_MB = 1_500;

/** The image that a container would be made of, if it is on this machine. */
export function storedImage(state: RuntimeState, name: string): RuntimeImage | undefined {
  const reference = parseImage(name);
  return typeof reference === 'string' ? undefined : state.images.get(reference.familiar);
}

export function imageStatus(state: RuntimeState, request: ImageStatusRequest, ctx: Context): void {
  const response: ImageStatusResponse = { type: 'cri-image-status-response', requestId: request.requestId, image: storedImage(state, request.image) };
  answer(state, ctx, response);
}

export function pullImage(state: RuntimeState, request: PullImageRequest, ctx: Context): void {
  const found = resolveImage(request.image);
  const bytes = 'code' in found || storedImage(state, request.image) ? 0 : found.image.sizeBytes;
  const timer: PullDone = { type: 'pull-done', requestId: request.requestId, image: request.image };
  ctx.after(REGISTRY_US + ctx.random.below(REGISTRY_JITTER_US) + Math.round(bytes / BYTES_PER_US + (bytes / 1_000_000) * UNPACK_US_PER_MB), timer);
}

export function pullDone(state: RuntimeState, { requestId, image }: PullDone, ctx: Context): void {
  const found = resolveImage(image);
  const response: PullImageResponse = 'code' in found
    ? { type: 'cri-pull-image-response', requestId, image: undefined, error: { code: found.code, message: found.message } }
    : { type: 'cri-pull-image-response', requestId, image: addImage(state, image) };
  answer(state, ctx, response);
}

/** Puts an image of the catalogue on the disk; undefined if there is no such image. */
function addImage(state: RuntimeState, name: string): RuntimeImage | undefined {
  const found = resolveImage(name);
  if ('code' in found) return undefined;
  const known = state.images.get(found.reference.familiar);
  if (known) return known;
  const ref = imageRefOf(found.reference);
  const image: RuntimeImage = { ref, names: [ref, found.reference.familiar], sizeBytes: found.image.sizeBytes };
  state.images.set(found.reference.familiar, image);
  return image;
}
