// Images of containers: pull policy, one pull after the other (serializeImagePulls), back-off of pulls that fail
// (models pkg/kubelet/images image_manager.go).
import type { Container } from '../../api/generated/types.ts';
import type { Context } from '../../kernel/actor.ts';
import { parseImage } from '../image-reference.ts';
import type { RpcError, RuntimeImage } from '../messages.ts';
import { formatDuration, nextBackoff } from './backoff.ts';
import { errorText, newCall, toRuntime } from './calls.ts';
import { setView, specOf } from './containers.ts';
import { containerEvent } from './events.ts';
import { requestNodeStatus } from './node-status.ts';
import type { Call, ContainerView, KubeletState, PodWorker, PullJob } from './state.ts';

/** What came of a step: go on, wait for an answer, or the container cannot start for this reason. */
export type ImageOutcome = { readonly kind: 'present' } | { readonly kind: 'waiting'; readonly step: 'inspectingImage' | 'pullingImage' }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string };
const PRESENT: ImageOutcome = { kind: 'present' };
const INSPECTING: ImageOutcome = { kind: 'waiting', step: 'inspectingImage' };
const PULLING: ImageOutcome = { kind: 'waiting', step: 'pullingImage' };
const failed = (reason: string, message: string): ImageOutcome => ({ kind: 'failed', reason, message });

/** The API server's default, for pods that were never defaulted. */
function pullPolicy(spec: Container): 'Always' | 'IfNotPresent' | 'Never' {
  if (spec.imagePullPolicy) return spec.imagePullPolicy;
  const reference = parseImage(spec.image ?? '');
  return typeof reference !== 'string' && reference.tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** Asks whether the image is there, or pulls it at once when the policy says Always. */
export function ensureImage(state: KubeletState, worker: PodWorker, index: number, ctx: Context): ImageOutcome {
  const view = worker.containers[index] as ContainerView;
  const spec = specOf(worker.pod, view);
  const image = spec.image ?? '';
  const reference = parseImage(image);
  if (typeof reference === 'string') {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${reference}`;
    containerEvent(state, ctx, worker.pod, view, 'Warning', 'InspectFailed', message);
    return failed('InvalidImageName', message);
  }
  if (pullPolicy(spec) === 'Always') return pull(state, worker, index, ctx);
  toRuntime(state, ctx, { type: 'cri-image-status', requestId: newCall(state, ctx, 'image-status', worker.uid, index), image });
  return INSPECTING;
}

export function onImageStatus(state: KubeletState, worker: PodWorker, call: Call, image: RuntimeImage | undefined, error: RpcError | undefined, ctx: Context): ImageOutcome {
  const view = worker.containers[call.view] as ContainerView;
  const spec = specOf(worker.pod, view);
  if (error) {
    const message = `Failed to inspect image "": ${errorText(error)}`;
    containerEvent(state, ctx, worker.pod, view, 'Warning', 'InspectFailed', message);
    return failed('ImageInspectError', message);
  }
  if (image) {
    containerEvent(state, ctx, worker.pod, view, 'Normal', 'Pulled', `Container image "${spec.image}" already present on machine and can be accessed by the pod`);
    return PRESENT;
  }
  if (pullPolicy(spec) !== 'Never') return pull(state, worker, call.view, ctx);
  const message = `Container image "${spec.image}" is not present with pull policy of Never`;
  containerEvent(state, ctx, worker.pod, view, 'Warning', 'ErrImageNeverPull', message);
  return failed('ErrImageNeverPull', message);
}

function pull(state: KubeletState, worker: PodWorker, index: number, ctx: Context): ImageOutcome {
  const view = worker.containers[index] as ContainerView;
  const image = specOf(worker.pod, view).image ?? '';
  if (view.pullBackoff && ctx.unixUs - view.pullBackoff.updatedUs < view.pullBackoff.backoffUs) {
    const message = `Back-off pulling image "${image}"`;
    containerEvent(state, ctx, worker.pod, view, 'Normal', 'BackOff', message);
    return failed('ImagePullBackOff', view.pullError === '' ? message : `${message}: ${view.pullError}`);
  }
  containerEvent(state, ctx, worker.pod, view, 'Normal', 'Pulling', `Pulling image "${image}"`);
  const job: PullJob = { uid: worker.uid, view: index, image, cause: ctx.cause, queuedUs: ctx.nowUs };
  state.pulls = [...state.pulls, job];
  if (state.pulls.length === 1) sendPull(state, job, ctx);
  return PULLING;
}

function sendPull(state: KubeletState, job: PullJob, ctx: Context): void {
  const before = ctx.cause;
  ctx.cause = job.cause;
  toRuntime(state, ctx, { type: 'cri-pull-image', requestId: newCall(state, ctx, 'pull', job.uid, job.view), image: job.image });
  ctx.cause = before;
}

/** A pull has ended: the next in line begins. Returns the job. */
export function nextPull(state: KubeletState, ctx: Context): PullJob | undefined {
  const [done, next] = state.pulls;
  state.pulls = state.pulls.slice(1);
  if (next) sendPull(state, next, ctx);
  return done;
}

export function onPulled(state: KubeletState, worker: PodWorker, call: Call, job: PullJob, image: RuntimeImage | undefined, error: RpcError | undefined, ctx: Context): ImageOutcome {
  const view = worker.containers[call.view] as ContainerView;
  if (image) {
    const message = `Successfully pulled image "${job.image}" in ${formatDuration(ctx.nowUs - call.sentUs)} (${formatDuration(ctx.nowUs - job.queuedUs)} including waiting). Image size: ${image.sizeBytes} bytes.`;
    containerEvent(state, ctx, worker.pod, view, 'Normal', 'Pulled', message);
    setView(worker, call.view, { pullError: '' });
    return PRESENT;
  }
  // The code Unknown says nothing and is left out.
  const text = error === undefined ? '' : error.code === 'Unknown' ? error.message : errorText(error);
  containerEvent(state, ctx, worker.pod, view, 'Warning', 'Failed', `Failed to pull image "${job.image}": ${text}`);
  setView(worker, call.view, { pullBackoff: nextBackoff(view.pullBackoff, ctx.unixUs, ctx.unixUs), pullError: `ErrImagePull: ${text}` });
  return failed('ErrImagePull', text);
}

/** Remembers an image for the node's status. */
export function rememberImage(state: KubeletState, image: RuntimeImage, ctx: Context): void {
  const known = state.images.find(({ ref }) => ref === image.ref);
  if (known && known.names.length === image.names.length) return;
  state.images = [...state.images.filter(({ ref }) => ref !== image.ref), image];
  requestNodeStatus(state, ctx);
}
