// Plays the steps of a recorded scenario against a simulated cluster on virtual time.
import type { ApiObject } from '../../../sim/api/meta.ts';
import type { Pod } from '../../../sim/api/generated/types.ts';
import type { ApiResponse } from '../../../sim/apiserver/messages.ts';
import { Cluster, MS } from './cluster.ts';
import { isPlain } from './json.ts';
import type { Run } from './normalise.ts';
import { known, listed } from './recorder.ts';
import { WATCHED } from './resources.ts';
import { requestSpec } from './rest.ts';
import type { LogEntry, Ref, Scenario, Step, Wait } from './scenario.ts';
import { fulfils } from './where.ts';

export interface Played extends Run {
  /** Steps that went differently from the recording: refused requests, waits that timed out. */
  readonly problems: readonly string[];
}

const WAIT_MS = 30_000;
const SETTLE_MAX_MS = 20_000;
/** The recording program looked this often whether it had become quiet. */
const SETTLE_POLL_MS = 25.5;
const CATCH_UP_MS = 1000;
const CATCH_UP_POLL_MS = 10.5;
/** Between the nodes' being Ready and the first step. */
const BEFORE_START_MS = 150;
/** Into the second in which the first step is done. */
const START_MS = 900;

type Labels = Readonly<Record<string, string>>;
const hasLabels = (object: ApiObject, selector: Labels = {}): boolean => Object.entries(selector).every(([key, value]) => object.metadata.labels?.[key] === value);

interface Status { readonly reason?: string; readonly message?: string; readonly details?: { readonly causes?: unknown } }

class Player {
  private readonly cluster: Cluster;
  private readonly scenario: Scenario;
  private readonly steps: Step[] = [];
  private readonly problems: string[] = [];
  private readonly marks = new Map<string, number>();
  private readonly marksRv: Record<string, number> = {};
  private readonly timing: Record<string, number> = {};
  /** What `${name}` in later steps stands for. */
  private readonly names = new Map<string, string>();
  /** The part of the recorder's log that is before the first step. */
  private before = 0;
  /** How far `lastChangeUs` has looked into the log. */
  private looked = 0;
  private lastChangeUs = 0;
  private previousMs = 0;

  constructor(cluster: Cluster, scenario: Scenario) {
    this.cluster = cluster;
    this.scenario = scenario;
  }

  play(): Played {
    this.setUp();
    // Timestamps have whole seconds, and real runs began anywhere in one. Beginning shortly before a full one makes what they
    // say about ages the same in every run, and what takes half a second ends in another one than it began, as it often did.
    this.cluster.pass((1000 + START_MS - (this.cluster.unixMs % 1000)) % 1000);
    const initial = listed(this.cluster.recorder, 'nodes').map((object): LogEntry =>
      ({ t: this.cluster.nowMs, rv: Number(object.metadata.resourceVersion), type: 'ADDED', plural: 'nodes', object, initial: true }));
    this.before = this.looked = this.cluster.recorder.log.length;
    this.lastChangeUs = this.cluster.nowUs;
    this.previousMs = this.cluster.nowMs;
    this.marks.set('start', this.cluster.nowMs);
    for (const step of this.scenario.steps) this.step(step);
    const { namespace, include, expect } = this.scenario;
    const log = [...initial, ...this.cluster.recorder.log.slice(this.before)];
    const problems = [...this.problems, ...this.cluster.kubelet.problems];
    return { namespace, include, log, marksRv: this.marksRv, invariants: expect.invariants, steps: this.steps, timing: this.timing, problems };
  }

