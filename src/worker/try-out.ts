import { outputOf } from '../kubectl/actor.ts';
import type { KubectlState } from '../kubectl/actor.ts';
import { KUBECTL } from '../kubectl/messages.ts';
import type { FileText, RunCommand, RunOutput } from '../kubectl/messages.ts';
import type { Kernel } from '../sim/kernel/kernel.ts';

/** kubectl itself gives a request 34 s; a file of many documents may take as many requests. */
const PATIENCE_US = 600_000_000;
const NO_ANSWER: RunOutput = { stdout: '', stderr: 'error: no answer from the API server in 10 minutes\n', exitCode: 1, problems: [], diffs: [] };

/** Runs a command in a copy of the world until it ends, and throws the copy away. */
export function tryOut(kernel: Kernel, args: readonly string[], files: readonly FileText[]): RunOutput {
  const copy = kernel.copy();
  const command: RunCommand = { type: 'kubectl-run', args, files };
  const messageId = copy.input(KUBECTL, command);
  const untilUs = copy.nowUs + PATIENCE_US;
  while (copy.nextTimeUs() <= untilUs) {
    copy.step();
    const output = outputOf(copy.stateOf(KUBECTL) as KubectlState, messageId);
    if (output?.exitCode !== undefined) return output;
  }
  return NO_ANSWER;
}
