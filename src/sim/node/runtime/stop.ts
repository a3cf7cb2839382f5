// The stop of a container: a signal, and SIGKILL when that was not enough.
import type { Context } from '../../kernel/actor.ts';
import type { StopContainerRequest } from '../messages.ts';
import { answer } from './state.ts';
import type { ProcessExit, RuntimeState } from './state.ts';

const SIGKILL_US = 10_000;
const EXIT_CODE_SIGKILL = 137;

export function stopContainer(state: RuntimeState, { requestId, containerId, timeoutSeconds }: StopContainerRequest, ctx: Context): void {
  const record = state.containers.get(containerId);
  if (record?.container.state !== 'CONTAINER_RUNNING') {
    answer(state, ctx, { type: 'cri-stop-container-response', requestId });
    return;
  }
  const timeoutUs = timeoutSeconds * 1_000_000;
  const stop = record.plan.stop;
  const inTime = stop !== undefined && stop.afterUs <= timeoutUs;
  const endUs = ctx.nowUs + (inTime ? stop.afterUs : timeoutUs + SIGKILL_US);
  const stopWaiters = [...record.stopWaiters, requestId];
  if (record.exitTimer !== 0 && record.exitAtUs <= endUs) {
    state.containers.set(containerId, { ...record, stopWaiters });
    return;
  }
  if (record.exitTimer !== 0) ctx.cancel(record.exitTimer);
  const exitCode = inTime ? stop.exitCode : EXIT_CODE_SIGKILL;
  const timer: ProcessExit = { type: 'process-exit', containerId, exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' };
  state.containers.set(containerId, { ...record, stopWaiters, exitTimer: ctx.after(endUs - ctx.nowUs, timer), exitAtUs: endUs });
}
