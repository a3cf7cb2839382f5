// Containers and their processes: create, start, stop, the end of a process, commands and connections.
import type { Context } from '../../kernel/actor.ts';
import { resolveImage } from '../images.ts';
import { newContainerId } from '../linux.ts';
import type {
  ConnectRequest, ConnectResponse, ContainerEvent, CreateContainerRequest, CreateContainerResponse, ExecSyncRequest, ExecSyncResponse, KillContainer, RpcError,
  RuntimeContainer, StartContainerRequest, StartContainerResponse,
} from '../messages.ts';
import { execIn, inputOf, planProcess } from '../process.ts';
import type { FileEvent } from '../shell-files.ts';
import { storedImage } from './image-store.ts';
import { answer } from './state.ts';
import { noteAccess } from './logs.ts';
import { atPort } from './served.ts';
import { stopContainer } from './stop.ts';
import { endStreamsOf } from './streams.ts';
import type { ContainerRecord, ExecDone, ProcessExit, RuntimeState } from './state.ts';

const CREATE_US = 50_000;
const CREATE_JITTER_US = 40_000;
const START_US = 50_000;
const START_JITTER_US = 60_000;
const EXEC_US = 25_000;
const CONNECT_US = 800;
const EXIT_CODE_SIGKILL = 137;
const PROBE_AGENT = 'kube-probe/1.36';

export function createContainer(state: RuntimeState, { requestId, sandboxId, config }: CreateContainerRequest, ctx: Context): void {
  const image = storedImage(state, config.image);
  const found = resolveImage(config.image);
  const sandbox = state.sandboxes.get(sandboxId);
  if (!image || 'code' in found || sandbox?.state !== 'SANDBOX_READY') {
    const message = image ? `sandbox container "${sandboxId}" is not running` : `failed to resolve image "${config.image}": not found`;
    const failure: CreateContainerResponse = { type: 'cri-create-container-response', requestId, containerId: '', error: { code: 'Unknown', message } };
    answer(state, ctx, failure);
    return;
  }
  const id = newContainerId(ctx.random);
  const container: RuntimeContainer = {
    id, sandboxId, podUid: sandbox.podUid, name: config.name, attempt: config.attempt, image: config.image, imageRef: image.ref, state: 'CONTAINER_CREATED',
    pid: 0, createdUnixUs: ctx.unixUs, startedUnixUs: 0, finishedUnixUs: 0, exitCode: 0, reason: '', message: '',
  };
  const plan = planProcess(found.image, config);
  state.containers.set(id, { container, config, plan, files: plan.files, input: inputOf(config), exitTimer: 0, exitAtUs: 0, stopWaiters: [] });
  const response: CreateContainerResponse = { type: 'cri-create-container-response', requestId, containerId: id };
  answer(state, ctx, response, CREATE_US + ctx.random.below(CREATE_JITTER_US));
}

export function startContainer(state: RuntimeState, { requestId, containerId }: StartContainerRequest, ctx: Context): void {
  const record = state.containers.get(containerId);
  const processingUs = START_US + ctx.random.below(START_JITTER_US);
  if (!record || record.plan.startError) {
    startFailed(state, record, requestId, ctx, processingUs);
    return;
  }
  const startedUnixUs = ctx.unixUs + processingUs;
  const container: RuntimeContainer = { ...record.container, state: 'CONTAINER_RUNNING', pid: state.nextPid++, startedUnixUs };
  const exit = record.plan.exit;
  let exitTimer = 0;
  if (exit) {
    const timer: ProcessExit = { type: 'process-exit', containerId, exitCode: exit.exitCode, reason: exit.reason };
    exitTimer = ctx.after(processingUs + exit.atUs, timer);
  }
  state.containers.set(containerId, { ...record, container, exitTimer, exitAtUs: exit ? ctx.nowUs + processingUs + exit.atUs : 0 });
  // The event goes first: when the kubelet hears that the start succeeded, it already knows the container's status.
  sendEvent(state, 'CONTAINER_STARTED_EVENT', container, ctx, processingUs);
  answer(state, ctx, { type: 'cri-start-container-response', requestId }, processingUs);
}

function startFailed(state: RuntimeState, record: ContainerRecord | undefined, requestId: number, ctx: Context, processingUs: number): void {
  const program = record?.config.command[0] ?? record?.config.args[0] ?? '/entrypoint';
  const message = record
    ? `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "${program}": executable file not found in $PATH`
    : 'an error occurred when try to find container: not found';
  if (record) {
    const nowUs = ctx.unixUs + processingUs;
    const container: RuntimeContainer = { ...record.container, state: 'CONTAINER_EXITED', startedUnixUs: 0, finishedUnixUs: nowUs, exitCode: 128, reason: 'StartError', message };
    state.containers.set(container.id, { ...record, container });
    sendEvent(state, 'CONTAINER_STOPPED_EVENT', container, ctx, processingUs);
  }
  const error: RpcError = { code: record ? 'Unknown' : 'NotFound', message };
  const response: StartContainerResponse = { type: 'cri-start-container-response', requestId, error };
  answer(state, ctx, response, processingUs);
}

