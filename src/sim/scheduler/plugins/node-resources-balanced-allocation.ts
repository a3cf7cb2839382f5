import type { Plugin } from '../framework/plugin.ts';
import { status } from '../framework/status.ts';
import type { NodeResourcesBalancedAllocationArgs } from '../plugin-args.ts';
import { balanceScorer } from '../scoring-strategy.ts';

const NAME = 'NodeResourcesBalancedAllocation';
const SKIP = { status: status(NAME, 'Skip') };

/** Models NodeResourcesBalancedAllocation of 1.36: 50 + (50 + balance after − balance before) / 2; silent for pods without requests. */
export function nodeResourcesBalancedAllocation({ resources }: NodeResourcesBalancedAllocationArgs): Plugin<undefined, readonly number[]> {
  const scorer = balanceScorer(resources);
  return {
    name: NAME,
    scoreNodeLocal: true,
    preScore(_handle, pod) {
      const amounts = resources.map(({ name }) => pod.requests.get(name));
      return amounts.every((amount) => amount === 0) ? SKIP : { state: amounts };
    },
    explainScore: (amounts, _pod, node) => resources.map(({ name }, i) => ({
      code: 'share', params: { resource: name, used: node.requested(name), wanted: amounts[i] ?? 0, capacity: node.allocatable(name) },
    })),
    score: (amounts, _pod, node) => scorer.score(node, amounts),
  };
}
