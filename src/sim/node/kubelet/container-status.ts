// The status of one container as the API shows it (models convertToAPIContainerStatuses): what the runtime says now and
// said before, else what the API said last, and why a container waits.
import { formatTime } from '../../../base/time.ts';
import type { Container, ContainerState, ContainerStatus, ContainerUser, VolumeMountStatus } from '../../api/generated/types.ts';
import { parseImage } from '../image-reference.ts';
import type { RuntimeContainer } from '../messages.ts';
import { isExited, isRunning, resultOf, shouldBeRestarted, specOf } from './containers.ts';
import type { ReadonlyWorker } from './containers.ts';
import type { ContainerView } from './state.ts';

const ROOT: ContainerUser = { linux: { uid: 0, gid: 0, supplementalGroups: [0] } };
const NO_STATE: ContainerState = {};
const NO_RESOURCES = {};
type MutableStatus = { -readonly [K in keyof ContainerStatus]: ContainerStatus[K] };
const CREATING: ContainerState = { waiting: { reason: 'ContainerCreating' } };
const INITIALIZING: ContainerState = { waiting: { reason: 'PodInitializing' } };

function familiarName(image: string): string {
  const reference = parseImage(image);
  return typeof reference === 'string' ? image : reference.familiar;
}

export function stateOf(container: RuntimeContainer): ContainerState {
  switch (container.state) {
    case 'CONTAINER_CREATED': return { waiting: {} };
    case 'CONTAINER_RUNNING': return { running: { startedAt: formatTime(container.startedUnixUs) } };
    case 'CONTAINER_EXITED': {
      const { exitCode, reason, message, startedUnixUs, finishedUnixUs, id } = container;
      return {
        terminated: {
          exitCode, reason, ...(message !== '' && { message }), ...(startedUnixUs > 0 && { startedAt: formatTime(startedUnixUs) }),
          finishedAt: formatTime(finishedUnixUs), containerID: `containerd://${id}`,
        },
      };
    }
  }
}

const mountsOf = new WeakMap<object, readonly VolumeMountStatus[]>();

/** Shared by all statuses of containers with the very same mounts. */
function volumeMounts(spec: Container): readonly VolumeMountStatus[] | undefined {
  if (!spec.volumeMounts || spec.volumeMounts.length === 0) return undefined;
  let mounts = mountsOf.get(spec.volumeMounts);
  if (!mounts) {
    mounts = spec.volumeMounts.map(({ name, mountPath, readOnly, recursiveReadOnly }) => ({
      name, mountPath,
      ...(readOnly === true && { readOnly, recursiveReadOnly: recursiveReadOnly === 'Enabled' || recursiveReadOnly === 'IfPossible' ? 'Enabled' : 'Disabled' }),
    }));
    mountsOf.set(spec.volumeMounts, mounts);
  }
  return mounts;
}

function userOf(spec: Container): ContainerUser {
  const uid = spec.securityContext?.runAsUser;
  return uid === undefined ? ROOT : { linux: { uid, gid: spec.securityContext?.runAsGroup ?? 0, supplementalGroups: [spec.securityContext?.runAsGroup ?? 0] } };
}

/** A container that the runtime knows. */
function known(view: ContainerView, current: RuntimeContainer, spec: Container, old: ContainerStatus | undefined): MutableStatus {
  const lastState = isExited(view.previous) ? stateOf(view.previous) : old?.lastState ?? NO_STATE;
  const mounts = volumeMounts(spec);
  const requests = spec.resources?.requests;
  const status: MutableStatus = {
    name: view.name, state: stateOf(current), lastState, ready: false, started: false, restartCount: Math.max(current.attempt, old?.restartCount ?? 0),
    image: familiarName(current.image), imageID: current.imageRef, containerID: `containerd://${current.id}`, resources: spec.resources ?? NO_RESOURCES, user: userOf(spec),
  };
  if (requests) status.allocatedResources = requests;
  if (mounts) status.volumeMounts = mounts;
  return status;
}

/** A container that the runtime does not know: not made yet, or lost. */
function unknown(view: ContainerView, spec: Container, old: ContainerStatus | undefined, hasInit: boolean, deleting: boolean): MutableStatus {
  if (old?.state?.terminated) return { ...old };
  const lost = old?.state?.running !== undefined && old.lastState?.terminated === undefined;
  const lastState: ContainerState = lost
    ? { terminated: { reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was deleted.  The container used to be Running', exitCode: 137 } }
    : old?.lastState ?? NO_STATE;
  const mounts = volumeMounts(spec);
  const status: MutableStatus = {
    name: view.name, state: hasInit ? INITIALIZING : CREATING, lastState, ready: false, started: false,
    restartCount: (old?.restartCount ?? 0) + (lost && !deleting ? 1 : 0), image: spec.image ?? '', imageID: '',
  };
  if (mounts) status.volumeMounts = mounts;
  return status;
}

/** If the container is to be started and the last attempt failed, the state says why; what was before is lastState. */
function addWaiting(worker: ReadonlyWorker, view: ContainerView, status: MutableStatus): void {
  if (!view.waiting || !shouldBeRestarted(worker.pod, view)) return;
  if (view.kind === 'init' && isExited(view.current) && view.current.exitCode === 0) return;
  const { reason, message } = view.waiting;
  if (status.state?.terminated) status.lastState = status.state;
  status.state = { waiting: message === '' ? { reason } : { reason, message } };
}

/** Started: no startup probe, or it succeeded. */
export function isStarted(worker: ReadonlyWorker, view: ContainerView, status: ContainerStatus): boolean {
  if (!status.state?.running || !isRunning(view)) return false;
  const result = resultOf(view, 'startup');
  if (result !== undefined) return result === 'success';
  return specOf(worker.pod, view).startupProbe === undefined;
}

function isReady(view: ContainerView, spec: Container, status: ContainerStatus, started: boolean): boolean {
  if (view.kind === 'init') return status.state?.terminated?.exitCode === 0;
  if (!started || !status.state?.running) return false;
  return spec.readinessProbe === undefined || resultOf(view, 'readiness') === 'success';
}

/** @param old the same container in the status before */
export function containerStatus(worker: ReadonlyWorker, view: ContainerView, old: ContainerStatus | undefined): ContainerStatus {
  const spec = specOf(worker.pod, view);
  const hasInit = worker.containers[0]?.kind !== 'container';
  const status = view.current ? known(view, view.current, spec, old) : unknown(view, spec, old, hasInit, worker.pod.metadata.deletionTimestamp !== undefined);
  addWaiting(worker, view, status);
  status.started = isStarted(worker, view, status);
  status.ready = isReady(view, spec, status, status.started);
  return status;
}