function sendEvent(state: RuntimeState, event: ContainerEvent['event'], container: RuntimeContainer, ctx: Context, processingUs = 0): void {
  const message: ContainerEvent = { type: 'cri-container-event', event, container };
  answer(state, ctx, message, processingUs);
}

/** The process is gone: whoever waits for that is told, and the kubelet gets the event. */
export function endProcess(state: RuntimeState, containerId: string, exitCode: number, reason: string, ctx: Context): void {
  const record = state.containers.get(containerId);
  if (record?.container.state !== 'CONTAINER_RUNNING') return;
  if (record.exitTimer !== 0) ctx.cancel(record.exitTimer);
  const container: RuntimeContainer = { ...record.container, state: 'CONTAINER_EXITED', finishedUnixUs: ctx.unixUs, exitCode, reason };
  state.containers.set(containerId, { ...record, container, exitTimer: 0, exitAtUs: 0, stopWaiters: [] });
  for (const [requestId, id] of state.execs) if (id === containerId) execDone(state, { type: 'exec-done', requestId, exitCode: EXIT_CODE_SIGKILL, output: '', timedOut: false }, ctx);
  if (state.streams.size > 0) endStreamsOf(state, containerId, ctx);
  sendEvent(state, 'CONTAINER_STOPPED_EVENT', container, ctx);
  for (const requestId of record.stopWaiters) answer(state, ctx, { type: 'cri-stop-container-response', requestId });
}

/** `kill -9` from outside: a fault, or a user on the machine. */
export function killContainer(state: RuntimeState, message: KillContainer, ctx: Context): void {
  for (const record of state.containers.values()) {
    const sandbox = state.sandboxes.get(record.container.sandboxId);
    if (sandbox?.namespace !== message.namespace || sandbox.name !== message.pod || record.container.name !== message.container) continue;
    endProcess(state, record.container.id, EXIT_CODE_SIGKILL, 'Error', ctx);
  }
}

export function execSync(state: RuntimeState, { requestId, containerId, command, timeoutSeconds }: ExecSyncRequest, ctx: Context): void {
  const record = state.containers.get(containerId);
  if (record?.container.state !== 'CONTAINER_RUNNING') {
    const error: RpcError = { code: 'Unknown', message: `failed to exec in container: container is in ${record?.container.state ?? 'CONTAINER_UNKNOWN'} state` };
    const response: ExecSyncResponse = { type: 'cri-exec-sync-response', requestId, exitCode: 0, output: '', error };
    answer(state, ctx, response);
    return;
  }
  const sinceUs = Math.max(0, ctx.unixUs - record.container.startedUnixUs);
  const run = execIn(record.plan, record.files, sinceUs, command, timeoutSeconds > 0, { by: -requestId, hostname: record.config.hostname, mounts: record.config.mountPaths });
  if (run.files.length > 0) state.containers.set(containerId, { ...record, files: withNewer(record.files, run.files, sinceUs) });
  if (run.stopsMain) stopContainer(state, { type: 'cri-stop-container', requestId: 0, containerId, timeoutSeconds: 3600 }, ctx);
  state.execs.set(requestId, containerId);
  const takesUs = run.end ? run.end.atUs - sinceUs : Infinity;
  const limitUs = timeoutSeconds > 0 ? timeoutSeconds * 1_000_000 : Infinity;
  if (takesUs === Infinity && limitUs === Infinity) return;
  const timer: ExecDone = { type: 'exec-done', requestId, exitCode: run.end?.exitCode ?? 0, output: run.output, timedOut: takesUs > limitUs };
  ctx.after(EXEC_US + Math.min(takesUs, limitUs), timer);
}

/** Of what commands did to a file before, only the last thing counts. What is yet to happen stays. */
function withNewer(files: readonly FileEvent[], made: readonly FileEvent[], nowUs: number): readonly FileEvent[] {
  const paths = new Set(made.map(({ path }) => path));
  return [...files.filter(({ path, atUs }) => atUs > nowUs || !paths.has(path)), ...made];
}

export function execDone(state: RuntimeState, { requestId, exitCode, output, timedOut }: ExecDone, ctx: Context): void {
  if (!state.execs.delete(requestId)) return;
  const response: ExecSyncResponse = timedOut
    ? { type: 'cri-exec-sync-response', requestId, exitCode: 0, output: '', error: { code: 'DeadlineExceeded', message: 'failed to exec in container: timeout exceeded' } }
    : { type: 'cri-exec-sync-response', requestId, exitCode, output };
  answer(state, ctx, response);
}

/** A connection from the node to a process. */
export function connect(state: RuntimeState, { requestId, containerId, handler, port, path }: ConnectRequest, ctx: Context): void {
  const record = state.containers.get(containerId);
  const found = atPort(record, ctx.unixUs, handler, port, path);
  if (record && handler === 'httpGet' && found.outcome === 'answered') {
    const client = state.networks.get(record.container.sandboxId)?.gateway ?? '127.0.0.1';
    noteAccess(state, record, { unixUs: ctx.unixUs, client, request: `GET ${path} HTTP/1.1`, status: found.statusCode, agent: PROBE_AGENT }, ctx);
  }
  const response: ConnectResponse = { type: 'connect-response', requestId, outcome: found.outcome, statusCode: found.outcome === 'answered' ? found.statusCode : 0 };
  answer(state, ctx, response, CONNECT_US);
}
