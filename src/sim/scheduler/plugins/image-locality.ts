import type { Pod } from '../../api/generated/types.ts';
import type { Plugin } from '../framework/plugin.ts';
import { MAX_NODE_SCORE } from '../framework/plugin.ts';

const MIB = 1024 * 1024;
/** Below this an image is pulled so fast that it does not matter. */
const MIN_THRESHOLD_BYTES = 23 * MIB;
const MAX_CONTAINER_THRESHOLD_BYTES = 1000 * MIB;

interface Images {
  /** Normalised names, one per container, that some node has; the same image may appear more than once. */
  readonly names: readonly { readonly name: string; readonly scaledBytes: number }[];
  readonly maxThresholdBytes: number;
}

/** `nginx` → `nginx:latest` (normalizedImageName). */
function normalizedImageName(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name;
}

/** One name per container, init containers included. */
function imageNames(pod: Pod): readonly string[] {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return containers.map((container) => normalizedImageName(container.image ?? ''));
}

/**
 * Models ImageLocality: bytes of the pod's images that the node has, each scaled by the share of nodes that have it
 * (against hot spots), between 23 MiB and 1000 MiB per container mapped to 0 … 100.
 */
export const imageLocality: Plugin<undefined, Images> = {
  name: 'ImageLocality',
  prepareScore({ cache }, pod) {
    const wanted = imageNames(pod.pod);
    const names = wanted.flatMap((name) => {
      const image = cache.imageState(name);
      return image === undefined ? [] : [{ name, scaledBytes: Math.trunc(image.sizeBytes * (image.nodes / cache.nodeCount)) }];
    });
    return { names, maxThresholdBytes: MAX_CONTAINER_THRESHOLD_BYTES * wanted.length };
  },
  explainScore: ({ names }, _pod, node) => names.filter(({ name }) => node.images.has(name))
    .map(({ name, scaledBytes }) => ({ code: 'image', params: { image: name, scaledBytes } })),
  score({ names, maxThresholdBytes }, _pod, node) {
    let bytes = 0;
    for (const { name, scaledBytes } of names) if (node.images.has(name)) bytes += scaledBytes;
    const clamped = Math.min(Math.max(bytes, MIN_THRESHOLD_BYTES), maxThresholdBytes);
    return Math.trunc((MAX_NODE_SCORE * (clamped - MIN_THRESHOLD_BYTES)) / (maxThresholdBytes - MIN_THRESHOLD_BYTES));
  },
};
