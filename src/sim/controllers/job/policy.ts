// What a failed pod means for its Job, and when enough indexes have succeeded (models pod_failure_policy.go and
// success_policy.go).
import type { ContainerStatus, Job, Pod, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule } from '../../api/generated/types.ts';
import { countIndexes, overlap, parseIndexes } from './indexes.ts';
import type { Intervals } from './indexes.ts';

export interface Verdict {
  readonly action?: PodFailurePolicyRule['action'];
  /** Counts against backoffLimit. */
  readonly counts: boolean;
  /** Why the whole Job fails. */
  readonly failJob?: string;
}

const COUNTS: Verdict = { counts: true };

/** The first rule that matches decides; without one the failure counts. */
export function judgeFailure(job: Job, pod: Pod): Verdict {
  const rules = job.spec?.podFailurePolicy?.rules ?? [];
  for (const [at, rule] of rules.entries()) {
    const found = match(rule, pod);
    if (found === undefined) continue;
    const { action } = rule;
    if (action === 'Ignore') return { action, counts: false };
    return action === 'FailJob' ? { action, counts: true, failJob: `${found} matching FailJob rule at index ${at}` } : { action, counts: true };
  }
  return COUNTS;
}

/** What of the pod the rule is about, in words; undefined: it does not match. */
function match({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const { metadata: { namespace, name }, status } = pod;
  if (onExitCodes) {
    const container = terminatedBy(status?.containerStatuses, onExitCodes) ?? terminatedBy(status?.initContainerStatuses, onExitCodes);
    return container && `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${container.state?.terminated?.exitCode}`;
  }
  const condition = status?.conditions?.find(({ type, status: value }) => onPodConditions?.some((pattern) => pattern.type === type && pattern.status === value));
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`;
}

function terminatedBy(statuses: readonly ContainerStatus[] | undefined, { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement): ContainerStatus | undefined {
  return statuses?.find(({ name, state }) => {
    const exitCode = state?.terminated?.exitCode ?? 0;
    return exitCode !== 0 && (containerName === undefined || containerName === name) && values.includes(exitCode) === (operator === 'In');
  });
}

/** Replacements wait until a pod has really ended. */
export function replacesFailedOnly(job: Job): boolean {
  return job.spec?.podReplacementPolicy === 'Failed';
}

/** Failed, or on its way out without having succeeded. */
export function isFailed(pod: Pod, job: Job): boolean {
  const phase = pod.status?.phase;
  return phase === 'Failed' || (!replacesFailedOnly(job) && pod.metadata.deletionTimestamp !== undefined && phase !== 'Succeeded');
}

/** Why the Job has succeeded with these indexes; undefined: no rule says so. */
export function matchedSuccessRule(job: Job, succeeded: Intervals): string | undefined {
  if (succeeded.length === 0) return undefined;
  const at = (job.spec?.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && countIndexes(succeeded) >= succeededCount;
    const wanted = parseIndexes(succeededIndexes, job.spec?.completions ?? 0);
    const reached = overlap(wanted, succeeded);
    return wanted.length > 0 && (reached === countIndexes(wanted) || (succeededCount !== undefined && reached >= succeededCount));
  });
  return at < 0 ? undefined : `Matched rules at index ${at}`;
}
