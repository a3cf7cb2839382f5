// One sync of a DaemonSet: one pod on each node that it belongs on (models daemon_controller.go).
import type { ControllerRevision, DaemonSet, DaemonSetStatus, Node, Pod } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { ApiObject } from '../../api/meta.ts';
import { PODS } from '../../api/resources.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import { createRequest, deleteRequest, getRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isNamespaceTerminating, isNotFound, isSuccess } from '../api-errors.ts';
import { claim } from '../claim.ts';
import type { PlanExplanation, WriteResult } from '../controller.ts';
import { deleteRevision } from '../history.ts';
import { isAvailable, isReady, isTerminal } from '../pods.ts';
import { SyncError } from '../steps.ts';
import type { Action, Outcome, Steps } from '../steps.ts';
import { constructHistory, hashOf } from './history.ts';
import type { History } from './history.ts';
import { DAEMON_SETS } from './resource.ts';
import { replacement } from './rolling-update.ts';
import { allowsSurge } from './sizes.ts';
import { fit, isUpdated, podFor, targetNode } from './template.ts';

export interface SyncInput {
  readonly key: string;
  readonly set: DaemonSet;
  readonly nodes: readonly Node[];
  readonly revisions: readonly ControllerRevision[];
  readonly unixUs: number;
}

/** What a sync asks of the world around it while it runs; each is called once, whatever the number of rounds. */
export interface SyncHost {
  /** Pods in the cache now that it owns or that nobody owns. */
  pods(): readonly Pod[];
  expect(creations: number, deletions: readonly string[]): void;
  notCreated(count: number): void;
  notDeleted(key: string): void;
  satisfied(): boolean;
  wrote(informer: string, object: ApiObject): void;
  /** What is left of the wait before a failed pod on this node is replaced, in µs; 0: it may be, and that is noted. */
  failedPodWaitUs(node: string): number;
}

const BURST = 250;
const SECOND_US = 1_000_000;

export function syncDaemonSet(input: SyncInput, steps: Steps, host: SyncHost): Outcome {
  const { matchLabels = {}, matchExpressions = [] } = input.set.spec?.selector ?? {};
  if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) {
    steps.event({ about: input.set, type: 'Warning', reason: 'SelectingAll', message: 'This daemon set is selecting all pods. A non-empty selector is required.' });
    return {};
  }
  return input.set.metadata.deletionTimestamp === undefined ? new Sync(input, steps, host).run() : {};
}

class Sync {
  private readonly input: SyncInput;
  private readonly set: DaemonSet;
  private readonly steps: Steps;
  private readonly host: SyncHost;
  private requeueAfterUs: number | undefined;

  constructor(input: SyncInput, steps: Steps, host: SyncHost) {
    this.input = input;
    this.set = input.set;
    this.steps = steps;
    this.host = host;
  }

  run(): Outcome {
    const history = constructHistory(this.steps, this.set, this.input.revisions, () => this.claimed());
    if (!this.steps.remember(() => this.host.satisfied())) {
      this.steps.action('waitForCache', {});
      this.writeStatus(history.hash, false);
      return this.outcome();
    }
    const failure = this.update(history);
    this.writeStatus(history.hash, true, failure);
    if (failure) throw failure;
    return this.outcome();
  }

  private outcome(): Outcome {
    return this.requeueAfterUs === undefined ? {} : { requeueAfterUs: this.requeueAfterUs };
  }

  private lookAgain(delayUs: number): void {
    this.requeueAfterUs = Math.min(this.requeueAfterUs ?? Infinity, delayUs);
  }

