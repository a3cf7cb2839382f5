// The sentence that says why a pod fits nowhere (framework.FitError): the text of the FailedScheduling event.
import type { Status } from './framework/status.ts';

export interface FitErrorInput {
  readonly nodes: number;
  /** PreFilter's message when it refused the pod altogether. */
  readonly preFilterMessage: string;
  /** How many nodes that were looked at were refused for which reason. */
  readonly refusals: ReadonlyMap<Status, number>;
  /** What counts for all other nodes. */
  readonly absent: Status | undefined;
}

/** Counts equal statuses. */
export function countRefusals(refusals: readonly Status[]): Map<Status, number> {
  const counts = new Map<Status, number>();
  for (const refusal of refusals) counts.set(refusal, (counts.get(refusal) ?? 0) + 1);
  return counts;
}

/** How many nodes gave which reason, as `COUNT REASON`, sorted as text. */
function histogram({ nodes, refusals, absent }: FitErrorInput): string[] {
  const counts = new Map<string, number>();
  const add = ({ reasons }: Status, count: number) => {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + count);
  };
  let others = nodes;
  for (const [refusal, count] of refusals) {
    add(refusal, count);
    others -= count;
  }
  if (others > 0 && absent !== undefined) add(absent, others);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
}

/** `0/3 nodes are available: 1 Insufficient memory, 2 Insufficient cpu.` */
export function fitErrorMessage(input: FitErrorInput): string {
  const message = `0/${input.nodes} nodes are available:`;
  if (input.preFilterMessage !== '') return `${message} ${input.preFilterMessage}.`;
  const reasons = histogram(input);
  return reasons.length === 0 ? message : `${message} ${reasons.join(', ')}.`;
}
