// The sentence that says why a pod fits nowhere (framework.FitError): the text of the FailedScheduling event.
import type { Status } from './framework/status.ts';

export interface FitErrorInput {
  readonly nodes: number;
  /** PreFilter's message when it refused the pod altogether. */
  readonly preFilterMessage: string;
  /** Refusals of the nodes that were looked at. */
  readonly refusals: readonly Status[];
  /** What counts for all other nodes. */
  readonly absent: Status | undefined;
  readonly postFilterMessage: string;
}

/** How many nodes gave which reason, as `COUNT REASON`, sorted as text. */
function histogram(input: FitErrorInput): string[] {
  const perStatus = new Map<Status, number>();
  for (const refusal of input.refusals) perStatus.set(refusal, (perStatus.get(refusal) ?? 0) + 1);
  const others = input.nodes - input.refusals.length;
  if (others > 0 && input.absent !== undefined) perStatus.set(input.absent, (perStatus.get(input.absent) ?? 0) + others);
  const counts = new Map<string, number>();
  for (const [refusal, count] of perStatus) {
    for (const reason of refusal.reasons) counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
}

/** `0/3 nodes are available: 1 Insufficient memory, 2 Insufficient cpu. preemption: …` */
export function fitErrorMessage(input: FitErrorInput): string {
  let message = `0/${input.nodes} nodes are available:`;
  if (input.preFilterMessage !== '') message += ` ${input.preFilterMessage}.`;
  else {
    const reasons = histogram(input);
    if (reasons.length > 0) message += ` ${reasons.join(', ')}.`;
  }
  return input.postFilterMessage === '' ? message : `${message} ${input.postFilterMessage}`;
}
