// The same decision once more, from the scheduler's own state of a past moment, with objects or configuration changed.
import type { Prng } from '../../base/prng.ts';
import type { Node, Pod } from '../api/generated/types.ts';
import type { SchedulerConfiguration, SchedulerProfile } from './config/configuration.ts';
import type { Attempt } from './framework/attempt.ts';
import { messageOf } from './framework/status.ts';
import { podInfoOf } from './pod-info.ts';
import { EXTENSION_POINTS } from './profile.ts';
import type { EnabledPlugin, PluginSet } from './profile.ts';
import { schedulePod } from './schedule-pod.ts';
import type { SchedulerState } from './state.ts';

/** What is different. Everything left out is as it was. */
export interface Edits {
  readonly pod?: Pod | undefined;
  /** Nodes as they would be; one of a new name is added. */
  readonly nodes: readonly Node[];
  readonly configuration?: SchedulerConfiguration | undefined;
  /** Weights of Score plugins; 0 takes the plugin's score out. */
  readonly weights: Readonly<Record<string, number>>;
  /** Plugins that take no part, wherever they could. */
  readonly disabled: readonly string[];
}

export const NO_EDITS: Edits = { nodes: [], weights: {}, disabled: [] };

/** The scheduler just before one of its cycles. `state` is only read. */
export interface Moment {
  readonly state: SchedulerState;
  readonly pod: Pod;
  readonly random: Prng;
  readonly unixUs: number;
}

/** There is no decision: the pod may not be tried, or no profile serves it. A field of the pod and why. */
export interface NotTried { readonly field: string; readonly message: string }

/** Decides with the whole table. The moment stays as it is, so that many edits can start from it. */
export function decideAgain(moment: Moment, edits: Edits): Attempt | NotTried {
  const { unixUs } = moment;
  const state = moment.state.clone();
  const pod = edits.pod ?? moment.pod;
  for (const node of edits.nodes) state.cache.setNode(node);
  state.reconfigure(edited(edits.configuration ?? state.configuration, edits));
  const framework = state.frameworkFor(pod);
  if (!framework) return { field: 'spec.schedulerName', message: `no profile is called ${pod.spec?.schedulerName ?? ''}` };
  for (const plugin of framework.preEnqueue) {
    const refusal = plugin.preEnqueue(pod);
    if (refusal) return { field: 'spec.schedulingGates', message: messageOf(refusal) };
  }
  return schedulePod({
    framework, handle: state.handle({ unixUs }), pod: podInfoOf(pod), random: moment.random.clone(), startNodeIndex: state.startNodeIndex,
    percentageOfNodesToScore: state.configuration.percentageOfNodesToScore, detail: true,
  });
}

/** Sorting the queue and binding have no substitute: those plugins stay. */
const INDISPENSABLE: ReadonlySet<string> = new Set(['queueSort', 'bind']);

function edited(configuration: SchedulerConfiguration, { weights, disabled }: Edits): SchedulerConfiguration {
  if (Object.keys(weights).length === 0 && disabled.length === 0) return configuration;
  const off = new Set(disabled);
  const profile = (old: SchedulerProfile): SchedulerProfile => ({ ...old, plugins: editedSet(old.plugins, weights, off) });
  return { ...configuration, profiles: configuration.profiles.map(profile) };
}

function editedSet(set: PluginSet, weights: Edits['weights'], off: ReadonlySet<string>): PluginSet {
  const lists = EXTENSION_POINTS.map((point): [string, readonly EnabledPlugin[]] => {
    const kept = INDISPENSABLE.has(point) ? set[point] : set[point].filter(({ name }) => !off.has(name));
    if (point !== 'score') return [point, kept];
    return [point, kept.map((each) => ({ ...each, weight: weights[each.name] ?? each.weight })).filter(({ weight }) => weight > 0)];
  });
  return { ...set, ...Object.fromEntries(lists) };
}

/** The pod whose turn it is in a copy of that state; undefined when no pod waits. */
export function nextPod(state: SchedulerState, unixUs: number): Pod | undefined {
  return state.clone().queue.pop(state.queueContext({ unixUs, messageId: 0 }))?.pod;
}
