// Questions about scheduling attempts: which there were, the whole table of one, and what would have been decided if.
import type { Json, Node, Pod } from '../sim/api/generated/types.ts';
import { documentOf } from '../sim/api/go-json.ts';
import { decodeBody } from '../sim/api/decode-body.ts';
import { byKind } from '../sim/api/kinds/index.ts';
import type { ApiObject } from '../sim/api/meta.ts';
import type { MessageId } from '../sim/kernel/actor.ts';
import type { AttemptExplanation } from '../sim/scheduler/actor.ts';
import { readConfiguration } from '../sim/scheduler/config/configuration.ts';
import type { SchedulerConfiguration } from '../sim/scheduler/config/configuration.ts';
import { backoffEndUs } from '../sim/scheduler/queue.ts';
import type { SchedulerState } from '../sim/scheduler/state.ts';
import { NAME } from '../sim/scheduler/state.ts';
import { NO_EDITS, decideAgain } from '../sim/scheduler/what-if.ts';
import type { Edits } from '../sim/scheduler/what-if.ts';
import type { Session } from '../sim/session.ts';
import { parseManifest } from '../kubectl/manifest.ts';
import { attemptMoment } from './moments.ts';
import type { AttemptMoment } from './moments.ts';
import { narrate } from './narrate.ts';
import type {
  AttemptAnswer, AttemptNode, AttemptSummary, AttemptsAnswer, ConfigurationAnswer, EditProblem, NodeObjectAnswer, QueuePlace, WhatIfAnswer, WhatIfEdits,
} from './protocol.ts';

// ---------------------------------------------------------------- which attempts there were

/** The attempts of a pod (of all pods when `pod` is empty), the newest first. */
export function attemptsAnswer(session: Session, pod: string, limit: number): AttemptsAnswer {
  const found: { readonly id: MessageId; readonly explanation: AttemptExplanation }[] = [];
  session.kernel.trace.eachExplained((id, explanations) => {
    for (const each of explanations) {
      if (each.about === 'attempt' && (pod === '' || (each as AttemptExplanation).attempt.pod === pod)) found.push({ id, explanation: each as AttemptExplanation });
    }
  });
  const newest = found.sort((a, b) => b.id - a.id).slice(0, limit);
  return { type: 'attempts', pod, attempts: newest.map(({ id, explanation }) => summaryOf(session, id, explanation)), place: pod === '' ? undefined : placeOf(session, pod) };
}

function summaryOf({ kernel }: Session, messageId: MessageId, explanation: AttemptExplanation): AttemptSummary {
  const { attempt, attempts, wokenBy, backoff, causedBy, summary } = explanation;
  const atUs = kernel.trace.get(messageId)?.deliverUs ?? 0;
  const cause = kernel.trace.get(causedBy);
  return {
    messageId, atUs, later: atUs > kernel.nowUs, pod: attempt.pod, attempts, wokenBy, backoff, causedBy, cause: cause && cause.from !== cause.to ? narrate(kernel, cause) : undefined,
    outcome: attempt.outcome, node: attempt.node ?? '', nodes: summary.nodes, feasible: summary.feasible, message: attempt.message ?? '',
    victims: attempt.preemption?.nominated?.pods.map((info) => info.key) ?? [], nominated: attempt.preemption?.nominated?.node ?? '',
  };
}

function placeOf({ kernel }: Session, pod: string): QueuePlace | undefined {
  const state = kernel.stateOf(NAME) as SchedulerState | undefined;
  const found = state?.queue.find(pod);
  if (!state || !found) return undefined;
  const { epochUs } = kernel.config;
  const { place, item } = found;
  const endUs = place === 'backoff' ? backoffEndUs(item, state.queueContext({ unixUs: epochUs + kernel.nowUs, messageId: 0 })) - epochUs : undefined;
  return { place: item.gatedBy ? 'gated' : place, attempts: item.attempts, plugins: item.gatedBy ? [item.gatedBy.plugin] : item.unschedulablePlugins, endUs };
}

// ---------------------------------------------------------------- one attempt

/** The whole table of one attempt, decided again from the moment before it. */
export function attemptAnswer(session: Session, messageId: MessageId): AttemptAnswer {
  const moment = attemptMoment(session, messageId);
  const decided = moment && decideAgain(moment, NO_EDITS);
  if (!moment || !decided || !('outcome' in decided)) return { type: 'attempt', messageId, found: undefined };
  const { state, pod, atUs, explanation } = moment;
  const framework = state.frameworkFor(pod);
  return {
    type: 'attempt', messageId,
    found: {
      atUs, pod, attempt: decided, attempts: explanation.attempts, wokenBy: explanation.wokenBy, backoff: explanation.backoff, nodes: nodesOf(state),
      profile: framework?.schedulerName ?? '', filters: framework?.filter.map(({ plugin }) => plugin.name) ?? [],
      weights: Object.fromEntries(framework?.score.map(({ plugin, weight }) => [plugin.name, weight]) ?? []),
    },
  };
}

const ZONE = 'topology.kubernetes.io/zone';