  private update({ hash, old }: History): SyncError | undefined {
    try {
      this.manage(hash);
      if (this.set.spec?.updateStrategy?.type === 'RollingUpdate' && this.steps.remember(() => this.host.satisfied())) {
        const { set, input: { nodes, unixUs } } = this;
        const { pods, nodes: surging } = replacement({ set, hash, nodes, byNode: this.byNode(), unixUs });
        this.syncNodes(pods, surging, hash, 'update');
      }
      this.cleanUp(old);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof SyncError) return thrown;
      throw thrown;
    }
  }

  /** Owned pods as the cache has them now; orphans that match are adopted. */
  private claimed(): readonly Pod[] {
    const selector = selectorOf(this.set.spec?.selector);
    return claim(this.steps, this.steps.remember(() => this.host.pods()), {
      owner: this.set, ownerResource: DAEMON_SETS, resource: PODS, matches: (pod) => matchesSelector(selector, pod.metadata.labels),
      wrote: (pod) => this.host.wrote('pods', pod),
    });
  }

  private byNode(withDeleted = false): Map<string, readonly Pod[]> {
    const byNode = new Map<string, Pod[]>();
    for (const pod of this.claimed()) {
      if (!withDeleted && isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined) continue;
      const node = targetNode(pod);
      if (node === undefined) continue;
      const pods = byNode.get(node);
      if (pods) pods.push(pod);
      else byNode.set(node, [pod]);
    }
    return byNode;
  }

  private manage(hash: string): void {
    const byNode = this.byNode();
    const needing: string[] = [];
    const excess: Pod[] = [];
    for (const node of this.input.nodes) this.manageNode(node, byNode.get(node.metadata.name ?? ''), hash, needing, excess);
    const names = new Set(this.input.nodes.map((node) => node.metadata.name));
    for (const [node, pods] of byNode) if (!names.has(node)) excess.push(...pods.filter((pod) => !pod.spec?.nodeName));
    this.syncNodes(excess, needing, hash, 'excess');
  }

  private manageNode(node: Node, pods: readonly Pod[] | undefined, hash: string, needing: string[], excess: Pod[]): void {
    const { run, stay } = fit(this.set, node);
    const { name = '' } = node.metadata;
    if (run && !pods) needing.push(name);
    else if (!stay && pods) excess.push(...pods.filter((pod) => pod.metadata.deletionTimestamp === undefined));
    else if (stay && pods) {
      const running = this.sortOut(name, pods, excess).toSorted(byAge);
      if (!allowsSurge(this.set)) excess.push(...running.slice(1));
      else if (running.length === 0 && run) needing.push(name);
      else if (running.length > 1) this.sortOutSurge(running, hash, excess);
    }
  }

  /** Pods that run; finished ones are to be deleted, failed ones not too often. */
  private sortOut(node: string, pods: readonly Pod[], excess: Pod[]): readonly Pod[] {
    const running: Pod[] = [];
    for (const pod of pods) {
      if (pod.metadata.deletionTimestamp !== undefined) continue;
      const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
      if (pod.status?.phase === 'Failed') {
        const waitUs = this.steps.remember(() => this.host.failedPodWaitUs(node));
        if (waitUs > 0) {
          this.lookAgain(waitUs);
          continue;
        }
        this.steps.event({ about: this.set, type: 'Warning', reason: 'FailedDaemonPod', message: `Found failed daemon pod ${name} on node ${node}, will try to kill it` });
        excess.push(pod);
      } else if (pod.status?.phase === 'Succeeded') {
        this.steps.event({ about: this.set, type: 'Normal', reason: 'SucceededDaemonPod', message: `Found succeeded daemon pod ${name} on node ${node}, will try to delete it` });
        excess.push(pod);
      } else running.push(pod);
    }
    return running;
  }

  /** While a new pod surges, the oldest new and the oldest old one stay; the old one goes when it is no longer needed. */
  private sortOutSurge(running: readonly Pod[], hash: string, excess: Pod[]): void {
    const fresh = running.find((pod) => hashLabel(pod) === hash);
    const old = running.find((pod) => hashLabel(pod) !== hash);
    excess.push(...running.filter((pod) => pod !== fresh && pod !== old));
    if (fresh && old && (!isReady(old) || this.isAvailable(fresh))) excess.push(old);
  }

  private isAvailable(pod: Pod): boolean {
    return isAvailable(pod, this.set.spec?.minReadySeconds ?? 0, this.input.unixUs);
  }

  private syncNodes(excess: readonly Pod[], needing: readonly string[], hash: string, why: string): void {
    const pods = excess.slice(0, BURST);
    const nodes = needing.slice(0, BURST);
    this.steps.remember(() => {
      this.host.expect(nodes.length, pods.map(keyOf));
      return true;
    });
    const errors = [...this.create(nodes, hash), ...this.delete(pods, why)];
    if (errors.length > 0) throw new SyncError([...new Set(errors)].join(', '));
  }

  /** Slow start: 1, 2, 4 … as long as none is refused. */
  private create(nodes: readonly string[], hash: string): readonly string[] {
    const errors: string[] = [];
    for (let at = 0, size = 1; at < nodes.length && errors.length === 0; at += size, size *= 2) {
      const batch = atOnce(nodes.slice(at, at + size));
      for (const node of batch) this.steps.action('createPod', { node });
      const { namespace = '' } = this.set.metadata;
      const results = this.steps.attemptAll(batch.map((node) => ({ purpose: 'createPod', spec: createRequest(PODS, podFor(this.set, node, hash), namespace) })));
      for (const result of results) this.onCreated(result, errors);
      const missing = errors.length === 0 ? 0 : errors.length + Math.max(0, nodes.length - at - size);
      if (missing > 0) this.once(() => this.host.notCreated(missing));
    }
    return errors;
  }

  private onCreated(result: WriteResult, errors: string[]): void {
    if (isSuccess(result)) {
      this.host.wrote('pods', result.body);
      this.steps.event({ about: this.set, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${result.body.metadata.name}` });
    } else if (!isNamespaceTerminating(result)) {
      this.steps.event({ about: this.set, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${errorText(result)}` });
      errors.push(errorText(result));
    }
  }

  private delete(doomed: readonly Pod[], why: string): readonly string[] {
    const errors: string[] = [];
    const pods = atOnce(doomed);
    for (const pod of pods) this.steps.action('deletePod', { pod: pod.metadata.name ?? '', why });
    const results = this.steps.attemptAll(pods.map((pod) => ({ purpose: 'deletePod', spec: deleteRequest(PODS, pod.metadata.namespace ?? '', pod.metadata.name ?? '') })));
    results.forEach((result, index) => {
      const pod = pods[index] as Pod;
      if (isSuccess(result)) {
        this.steps.event({ about: this.set, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
        return;
      }
      this.once(() => this.host.notDeleted(keyOf(pod)));
      if (isNotFound(result)) return;
      this.steps.event({ about: this.set, type: 'Warning', reason: 'FailedDelete', message: `Error deleting: ${errorText(result)}` });
      errors.push(`unable to delete pods: ${errorText(result)}`);
    });
    return errors;
  }

  private once(effect: () => void): void {
    this.steps.remember(() => {
      effect();
      return true;
    });
  }

  /** Deletes the oldest revisions beyond the limit that no pod has. */
  private cleanUp(old: readonly ControllerRevision[]): void {
    let surplus = old.length - (this.set.spec?.revisionHistoryLimit ?? 10);
    if (surplus <= 0) return;
    const live = new Set([...this.byNode(true).values()].flat().map(hashLabel));
    for (const revision of old.toSorted((a, b) => a.revision - b.revision)) {
      if (surplus <= 0) return;
      if (live.has(hashOf(revision))) continue;
      deleteRevision(this.steps, revision);
      surplus--;
    }
  }

  private writeStatus(hash: string, observed: boolean, failure?: SyncError): void {
    const counts = this.count(hash);
    if (!sameStatus(this.set, counts)) this.putStatus(counts, observed, failure);
    const minReadySeconds = this.set.spec?.minReadySeconds ?? 0;
    if (minReadySeconds > 0 && counts.numberReady !== counts.numberAvailable) this.lookAgain(minReadySeconds * SECOND_US);
  }

  private putStatus(counts: Counts, observed: boolean, failure: SyncError | undefined): void {
    const { namespace = '', name = '' } = this.set.metadata;
    let base = this.set;
    for (let retried = false; ; retried = true) {
      const observedGeneration = observed ? (this.set.metadata.generation ?? 0) : base.status?.observedGeneration;
      const result = this.steps.attempt({ purpose: 'updateStatus', spec: updateRequest(DAEMON_SETS, withStatus(base, counts, observedGeneration), 'status') });
      if (isSuccess(result)) return this.host.wrote('daemonsets', result.body);
      const fresh = retried ? undefined : this.steps.attempt({ purpose: 'refetch', spec: getRequest(DAEMON_SETS, namespace, name) });
      if (!fresh || !isSuccess(fresh)) {
        if (failure) return;
        throw new SyncError(`error storing status for daemon set ${keyFor(namespace, name)}: ${errorText(fresh ?? result)}`);
      }
      base = fresh.body as DaemonSet;
    }
  }

  private count(hash: string): Counts {
    const byNode = this.byNode();
    const counts = { desiredNumberScheduled: 0, currentNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0, updatedNumberScheduled: 0, numberAvailable: 0, numberUnavailable: 0 };
    for (const node of this.input.nodes) {
      const [first] = (byNode.get(node.metadata.name ?? '') ?? []).toSorted(byAge);
      const { run } = fit(this.set, node);
      if (run) counts.desiredNumberScheduled++;
      else if (first) counts.numberMisscheduled++;
      if (!run || !first) continue;
      counts.currentNumberScheduled++;
      if (isReady(first)) counts.numberReady++;
      if (this.isAvailable(first)) counts.numberAvailable++;
      if (isUpdated(this.set, first, hash)) counts.updatedNumberScheduled++;
    }
    return { ...counts, numberUnavailable: counts.desiredNumberScheduled - counts.numberAvailable };
  }
}

type Counts = Required<Omit<DaemonSetStatus, 'collisionCount' | 'conditions' | 'observedGeneration'>>;

/** Writes that leave together come from goroutines of their own; Go's scheduler runs the one that was started last first. */
function atOnce<T>(started: readonly T[]): readonly T[] {
  return [...started.slice(-1), ...started.slice(0, -1)];
}

function hashLabel(pod: Pod): string {
  return pod.metadata.labels?.['controller-revision-hash'] ?? '';
}

/** Bound pods first, then by age and name. */
function byAge(a: Pod, b: Pod): number {
  const bound = Number((b.spec?.nodeName ?? '') !== '') - Number((a.spec?.nodeName ?? '') !== '');
  if (bound !== 0) return bound;
  const left = `${a.metadata.creationTimestamp}/${a.metadata.name}`;
  const right = `${b.metadata.creationTimestamp}/${b.metadata.name}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

function sameStatus({ status, metadata }: DaemonSet, counts: Counts): boolean {
  return (status?.desiredNumberScheduled ?? 0) === counts.desiredNumberScheduled && (status?.currentNumberScheduled ?? 0) === counts.currentNumberScheduled
    && (status?.numberMisscheduled ?? 0) === counts.numberMisscheduled && (status?.numberReady ?? 0) === counts.numberReady
    && (status?.updatedNumberScheduled ?? 0) === counts.updatedNumberScheduled && (status?.numberAvailable ?? 0) === counts.numberAvailable
    && (status?.numberUnavailable ?? 0) === counts.numberUnavailable && (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

function withStatus(set: DaemonSet, counts: Counts, observedGeneration: number | undefined): DaemonSet {
  const { desiredNumberScheduled, currentNumberScheduled, numberMisscheduled, numberReady } = counts;
  const status: DaemonSetStatus = {
    ...set.status, desiredNumberScheduled, currentNumberScheduled, numberMisscheduled, numberReady,
    updatedNumberScheduled: counts.updatedNumberScheduled || undefined, numberAvailable: counts.numberAvailable || undefined,
    numberUnavailable: counts.numberUnavailable || undefined, observedGeneration: observedGeneration || undefined,
  };
  return { ...set, status };
}

/** What a sync saw and wants, for the page. */
export function explainDaemonSet({ key, set }: SyncInput, actions: readonly Action[]): PlanExplanation {
  const { desiredNumberScheduled: desired = 0, currentNumberScheduled: current = 0, numberReady: ready = 0, updatedNumberScheduled: updated = 0 } = set.status ?? {};
  return { about: 'plan', controller: 'daemonset-controller', key, observed: { current, ready, updated }, desired: { nodes: desired }, actions };
}
