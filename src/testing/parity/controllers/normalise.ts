// From the watch log of one run to a recording that can be compared with those of real runs.
import type { Event, Pod } from '../../../sim/api/generated/types.ts';
import type { ApiObject } from '../../../sim/api/meta.ts';
import { keyFields } from './fields.ts';
import { contentKey, finalObject } from './final.ts';
import { by, rewrite, sorted, textOf } from './json.ts';
import type { Plain } from './json.ts';
import { Names, controllerOf, idOf } from './names.ts';
import { WATCHED } from './resources.ts';
import type { CheckedInvariant, Include, Invariant, LogEntry, PodGroup, PodOperation, RecordedEvent, Recording, Step } from './scenario.ts';

/** All that a played scenario left behind. */
export interface Run {
  readonly namespace: string;
  readonly include: Include;
  readonly log: readonly LogEntry[];
  /** The highest resourceVersion that was seen when the mark was set. */
  readonly marksRv: Readonly<Record<string, number>>;
  readonly invariants: readonly Invariant[];
  readonly steps: readonly Step[];
  readonly timing: Readonly<Record<string, number>>;
}

/** What all sections are made from. */
interface Story { readonly run: Run; readonly log: readonly LogEntry[]; readonly names: Names }

const withoutNumbers = (text: string): string => text.replace(/<p\d+>/g, '<p>');
const withoutNodes = (text: string): string => text.replace(/-<node-[^>]*>(#\d+)?/g, '-<node>');
const withoutLives = (text: string): string => text.replace(/(-<node-[^>]*>)#\d+/g, '$1');

const isOwn = (name: string, namespace: string): boolean => name === namespace || name.startsWith(`${namespace}-`);

/** Whether a log entry is about the scenario. */
function belongs({ plural, object }: LogEntry, namespace: string, include: Include): boolean {
  const { name = '', namespace: where } = object.metadata;
  if (plural === 'namespaces') return isOwn(name, namespace);
  if (where) return isOwn(where, namespace) || (plural === 'events' && where === 'default' && isAboutCluster(object as Event, namespace, include));
  return plural === 'nodes' || name.startsWith(namespace) || name.includes(`${namespace}.`);
}

function isAboutCluster({ involvedObject }: Event, namespace: string, include: Include): boolean {
  if (involvedObject.kind === 'Node') return include.nodes === true;
  return involvedObject.kind === 'PersistentVolume' && include.pv === true && (involvedObject.name ?? '').startsWith(namespace);
}

/** Objects that are watched (for names, for events) but are no part of the recording. */
function isLeftOut({ plural, object }: LogEntry, include: Include): boolean {
  const { name } = object.metadata;
  if (plural === 'events' || include.omit?.includes(plural)) return true;
  if (plural === 'configmaps' && name === 'openshift-service-ca.crt') return true;
  const isDefault = (plural === 'serviceaccounts' && name === 'default') || (plural === 'configmaps' && name === 'kube-root-ca.crt');
  return (isDefault && !include.defaults) || (plural === 'namespaces' && !include.namespaces) || (plural === 'nodes' && !include.nodes);
}

const kindOf = (entry: LogEntry): string => WATCHED[entry.plural]?.kind ?? entry.object.kind;

function nameOf({ run, names }: Story, object: ApiObject): string {
  const { namespace, name = '' } = object.metadata;
  return (namespace && namespace !== run.namespace ? `${namespace}:` : '') + names.text(name);
}

interface Life { readonly sequence: unknown[]; last: string; deleting: boolean }

/** Follows every object from its first to its last event. */
class Lives {
  readonly trajectories = new Map<string, unknown[]>();
  readonly groups = new Map<string, unknown[][]>();
  readonly order: PodOperation[] = [];
  /** The last state of what still exists, by id. */
  readonly left = new Map<string, LogEntry>();
  private readonly lives = new Map<string, Life>();
  private readonly story: Story;

  constructor(story: Story) {
    this.story = story;
    for (const entry of story.log) if (!isLeftOut(entry, story.run.include)) this.follow(entry);
  }

  private follow(entry: LogEntry): void {
    const { plural, object, type } = entry;
    const id = idOf(entry);
    const life = this.lives.get(id) ?? this.begin(entry, id);
    if (plural === 'pods') this.followPod(entry, life);
    if (type === 'DELETED') {
      life.sequence.push('deleted');
      this.left.delete(id);
      return;
    }
    this.left.set(id, entry);
    if (this.story.run.include.omitTrajectory?.includes(plural)) return;
    const fields = this.story.names.deep(keyFields(plural, object));
    const text = textOf(fields);
    if (text !== life.last) life.sequence.push(fields);
    life.last = text;
  }

  private begin(entry: LogEntry, id: string): Life {
    const life: Life = { sequence: this.sequenceFor(entry), last: '', deleting: false };
    this.lives.set(id, life);
    if (entry.plural === 'pods' && !entry.initial) this.order.push(['create', nameOf(this.story, entry.object)]);
    return life;
  }

  /** A second object of the same name goes on with the story of the first; pods without names of their own are told by group. */
  private sequenceFor(entry: LogEntry): unknown[] {
    const key = `${kindOf(entry)}/${nameOf(this.story, entry.object)}`;
    const known = this.trajectories.get(key);
    known?.push('recreated');
    const sequence = known ?? [];
    const group = this.groupOf(entry);
    if (group === undefined) this.trajectories.set(key, sequence);
    else this.groups.set(group, [...(this.groups.get(group) ?? []), sequence]);
    return sequence;
  }

  private groupOf({ plural, object }: LogEntry): string | undefined {
    if (plural !== 'pods') return undefined;
    const { names } = this.story;
    const { name = '', annotations, generateName = '' } = object.metadata;
    const owner = controllerOf(object);
    if (owner?.kind === 'DaemonSet') return `DaemonSet/${names.text(owner.name)}`;
    if (!/<p\d+>/.test(names.text(name)) || annotations?.['batch.kubernetes.io/job-completion-index'] !== undefined) return undefined;
    return owner ? `${owner.kind}/${names.text(owner.name)}` : `generateName/${names.text(generateName)}`;
  }

  private followPod({ object, type }: LogEntry, life: Life): void {
    const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
    const name = nameOf(this.story, object);
    if (deletionTimestamp && !life.deleting && (type !== 'DELETED' || deletionGracePeriodSeconds > 0)) {
      life.deleting = true;
      this.order.push(['delete', name]);
    }
    if (type === 'DELETED') this.order.push(['gone', name]);
  }
}

function podGroups(groups: ReadonlyMap<string, readonly unknown[][]>): Record<string, readonly PodGroup[]> {
  const grouped = [...groups].sort(by(([name]) => name)).map(([name, sequences]) => {
    const counts = new Map<string, number>();
    for (const sequence of sequences) {
      const text = withoutNumbers(textOf(sequence));
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return [name, [...counts].sort(by(([text]) => text)).map(([text, n]) => ({ n, seq: JSON.parse(text) as unknown[] }))] as const;
  });
  return Object.fromEntries(grouped);
}

function trajectory(trajectories: ReadonlyMap<string, unknown[]>): Record<string, unknown[]> {
  const told = [...trajectories].filter(([, sequence]) => sequence.length > 0).sort(by(([key]) => key));
  return Object.fromEntries(told.map(([key, sequence]) => [key, rewrite(sequence, withoutNumbers)]));
}

/** Artefacts of recording on a cluster whose nodes were made for each scenario. */
function isArtefact({ involvedObject, reason }: Event, initialNodes: ReadonlySet<string>, goneNodes: ReadonlySet<string>): boolean {
  if (involvedObject.kind !== 'Node') return false;
  const name = involvedObject.name ?? '';
  return reason === 'CIDRAssignmentFailed' || (reason === 'RegisteredNode' && initialNodes.has(name)) || (reason === 'RemovingNode' && !goneNodes.has(name));
}

/** The last state of each Event object, those with the same words added up. */
function events({ log, names }: Story): readonly RecordedEvent[] {
  const nodeNames = (entries: readonly LogEntry[]): Set<string> => new Set(entries.filter(({ plural }) => plural === 'nodes').map(({ object }) => object.metadata.name ?? ''));
  const initialNodes = nodeNames(log.filter((entry) => entry.initial));
  const goneNodes = nodeNames(log.filter((entry) => entry.type === 'DELETED'));
  const last = new Map(log.filter(({ plural, type }) => plural === 'events' && type !== 'DELETED').map((entry) => [entry.object.metadata.uid, entry.object as Event]));
  const lines = new Map<string, RecordedEvent>();
  for (const event of last.values()) {
    if (isArtefact(event, initialNodes, goneNodes)) continue;
    const line = eventLine(event, names);
    const key = textOf(line);
    lines.set(key, { ...line, count: (lines.get(key)?.count ?? 0) + (event.series?.count ?? event.count ?? 1) });
  }
  return [...lines].sort(by(([key]) => key)).map(([, line]) => line);
}

function eventLine(event: Event, names: Names): Omit<RecordedEvent, 'count'> {
  const { involvedObject, type, reason, source, reportingComponent } = event;
  const anonymous = (text: string): string => withoutNodes(withoutNumbers(text));
  const raw = names.text(event.message ?? '');
  const message = anonymous(reason === 'Scheduled' ? raw.replace(/ to [^ ]+$/, ' to <node>') : raw);
  const name = anonymous(names.text(involvedObject.name ?? ''));
  return { kind: involvedObject.kind ?? '', name, ...(type !== undefined && { type }), ...(reason !== undefined && { reason }), message, source: source?.component || reportingComponent || '' };
}

function finals(story: Story, left: Iterable<LogEntry>): Record<string, Plain> {
  const byName = new Map<string, Plain[]>();
  const anonymous = (text: string): string => withoutLives(withoutNumbers(text));
  for (const entry of left) {
    if (story.run.include.omitFinal?.includes(entry.plural)) continue;
    const key = anonymous(`${kindOf(entry)}/${nameOf(story, entry.object)}`);
    byName.set(key, [...(byName.get(key) ?? []), rewrite(finalObject(entry.plural, entry.object, story.names), anonymous)]);
  }
  const numbered = [...byName].sort(by(([key]) => key)).flatMap(([key, objects]) => {
    const counts = objects.length > 1 || key.includes('<p>');
    return objects.sort(by(contentKey)).map((object, index) => [counts ? `${key}#${index + 1}` : key, object] as const);
  });
  return Object.fromEntries(numbered);
}

/** Owner (or single pod) → node → number of pods. */
function placement(story: Story, left: Iterable<LogEntry>): Record<string, Record<string, number>> {
  const result: Record<string, Record<string, number>> = {};
  for (const { plural, object } of left) {
    const node = plural === 'pods' ? (object as Pod).spec?.nodeName : undefined;
    if (!node || story.run.include.omitFinal?.includes(plural)) continue;
    const owner = controllerOf(object);
    const counts = (result[owner ? `${owner.kind}/${story.names.text(owner.name)}` : `Pod/${nameOf(story, object)}`] ??= {});
    counts[node] = (counts[node] ?? 0) + 1;
  }
  return sorted(result) as Record<string, Record<string, number>>;
}

/** What one pod contributes to an invariant. */
function weight({ what, selector }: Invariant, pod: Pod): number {
  if (!Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value)) return 0;
  if (what === 'allPods') return 1;
  if (pod.metadata.deletionTimestamp) return 0;
  if (what === 'ready') return Number(pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false);
  return Number(!['Succeeded', 'Failed'].includes(pod.status?.phase ?? ''));
}

/** Adds up after every write between two marks; marks are resourceVersions, so that every earlier write counts. */
function checkInvariant(invariant: Invariant, { log, run }: Story): CheckedInvariant {
  const from = invariant.from === undefined ? -Infinity : (run.marksRv[invariant.from] ?? NaN);
  const to = invariant.to === undefined ? Infinity : (run.marksRv[invariant.to] ?? NaN);
  const weights = new Map<string, number>();
  const sums: number[] = [];
  let sum = 0;
  for (const { plural, object, rv, type } of log) {
    if (plural !== 'pods') continue;
    if (rv > to) break;
    if (rv > from && sums.length === 0) sums.push(sum);
    const uid = object.metadata.uid ?? '';
    const value = type === 'DELETED' ? 0 : weight(invariant, object as Pod);
    sum += value - (weights.get(uid) ?? 0);
    weights.set(uid, value);
    if (rv > from) sums.push(sum);
  }
  if (sums.length === 0) sums.push(sum);
  const observedMin = Math.min(...sums);
  const observedMax = Math.max(...sums);
  return { ...invariant, observedMin, observedMax, holds: invariant.op === '<=' ? observedMax <= invariant.value : observedMin >= invariant.value };
}

/** Makes the recording of a run: what was seen, in words that are the same in every run. */
export function normalise(run: Run): Recording {
  const log = run.log.filter((entry) => belongs(entry, run.namespace, run.include)).sort((a, b) => a.rv - b.rv || a.t - b.t);
  const story: Story = { run, log, names: new Names(log) };
  const lives = new Lives(story);
  return {
    events: events(story),
    trajectory: trajectory(lives.trajectories),
    podGroups: podGroups(lives.groups),
    order: lives.order,
    final: finals(story, lives.left.values()),
    placement: placement(story, lives.left.values()),
    invariants: run.invariants.map((invariant) => checkInvariant(invariant, story)),
    timingMs: run.timing,
    steps: story.names.deep(run.steps) as readonly Step[],
  };
}
