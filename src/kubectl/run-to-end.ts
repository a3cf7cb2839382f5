import type { Kernel } from '../sim/kernel/kernel.ts';
import { outputOf } from './actor.ts';
import type { KubectlState } from './actor.ts';
import { KUBECTL } from './messages.ts';
import type { FileText, RunCommand, RunOutput } from './messages.ts';

/** kubectl itself gives a request 34 s; a file of many documents may take as many requests. */
const PATIENCE_US = 600_000_000;
const NO_ANSWER: RunOutput = { stdout: '', stderr: 'error: no answer from the API server in 10 minutes\n', exitCode: 1, problems: [], diffs: [] };

/** Gives a world a command line and lets it go on until the command has ended. */
export function runToEnd(kernel: Kernel, args: readonly string[], files: readonly FileText[]): RunOutput {
  const command: RunCommand = { type: 'kubectl-run', args, files };
  const messageId = kernel.input(KUBECTL, command);
  const untilUs = kernel.nowUs + PATIENCE_US;
  while (kernel.nextTimeUs() <= untilUs) {
    kernel.step();
    const output = outputOf(kernel.stateOf(KUBECTL) as KubectlState, messageId);
    if (output?.exitCode !== undefined) return output;
  }
  return NO_ANSWER;
}
