import type { JsonObject, Event, OwnerReference } from '../sim/api/generated/types.ts';
import type { ApiObject } from '../sim/api/meta.ts';
import type { RequestExplanation, StageOutcome } from '../sim/apiserver/messages.ts';
import type { EtcdState } from '../sim/etcd/actor.ts';
import { ETCD } from '../sim/etcd/messages.ts';
import type { EtcdWatchEvent } from '../sim/etcd/messages.ts';
import type { Explanation, MessageId } from '../sim/kernel/actor.ts';
import type { Kernel } from '../sim/kernel/kernel.ts';
import type { TraceEntry } from '../sim/kernel/trace.ts';
import type { Session } from '../sim/session.ts';
import { byKind } from '../sim/api/kinds/index.ts';
import { parseTime } from '../base/time.ts';
import { componentAnswer, inspectionOf } from './component-facts.ts';
import { describe } from './describe.ts';
import { narrate } from './narrate.ts';
import { requestStory, stagesOf } from './request-story.ts';
import type { Picture } from './picture.ts';
import { cellsOf, kindAt } from './picture-kinds.ts';
import { attemptAnswer, attemptsAnswer, configurationAnswer, nodeObjectAnswer, whatIfAnswer } from './scheduling.ts';
import { tryOut } from './try-out.ts';
import type { Answer, CauseStep, ExplainAnswer, FindAnswer, HistoryAnswer, ObjectAnswer, ObjectVersion, Query, RelatedEvent } from './protocol.ts';

const EFFECTS_MAX = 50;
const EFFECTS_WINDOW = 20_000;

/** Answers a question about the world at the playhead; never moves it (except for whole attempt tables, see explain). */
export function answer(session: Session, picture: Picture, query: Query): Answer {
  const etcd = session.kernel.stateOf(ETCD) as EtcdState | undefined;
  switch (query.type) {
    case 'object': return objectAnswer(session.kernel, etcd, picture, query.key);
    case 'objectHistory': return historyAnswer(session.kernel, etcd, picture, query.key);
    case 'explain': return explain(session, query.messageId, query.detail ?? false);
    case 'component': return componentAnswer(session.kernel, query.actor);
    case 'node': return { type: 'node', node: query.node, inspection: inspectionOf(session.kernel, query.node) };
    case 'find': return find(picture, query.text, query.limit);
    case 'tryOut': return { type: 'tryOut', ...tryOut(session.kernel, query.args, query.files) };
    case 'attempts': return attemptsAnswer(session, query.pod, query.limit);
    case 'attempt': return attemptAnswer(session, query.messageId);
    case 'nodeObject': return nodeObjectAnswer(session, query.messageId, query.node);
    case 'whatIf': return whatIfAnswer(session, query.messageId, query.edits);
    case 'configuration': return configurationAnswer(query.yaml);
  }
}

function objectAnswer(kernel: Kernel, etcd: EtcdState | undefined, picture: Picture, key: string): ObjectAnswer {
  const kv = etcd?.store.get(picture.etcdKeyOf(key) ?? '');
  if (!etcd || !kv) return { type: 'object', key, object: undefined, cells: [], owners: [], dependents: [], events: [] };
  const object = withVersion(kv.value, kv.modRevision);
  const kind = kindAt(kv, etcd.store);
  const cells = kind ? cellsOf(kind, object, (kernel.config.epochUs + kernel.nowUs) / 1000) : [];
  return { type: 'object', key, object, cells, owners: ownersOf(etcd, picture, object), dependents: dependentsOf(etcd, picture, object), events: eventsAbout(etcd, object) };
}

/** etcd keeps objects without resourceVersion; readers see the revision of the last write there. */
function withVersion(object: ApiObject, revision: number): ApiObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function ownersOf(etcd: EtcdState, picture: Picture, object: ApiObject): ObjectAnswer['owners'] {
  const owners: { key: string; kind: string; name: string }[] = [];
  let current: ApiObject | undefined = object;
  while (current && owners.length < 10) {
    const reference: OwnerReference | undefined = current.metadata.ownerReferences?.find((each) => each.controller) ?? current.metadata.ownerReferences?.[0];
    const key: string | undefined = reference && keyOfOwner(etcd, picture, reference, object.metadata.namespace ?? '');
    if (!reference || key === undefined) break;
    owners.push({ key, kind: reference.kind, name: reference.name });
    current = etcd.store.get(picture.etcdKeyOf(key) ?? '')?.value;
  }
  return owners;
}

