import type { FileText, RunOutput } from '../kubectl/messages.ts';
import { runToEnd } from '../kubectl/run-to-end.ts';
import type { Kernel } from '../sim/kernel/kernel.ts';

/** Runs a command in a copy of the world until it ends, and throws the copy away. */
export function tryOut(kernel: Kernel, args: readonly string[], files: readonly FileText[]): RunOutput {
  return runToEnd(kernel.copy(), args, files);
}
