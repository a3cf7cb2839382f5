// How many replicas a metric asks for (models replica_calculator.go).
import { parseTime } from '../../../base/time.ts';
import type { Pod } from '../../api/generated/types.ts';
import { milliValue } from '../../api/quantity.ts';
import { podCondition } from '../pods.ts';
import { SyncError } from '../steps.ts';
import type { PodMetric, PodMetrics } from './metrics.ts';

/** How far the use may be off before anything is done, as parts of the target. */
export interface Tolerances { readonly down: number; readonly up: number }

export interface Settings {
  readonly tolerances: Tolerances;
  readonly unixUs: number;
  /** A pod's processor use does not count while it starts: this long, or as long as it was never ready. */
  readonly cpuInitializationUs: number;
  readonly initialReadinessUs: number;
}

export interface Proposal {
  readonly replicas: number;
  /** Average use in thousandths. */
  readonly averageMilli: number;
  /** Percent of what is requested; undefined for targets that are amounts. */
  readonly utilization: number | undefined;
}

interface Question {
  readonly pods: readonly Pod[];
  readonly metrics: PodMetrics;
  readonly resource: string;
  readonly current: number;
  readonly settings: Settings;
}

interface Groups { readonly ready: number; readonly unready: readonly string[]; readonly missing: readonly string[]; readonly ignored: readonly string[] }
interface Use { readonly ratio: number; readonly averageMilli: number; readonly utilization: number | undefined }

/** For a target in percent of the requests. Throws SyncError. */
export function replicasForUtilization(question: Question, target: number, container: string): Proposal {
  const requests = new Map<string, number>();
  const usageOf = (metrics: PodMetrics): Use => {
    let used = 0;
    let requested = 0;
    let count = 0;
    for (const [name, { milli }] of metrics) {
      const request = requests.get(name);
      if (request === undefined) continue;
      used += milli;
      requested += request;
      count++;
    }
    if (requested === 0) throw new SyncError('no metrics returned matched known pods');
    const utilization = Math.trunc((used * 100) / requested);
    return { ratio: utilization / target, utilization, averageMilli: Math.trunc(used / count) };
  };
  const learnRequests = (): void => {
    for (const pod of question.pods) requests.set(pod.metadata.name ?? '', requestMilli(pod, container, question.resource));
  };
  return propose(question, usageOf, (name) => Math.trunc(((requests.get(name) ?? 0) * Math.max(100, target)) / 100), learnRequests);
}

/** For a target per pod, in thousandths. Throws SyncError. */
export function replicasForAverage(question: Question, targetMilli: number): Proposal {
  const usageOf = (metrics: PodMetrics): Use => {
    const averageMilli = Math.trunc([...metrics.values()].reduce((sum, { milli }) => sum + milli, 0) / metrics.size);
    return { ratio: averageMilli / targetMilli, averageMilli, utilization: undefined };
  };
  return propose(question, usageOf, () => targetMilli, () => undefined);
}

/** `assumed`: what a pod without metrics is taken to use before anything is scaled down. */
function propose(question: Question, usageOf: (metrics: PodMetrics) => Use, assumed: (pod: string) => number, prepare: () => void): Proposal {
  const { pods, current, settings: { tolerances } } = question;
  if (pods.length === 0) throw new SyncError('no pods returned by selector while calculating replica count');
  const { ready, unready, missing, ignored } = groupPods(question);
  const metrics = new Map(question.metrics);
  for (const name of [...ignored, ...unready]) metrics.delete(name);
  if (metrics.size === 0) throw new SyncError('did not receive metrics for targeted pods (pods might be unready)');
  prepare();
  const { ratio, averageMilli, utilization } = usageOf(metrics);
  const answer = (replicas: number): Proposal => ({ replicas, averageMilli, utilization });
  const growsWithUnready = unready.length > 0 && ratio > 1;
  if (!growsWithUnready && missing.length === 0) return answer(isWithin(ratio, tolerances) ? current : Math.ceil(ratio * ready));
  // Pods that say nothing dampen the change, whichever way it goes.
  const using = (milli: number): PodMetric => ({ milli, unixUs: 0, windowUs: 0 });
  if (ratio !== 1) for (const name of missing) metrics.set(name, using(ratio < 1 ? assumed(name) : 0));
  if (growsWithUnready) for (const name of unready) metrics.set(name, using(0));
  const { ratio: dampened } = usageOf(metrics);
  if (isWithin(dampened, tolerances) || (ratio < 1 && dampened > 1) || (ratio > 1 && dampened < 1)) return answer(current);
  const replicas = Math.ceil(dampened * metrics.size);
  return answer((dampened < 1 && replicas > current) || (dampened > 1 && replicas < current) ? current : replicas);
}

function isWithin(ratio: number, { down, up }: Tolerances): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}

function groupPods({ pods, metrics, resource, settings }: Question): Groups {
  const unready: string[] = [];
  const missing: string[] = [];
  const ignored: string[] = [];
  let ready = 0;
  for (const pod of pods) {
    const { metadata: { name = '', deletionTimestamp }, status } = pod;
    const metric = metrics.get(name);
    if (deletionTimestamp !== undefined || status?.phase === 'Failed') ignored.push(name);
    else if (status?.phase === 'Pending') unready.push(name);
    else if (!metric) missing.push(name);
    else if (resource === 'cpu' && isStarting(pod, metric, settings)) unready.push(name);
    else ready++;
  }
  return { ready, unready, missing, ignored };
}

function isStarting(pod: Pod, metric: PodMetric, { unixUs, cpuInitializationUs, initialReadinessUs }: Settings): boolean {
  const condition = podCondition(pod, 'Ready');
  const startUs = parseTime(pod.status?.startTime ?? '');
  if (!condition || startUs === undefined) return true;
  const changedUs = parseTime(condition.lastTransitionTime ?? '') ?? 0;
  const isUnready = condition.status === 'False';
  if (startUs + cpuInitializationUs > unixUs) return isUnready || metric.unixUs < changedUs + metric.windowUs;
  return isUnready && startUs + initialReadinessUs > changedUs;
}

/** What the pod, or one of its containers, asks for in thousandths. */
function requestMilli({ metadata: { name }, spec }: Pod, container: string, resource: string): number {
  const ofPod = spec?.resources?.requests;
  if (container === '' && ofPod && Object.keys(ofPod).length > 0) {
    const request = ofPod[resource];
    if (request === undefined) throw new SyncError(`missing pod-level request for ${resource} in Pod ${name}`);
    return milliValue(request);
  }
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  let sum = 0;
  for (const { name: own, resources } of [...spec?.containers ?? [], ...sidecars]) {
    if (container !== '' && container !== own) continue;
    const request = resources?.requests?.[resource];
    if (request === undefined) throw new SyncError(`missing request for ${resource} in container ${own} of Pod ${name}`);
    sum += milliValue(request);
    if (container === own) return sum;
  }
  if (container !== '') throw new SyncError(`container ${container} not found in Pod ${name}`);
  return sum;
}