  /** Nodes first, Ready and untainted, then the namespace with what its controllers put into it. */
  private setUp(): void {
    const { cluster: { nodes, kubelet }, namespace } = this.scenario;
    this.cluster.operate({ type: 'configure', timing: kubelet });
    if (this.scenario.steps.some(({ metrics }) => metrics)) this.cluster.startMetrics();
    for (const spec of nodes) this.cluster.operate({ type: 'node-add', spec });
    const isReady = { 'spec.podCIDR': { exists: true }, 'status.conditions[type=Ready].status': 'True' };
    const isTainted = { 'spec.taints[key=node.kubernetes.io/not-ready].effect': { exists: true } };
    this.require({ resource: 'nodes', count: nodes.length, where: isReady });
    this.require({ resource: 'nodes', count: 0, where: isTainted });
    this.cluster.pass(BEFORE_START_MS);
    this.cluster.request({ method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } });
    this.require({ resource: 'serviceaccounts', namespace, name: 'default' });
    this.require({ resource: 'configmaps', namespace, name: 'kube-root-ca.crt' });
    // The recorded build had a controller more than Kubernetes, which put this into the namespace: quotas count it.
    const metadata = { name: 'openshift-service-ca.crt', namespace };
    this.cluster.request({ method: 'POST', path: `/api/v1/namespaces/${namespace}/configmaps`, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata } });
  }

  private require(wait: Wait): void {
    if (!this.wait(wait)) throw new Error(`the cluster does not become what the scenario begins with: ${JSON.stringify(wait)}`);
  }

  private step(recorded: Step): void {
    const step = this.filledIn(recorded) as Step;
    const begunMs = this.cluster.nowMs;
    const response = this.perform(step);
    if (step.mark !== undefined) this.setMark(step, begunMs);
    const { response: _recorded, ...played } = recorded;
    this.steps.push(response ? { ...played, response } : played);
  }

  /** Does what a step says; a request's answer is recorded. */
  private perform(step: Step): Step['response'] {
    const { request, wait, ref, node, kubelet, watch } = step;
    if (request) return this.request(step);
    if (wait) {
      if (!this.wait(wait)) this.problems.push(`wait timed out: ${JSON.stringify(wait)}`);
    } else if (step.settle !== undefined) this.settle(step.settle, step.maxMs ?? SETTLE_MAX_MS);
    else if (step.sleep !== undefined) this.cluster.pass(step.sleep);
    else if (step.align) this.cluster.pass((60_000 + step.align.second * 1000 - (this.cluster.unixMs % 60_000)) % 60_000);
    else if (ref) this.nameObject(ref);
    else if (node) this.operateNode(node);
    else if (kubelet) this.operatePod(kubelet);
    else if (watch) this.cluster.tell({ type: 'watch', plural: watch.plural, gvr: requestSpec({ method: 'GET', path: watch.path }).gvr });
    else if (step.metrics) this.cluster.setLoad(this.scenario.namespace, step.metrics);
    return undefined;
  }

  /** Replaces `${name}` and `${uid:plural/name}`. */
  private filledIn(value: unknown): unknown {
    if (typeof value === 'string') {
      const { namespace } = this.scenario;
      const withUids = value.replace(/\$\{uid:(\w+)\/([\w.-]+)\}/g, (_, plural: string, name: string) => known(this.cluster.recorder, plural, namespace, name)?.metadata.uid ?? '');
      return withUids.replace(/\$\{(\w+)\}/g, (whole, name: string) => this.names.get(name) ?? whole);
    }
    if (Array.isArray(value)) return value.map((member) => this.filledIn(member));
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.filledIn(member)]));
  }

  private setMark({ mark = '', since, wait }: Step, begunMs: number): void {
    const { nowMs } = this.cluster;
    this.marks.set(mark, nowMs);
    this.marksRv[mark] = Math.max(...this.cluster.recorder.seenRv.values());
    this.timing[mark] = nowMs - (since !== undefined ? (this.marks.get(since) ?? 0) : wait ? begunMs : this.previousMs);
    this.previousMs = nowMs;
  }

  private request({ request, response: recorded }: Step): Step['response'] {
    if (!request) return undefined;
    const { code, body } = this.cluster.request(request);
    const isRefused = code >= 300;
    if (recorded && recorded.code >= 300 ? code !== recorded.code : isRefused) this.problems.push(`request ${request.method} ${request.path}: ${code} ${(body as Status).message ?? ''}`);
    this.catchUp(request.path, body);
    if (!isRefused) return { code };
    const { reason, message, details } = body as Status;
    return { code, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }), ...(details?.causes !== undefined && { causes: details.causes }) };
  }

  /** Later waits must see this write: looks from time to time whether the watch has brought it. An answer comes before the watch. */
  private catchUp(path: string, body: ApiResponse['body']): void {
    const version = Number((body as ApiObject).metadata?.resourceVersion);
    const plural = requestSpec({ method: 'GET', path }).gvr.resource;
    if (!version || !WATCHED[plural]) return;
    const limitUs = this.cluster.nowUs + CATCH_UP_MS * MS;
    do this.cluster.pass(CATCH_UP_POLL_MS);
    while ((this.cluster.recorder.seenRv.get(plural) ?? 0) < version && this.cluster.nowUs < limitUs);
  }

  private wait(wait: Wait): boolean {
    return this.cluster.untilSeen(() => this.isSo(wait), wait.timeoutMs ?? WAIT_MS);
  }

  private isSo({ resource, name, namePrefix, namespace, selector, involved, where, count, all, gone }: Wait): boolean {
    const inNamespace = namespace ?? (WATCHED[resource]?.namespaced === false ? undefined : this.scenario.namespace);
    const candidates = listed(this.cluster.recorder, resource).filter((object) =>
      (inNamespace === undefined || object.metadata.namespace === inNamespace) && (name === undefined || object.metadata.name === name)
      && hasLabels(object, selector) && (namePrefix === undefined || object.metadata.name?.startsWith(namePrefix))
      && (involved === undefined || (object as { readonly involvedObject?: { readonly name?: string } }).involvedObject?.name === involved));
    if (gone) return candidates.length === 0;
    const matching = candidates.filter((object) => fulfils(object, where)).length;
    if (typeof count === 'number') return matching === count;
    if (count) return matching >= (count.gte ?? 0) && matching <= (count.lte ?? Infinity);
    return all ? candidates.length > 0 && matching === candidates.length : matching > 0;
  }

  /** Until nothing that belongs to the scenario (Events aside) changed for `quietMs`. */
  private settle(quietMs: number, maxMs: number): void {
    const limitUs = this.cluster.nowUs + maxMs * MS;
    this.lookForChanges();
    this.lastChangeUs = Math.max(this.lastChangeUs, this.cluster.nowUs - (quietMs * MS) / 2);
    for (;;) {
      if (this.cluster.nowUs >= this.lastChangeUs + quietMs * MS) return;
      if (this.cluster.nowUs >= limitUs) {
        this.problems.push('settle: never quiet');
        return;
      }
      this.cluster.passUntil(Math.min(this.cluster.nowUs + SETTLE_POLL_MS * MS, limitUs));
      this.lookForChanges();
    }
  }

  private lookForChanges(): void {
    const { log } = this.cluster.recorder;
    for (; this.looked < log.length; this.looked++) {
      const entry = log[this.looked];
      if (entry && this.concerns(entry)) this.lastChangeUs = Math.round(entry.t * MS);
    }
  }

  private concerns({ plural, object }: LogEntry): boolean {
    const { namespace } = object.metadata;
    if (plural === 'events') return false;
    if (namespace === undefined) return plural !== 'nodes' || this.scenario.include.nodes === true;
    return namespace === this.scenario.namespace || namespace.startsWith(`${this.scenario.namespace}-`);
  }

  private nameObject(ref: Ref): void {
    const { as, resource, selector, sort = 'creation', index = 0, where, owner } = ref;
    const candidates = listed(this.cluster.recorder, resource).filter((object) => object.metadata.namespace === this.scenario.namespace
      && hasLabels(object, selector) && fulfils(object, where) && (owner === undefined || object.metadata.ownerReferences?.some((reference) => reference.name === owner)));
    const created = (object: ApiObject): number => this.cluster.recorder.log.slice(this.before).find((entry) => entry.object.metadata.uid === object.metadata.uid)?.rv ?? 0;
    const byName = (a: ApiObject, b: ApiObject): number => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);
    const byCreation = (a: ApiObject, b: ApiObject): number => created(a) - created(b);
    const found = candidates.sort(sort === 'name' ? byName : byCreation)[index];
    if (!found) {
      this.problems.push(`ref not found ${JSON.stringify(ref)}`);
      return;
    }
    const { name = '', labels } = found.metadata;
    const facts = { '': name, Node: (found as Pod).spec?.nodeName, Hash: labels?.['pod-template-hash'] };
    for (const [suffix, fact] of Object.entries(facts)) if (fact !== undefined) this.names.set(`${as}${suffix}`, fact);
  }

  private operateNode({ stop, start, add, remove }: NonNullable<Step['node']>): void {
    if (stop !== undefined) this.cluster.operate({ type: 'node-stop', name: stop });
    if (start !== undefined) this.cluster.operate({ type: 'node-start', name: start });
    if (add) this.cluster.operate({ type: 'node-add', spec: add });
    if (remove !== undefined) this.cluster.operate({ type: 'node-remove', name: remove });
  }

  private operatePod({ pod, ready, exit }: NonNullable<Step['kubelet']>): void {
    const uid = known(this.cluster.recorder, 'pods', this.scenario.namespace, pod)?.metadata.uid;
    if (uid === undefined) {
      this.problems.push(`kubelet: no pod ${pod}`);
      return;
    }
    if (ready !== undefined) this.cluster.operate({ type: 'pod-ready', uid, ready });
    if (exit !== undefined) this.cluster.operate({ type: 'pod-exit', uid, code: exit });
  }
}

/** Plays a scenario in a fresh world. Throws if the world cannot begin it. */
export function playScenario(scenario: Scenario, seed: number): Played {
  return new Player(new Cluster(seed, scenario.cluster.kcmFlags), scenario).play();
}