function nodesOf({ cache }: SchedulerState): readonly AttemptNode[] {
  return [...cache.order()].map((slot) => {
    const { name, node, pods } = cache.at(slot);
    return { name, zone: node?.metadata.labels?.[ZONE] ?? '', pods: pods.length };
  });
}

/** A node as the scheduler knew it when it made that attempt. */
export function nodeObjectAnswer(session: Session, messageId: MessageId, node: string): NodeObjectAnswer {
  return { type: 'nodeObject', messageId, node, object: attemptMoment(session, messageId)?.state.cache.node(node)?.node };
}

// ---------------------------------------------------------------- what if

/** Decides that attempt again with edits; the session does not notice. Problems of the edits come back instead. */
export function whatIfAnswer(session: Session, messageId: MessageId, wanted: WhatIfEdits): WhatIfAnswer {
  const moment = attemptMoment(session, messageId);
  if (!moment) return { type: 'whatIf', messageId, attempt: undefined, problems: [] };
  const problems: EditProblem[] = [];
  const edits = editsOf(moment, wanted, problems);
  const decided = problems.length === 0 ? decideAgain(moment, edits) : undefined;
  if (decided && 'outcome' in decided) return { type: 'whatIf', messageId, attempt: decided, problems };
  if (decided) problems.push({ where: 'pod', name: moment.pod.metadata.name ?? '', field: decided.field, message: decided.message, line: 0 });
  return { type: 'whatIf', messageId, attempt: undefined, problems };
}

function editsOf(moment: AttemptMoment, { pod, nodes, configuration, weights, disabled }: WhatIfEdits, problems: EditProblem[]): Edits {
  const known = (name: string): Node | undefined => moment.state.cache.node(name)?.node;
  return {
    weights, disabled,
    pod: pod === undefined ? undefined : readObject('pod', pod, moment.pod, moment.pod.metadata.name ?? '', problems) as Pod | undefined,
    nodes: nodes.flatMap(({ name, text }) => {
      const node = readObject('node', text, known(name), name, problems) as Node | undefined;
      return node ? [node] : [];
    }),
    configuration: configuration === undefined ? undefined : configurationOf(configuration, problems),
  };
}

/**
 * Reads an edited Pod or Node: YAML, strict fields, the API's own validation. Its name and identity stay those of
 * `original`; what a status leaves out is taken from it, because the text shows only what a person would change.
 */
function readObject(where: 'pod' | 'node', text: string, original: ApiObject | undefined, name: string, problems: EditProblem[]): ApiObject | undefined {
  const problem = (field: string, message: string, line = 0): undefined => { problems.push({ where, name, field, message, line }); };
  const { documents: [first], problems: [broken] } = parseManifest({ name, text });
  if (broken) return problem('', bareMessage(broken.message), broken.line);
  const kind = byKind('v1', where === 'pod' ? 'Pod' : 'Node');
  if (!first || !kind) return problem('', 'the text is empty');
  const decoded = decodeBody({ text, document: documentOf(first.object) }, { group: kind.group, version: kind.version, kind: kind.kind, schema: kind.schema }, 'Strict');
  if (!decoded.ok) return problem('', decoded.message);
  const object = kind.applyDefaults(withIdentity(decoded.object, original));
  const [refusal] = kind.validate(object);
  return refusal ? problem(refusal.path, refusal.message) : object;
}

/** Without what kubectl puts before it: the place is told beside it. */
function bareMessage(message: string): string {
  return message.replace(/^error: error parsing .*?: error converting YAML to JSON: yaml: (line \d+: )?/, '');
}

function withIdentity(edited: ApiObject, original: ApiObject | undefined): ApiObject {
  if (!original) return edited;
  const { labels, annotations } = edited.metadata ?? {};
  const status = { ...Reflect.get(original, 'status') as object | undefined, ...Reflect.get(edited, 'status') as object | undefined };
  return { ...original, ...edited, metadata: { ...original.metadata, labels, ...(annotations && { annotations }) }, status } as ApiObject;
}

// ---------------------------------------------------------------- configuration

/** What is wrong with a KubeSchedulerConfiguration, field by field; nothing if it can be applied. */
export function configurationAnswer(yaml: string): ConfigurationAnswer {
  const problems: EditProblem[] = [];
  configurationOf(yaml, problems);
  return { type: 'configuration', problems };
}

/** Reads a KubeSchedulerConfiguration; an invalid one leaves its problems and is undefined. */
export function configurationOf(yaml: string, problems: EditProblem[]): SchedulerConfiguration | undefined {
  const name = 'KubeSchedulerConfiguration';
  const { documents, problems: [broken] } = parseManifest({ name, text: yaml });
  if (broken) {
    problems.push({ where: 'configuration', name, field: '', message: bareMessage(broken.message), line: broken.line });
    return undefined;
  }
  const result = readConfiguration((documents[0]?.object ?? {}) as Json);
  if (result.ok) return result.configuration;
  for (const { path, message } of result.errors) problems.push({ where: 'configuration', name, field: path, message, line: 0 });
  return undefined;
}