/** A custom resource's plural stands in no reference: such an owner is found by its uid. */
function keyOfOwner(etcd: EtcdState, picture: Picture, { apiVersion, kind: kindName, name, uid }: OwnerReference, namespace: string): string | undefined {
  const kind = byKind(apiVersion, kindName);
  if (kind) return `${kind.group ? `${kind.plural}.${kind.group}` : kind.plural}/${kind.namespaced ? namespace : ''}/${name}`;
  for (const key of picture.keys()) if (key.endsWith(`/${name}`) && etcd.store.get(picture.etcdKeyOf(key) ?? '')?.value.metadata.uid === uid) return key;
  return undefined;
}

function dependentsOf(etcd: EtcdState, picture: Picture, object: ApiObject): ObjectAnswer['dependents'] {
  const found: { key: string; kind: string; name: string }[] = [];
  for (const key of picture.keys()) {
    const value = etcd.store.get(picture.etcdKeyOf(key) ?? '')?.value;
    if (value?.metadata.ownerReferences?.some((each) => each.uid === object.metadata.uid)) found.push({ key, kind: value.kind, name: value.metadata.name ?? '' });
  }
  return found;
}

function eventsAbout(etcd: EtcdState, object: ApiObject): readonly RelatedEvent[] {
  const namespace = object.metadata.namespace || 'default';
  const { kvs } = etcd.store.range(`/registry/events/${namespace}/`, `/registry/events/${namespace}0`, 0, 0);
  const mine = kvs.map((kv) => kv.value as Event).filter((event) => event.involvedObject.uid === object.metadata.uid || (event.involvedObject.name === object.metadata.name && event.involvedObject.kind === object.kind));
  return mine.map(relatedEvent).sort((a, b) => a.lastUs - b.lastUs);
}

function relatedEvent(event: Event): RelatedEvent {
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '';
  return {
    type: event.type ?? '', reason: event.reason ?? '', message: event.message ?? '', count: event.series?.count ?? event.count ?? 1,
    source: event.source?.component || event.reportingComponent || '', lastUs: parseTime(last) ?? 0,
  };
}

/** Every version of an object that etcd still has, with the message that told of it. */
function historyAnswer(kernel: Kernel, etcd: EtcdState | undefined, picture: Picture, key: string): HistoryAnswer {
  const etcdKey = picture.etcdKeyOf(key) ?? '';
  const events = etcd?.store.history(etcdKey) ?? [];
  const told = messagesByRevision(kernel, new Set(events.map(({ kv }) => kv.modRevision)));
  const versions = events.map(({ type, kv }): ObjectVersion => {
    const entry = told.get(kv.modRevision);
    return { revision: kv.modRevision, atUs: entry?.deliverUs ?? 0, messageId: entry?.id ?? 0, object: type === 'DELETE' ? undefined : withVersion(kv.value, kv.modRevision) };
  });
  return { type: 'objectHistory', key, versions, compacted: (etcd?.store.compactRevision ?? 0) > (versions[0]?.revision ?? 0) };
}

/** The etcd watch events that announced these revisions, by one walk back through the trace. */
function messagesByRevision(kernel: Kernel, wanted: ReadonlySet<number>): ReadonlyMap<number, TraceEntry> {
  const found = new Map<number, TraceEntry>();
  for (let id = kernel.lastId; id >= kernel.trace.firstId && found.size < wanted.size; id--) {
    const entry = kernel.trace.get(id);
    if (entry?.body.type !== 'etcd-watch-event') continue;
    for (const { kv } of (entry.body as EtcdWatchEvent).events) if (wanted.has(kv.modRevision)) found.set(kv.modRevision, entry);
  }
  return found;
}

/** Why a message was sent: its sender's explanation, and the causes back to the input. */
function explain(session: Session, messageId: MessageId, detail: boolean): ExplainAnswer {
  const { trace } = session.kernel;
  const entry = trace.get(messageId);
  if (!entry) return { type: 'explain', messageId, explanations: [], stages: [], explainedBy: 0, causes: [], effects: [], body: {}, request: undefined };
  const decision = decisionBehind(session.kernel, entry);
  const own = entry.body.type === 'api-request' ? withFinalStages(session, entry, detail) : entry.explanations;
  const behind = decision && (decision.body.type === 'api-request' ? withFinalStages(session, decision, detail) : inDetail(session, decision));
  const explanations = [...(behind ?? []), ...own];
  // The stations show what is known at that moment, and not yet what etcd will say.
  const request = entry.explanations.find((each): each is RequestExplanation => each.about === 'request');
  return {
    type: 'explain', messageId, explanations, stages: request?.stages ?? NO_STAGES, request: requestStory(session.kernel, entry), explainedBy: own.length > 0 ? entry.id : decision?.id ?? 0,
    causes: causesOf(session.kernel, entry), effects: effectsOf(session.kernel, entry), body: entry.body as unknown as JsonObject,
  };
}

