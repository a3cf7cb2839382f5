import type { PodDisruptionBudget } from '../../api/generated/types.ts';
import type { Refusal } from '../framework/attempt.ts';
import { countRefusals, fitErrorMessage } from '../fit-error.ts';
import { ACTION_ALL } from '../framework/events.ts';
import type { Candidate, Plugin, PostFilterContext, PostFilterResult } from '../framework/plugin.ts';
import type { Status } from '../framework/status.ts';
import { unresolvable, unschedulable } from '../framework/status.ts';
import { NodeInfo } from '../node-info.ts';
import type { DefaultPreemptionArgs } from '../plugin-args.ts';
import type { PodInfo } from '../pod-info.ts';
import { candidateDetail, selectCandidate, selectVictims } from '../preemption.ts';

const NAME = 'DefaultPreemption';
const NOT_HELPFUL = unresolvable(NAME, 'Preemption is not helpful for scheduling');
const NO_VICTIMS = unresolvable(NAME, 'No preemption victims found for incoming pod');
const NEVER = 'not eligible due to preemptionPolicy=Never.';
const VICTIM_TERMINATING = 'not eligible due to a terminating pod on the nominated node.';

function isTerminatingByPreemption(info: PodInfo): boolean {
  if (!info.terminating) return false;
  const condition = info.pod.status?.conditions?.find((each) => each.type === 'DisruptionTarget');
  return condition?.status === 'True' && condition.reason === 'PreemptionByScheduler';
}

/** PodEligibleToPreemptOthers: why the pod must not preempt now. A victim on its nominated node may still be leaving. */
function ineligible(context: PostFilterContext): string | undefined {
  const { spec, status } = context.pod.pod;
  if (spec?.preemptionPolicy === 'Never') return NEVER;
  const nominated = status?.nominatedNodeName;
  if (!nominated || context.refusalOf(nominated)?.code === 'UnschedulableAndUnresolvable') return undefined;
  const pods = context.handle.cache.node(nominated)?.pods ?? [];
  const waits = pods.some((info) => info.priority < context.pod.priority && isTerminatingByPreemption(info));
  return waits ? VICTIM_TERMINATING : undefined;
}

interface DryRun {
  readonly candidates: readonly Candidate[];
  readonly tried: readonly NodeInfo[];
  readonly refusals: readonly Status[];
}

function victimsOn(context: PostFilterContext, node: NodeInfo, scratch: NodeInfo, budgets: readonly PodDisruptionBudget[]): Candidate | Status {
  if (budgets.length > 0) return selectVictims(context, node, scratch, budgets, NO_VICTIMS);
  const known = context.rememberedVictims(node);
  if (known !== undefined) return known;
  const answer = selectVictims(context, node, scratch, budgets, NO_VICTIMS);
  context.rememberVictims(node, answer);
  return answer;
}

/** DryRunPreemption: nodes from a random start until there are enough candidates, one of them within the budgets. */
function dryRun(context: PostFilterContext, nodes: readonly NodeInfo[], enough: number): DryRun {
  const budgets = context.handle.listers.list('poddisruptionbudgets');
  const offset = context.random.below(nodes.length);
  const scratch = new NodeInfo('', 0, { owner: true });
  const withinBudgets: Candidate[] = [];
  const violating: Candidate[] = [];
  const tried: NodeInfo[] = [];
  const refusals: Status[] = [];
  for (let i = 0; i < nodes.length; i++) {
    if (withinBudgets.length > 0 && withinBudgets.length + violating.length >= enough) break;
    const node = nodes[(offset + i) % nodes.length];
    if (node === undefined) continue;
    const result = victimsOn(context, node, scratch, budgets);
    if ('code' in result) {
      tried.push(node);
      refusals.push(result);
    } else (result.pdbViolations === 0 ? withinBudgets : violating).push(result);
  }
  return { candidates: [...withinBudgets, ...violating], tried, refusals };
}

function notHelped({ tried, refusals }: DryRun): Record<string, Refusal> {
  return Object.fromEntries(tried.map((node, i) => {
    const { plugin = '', code = 'Unschedulable', reasons = [] } = refusals[i] ?? {};
    return [node.name, { plugin, code, reasons }];
  }));
}

function failed(context: PostFilterContext, run: DryRun): PostFilterResult {
  const message = fitErrorMessage({
    nodes: context.handle.cache.nodeCount, preFilterMessage: '', refusals: countRefusals(run.refusals), absent: NOT_HELPFUL,
  });
  return {
    status: unschedulable(NAME, `preemption: ${message}`),
    clearNomination: true,
    ...(context.detail && { detail: { candidates: [], notHelped: notHelped(run), rules: [] } }),
  };
}

function postFilter(context: PostFilterContext, args: DefaultPreemptionArgs): PostFilterResult {
  const why = ineligible(context);
  if (why !== undefined) return { status: unschedulable(NAME, `preemption: ${why}`) };
  const nodes = context.refusedNodes('Unschedulable');
  if (nodes.length === 0) return failed(context, { candidates: [], tried: [], refusals: [] });
  const enough = Math.max(Math.trunc((nodes.length * args.minCandidateNodesPercentage) / 100), args.minCandidateNodesAbsolute);
  const run = dryRun(context, nodes, enough);
  if (run.candidates.length === 0) return failed(context, run);
  const { best, rules } = selectCandidate(run.candidates, context.handle.unixUs, context.detail);
  const chosen = best[best.length === 1 ? 0 : context.random.below(best.length)];
  if (!context.detail) return { nominated: chosen, tied: best.length };
  const detail = { candidates: run.candidates.map(candidateDetail), notHelped: notHelped(run), rules };
  return { nominated: chosen, tied: best.length, detail };
}

/** Models DefaultPreemption: nominates the node where making room costs least. */
export function defaultPreemption(args: DefaultPreemptionArgs): Plugin {
  return {
    name: NAME,
    // A pod whose victims are being evicted waits until they are gone.
    events: [{ resource: 'AssignedPod', action: ACTION_ALL, hint: () => true }],
    postFilter: (context) => postFilter(context, args),
  };
}