const NO_STAGES: readonly StageOutcome[] = [];

/** What its sender was handling when it decided on this message; else the nearest cause that was explained. */
function decisionBehind(kernel: Kernel, entry: TraceEntry): TraceEntry | undefined {
  const handled = kernel.trace.get(entry.during);
  if (handled?.explanations.some((each) => each.about !== 'request')) return handled;
  if (entry.explanations.length > 0) return undefined;
  let current = kernel.trace.get(entry.cause);
  for (let hops = 0; current && hops < 12; hops++) {
    if (current.explanations.length > 0) return current;
    current = kernel.trace.get(current.cause);
  }
  return undefined;
}

/**
 * Large explanations (attempt tables) are not kept: the world is taken back to just before the message, which is
 * received again with details on, and then put back where it was.
 */
function inDetail(session: Session, entry: TraceEntry): readonly Explanation[] {
  return entry.explanations.some((each) => each.about === 'attempt') ? receivedAgain(session, entry) : entry.explanations;
}

/** The stages as they stood when etcd had answered; in detail with what each admission plugin made of the object. */
function withFinalStages(session: Session, entry: TraceEntry, detail: boolean): readonly Explanation[] {
  const mutated = (each: Explanation): boolean => each.about === 'request' && (each as RequestExplanation).stages.some(({ code, steps }) => code === 'mutated' && !steps);
  const detailed = detail && entry.explanations.some(mutated) ? receivedAgain(session, entry) : entry.explanations;
  const final = stagesOf(session.kernel, entry);
  return detailed.map((each) => (each.about === 'request' ? { ...each, stages: merged((each as RequestExplanation).stages, final) } : each));
}

/** Stages up to the request's leave for etcd in detail, those after as they ended. */
function merged(detailed: readonly StageOutcome[], final: readonly StageOutcome[]): readonly StageOutcome[] {
  return final.length === 0 ? detailed : final.map((outcome) => detailed.find(({ stage, steps }) => stage === outcome.stage && steps) ?? outcome);
}

function receivedAgain(session: Session, entry: TraceEntry): readonly Explanation[] {
  const { kernel } = session;
  const [position, nowUs] = [session.position, kernel.nowUs];
  session.seekTime(Math.max(0, entry.deliverUs - 1));
  kernel.detail = true;
  while (session.position < session.endPosition && session.step() !== entry.id);
  kernel.detail = false;
  const detailed = kernel.trace.get(entry.id)?.explanations ?? entry.explanations;
  session.seek(position);
  if (nowUs > kernel.nowUs) session.runUntil(nowUs);
  return detailed;
}

function causesOf(kernel: Kernel, entry: TraceEntry): readonly CauseStep[] {
  const steps: CauseStep[] = [];
  let current = kernel.trace.get(entry.cause);
  for (let hops = 0; current && hops < 2_000; hops++) {
    if (current.from !== current.to || current.cause === 0) steps.push(causeStep(kernel, current));
    current = kernel.trace.get(current.cause);
  }
  return steps;
}

function effectsOf(kernel: Kernel, entry: TraceEntry): readonly CauseStep[] {
  const steps: CauseStep[] = [];
  const end = Math.min(kernel.lastId, entry.id + EFFECTS_WINDOW);
  const direct = new Set<number>([entry.id]);
  for (let id = entry.id + 1; id <= end && steps.length < EFFECTS_MAX; id++) {
    const effect = kernel.trace.get(id);
    if (!effect || !direct.has(effect.cause)) continue;
    if (effect.from === effect.to) direct.add(effect.id);
    else steps.push(causeStep(kernel, effect));
  }
  return steps;
}

function causeStep(kernel: Kernel, entry: TraceEntry): CauseStep {
  const self = entry.from === entry.to;
  const told = self ? undefined : describe(kernel, entry);
  return {
    messageId: entry.id, position: 0, from: kernel.actorId(entry.from), to: kernel.actorId(entry.to), atUs: entry.deliverUs,
    kind: told?.kind ?? (entry.cause === 0 ? 'input' : 'timer'), label: told?.label ?? entry.body.type, narration: self ? undefined : narrate(kernel, entry),
  };
}

function find(picture: Picture, text: string, limit: number): FindAnswer {
  const wanted = text.toLowerCase();
  const matches = [...picture.keys()].filter((key) => key.toLowerCase().includes(wanted)).slice(0, limit);
  return { type: 'find', matches: matches.map((key) => ({ key, kind: key.split('/')[0] ?? '', namespace: key.split('/')[1] ?? '', name: key.split('/').slice(2).join('/') })) };
}
