import type { HorizontalPodAutoscaler, Pod } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import { parseSelector } from '../../api/selector-parser.ts';
import { NOTHING, matchesSelector } from '../../api/selectors.ts';
import type { Selector } from '../../api/selectors.ts';
import type { Controller, Round, Scope } from '../controller.ts';
import { DEFINITIONS, customResourceOf } from '../discovery.ts';
import { beginSteps, continueSteps, runSteps } from '../steps.ts';
import type { Journal } from '../steps.ts';
import { NO_MEMORY, begun } from './behavior.ts';
import type { Memory } from './behavior.ts';
import { explainAutoscaler, syncAutoscaler } from './sync.ts';
import type { SyncHost, SyncInput } from './sync.ts';

interface State {
  readonly memories: Map<string, Memory>;
  /** What the targets select, by the autoscaler's key. */
  readonly selectors: Map<string, string>;
}

const PERIOD = 'horizontal-pod-autoscaler-sync-period';

/** Changes the size of workloads by what their pods use (models pkg/controller/podautoscaler). Each is looked at once a period, not when something changes. */
export const horizontalPodAutoscalerController: Controller<State, Journal<SyncInput>> = {
  name: 'horizontal-pod-autoscaler-controller', serviceAccount: 'horizontal-pod-autoscaler', eventSource: 'horizontal-pod-autoscaler',
  watches: ['horizontalpodautoscalers', 'pods', DEFINITIONS], workers: 5, workersOption: 'concurrent-horizontal-pod-autoscaler-syncs',
  init: () => ({ memories: new Map(), selectors: new Map() }),
  clone: ({ memories, selectors }) => ({ memories: new Map(memories), selectors: new Map(selectors) }),
  onChange(change, state, scope, enqueue) {
    if (change.informer !== 'horizontalpodautoscalers') return;
    const key = keyOf(change.object);
    if (change.type === 'deleted') state.selectors.delete(key);
    else enqueue(key, scope.option(PERIOD));
  },
  reconcile(key, state, scope) {
    const hpa = scope.informer('horizontalpodautoscalers').get(key) as HorizontalPodAutoscaler | undefined;
    if (hpa) return run(beginSteps({ key, hpa }), state, scope);
    state.memories.delete(key);
    return {};
  },
  proceed: (_key, journal, results, state, scope) => run(continueSteps(journal, results), state, scope),
};

function run(journal: Journal<SyncInput>, state: State, scope: Scope): Round<Journal<SyncInput>> {
  const { key, hpa } = journal.input;
  const { namespace = '' } = hpa.metadata;
  const memory = (): Memory => state.memories.get(key) ?? NO_MEMORY;
  const host: SyncHost = {
    unixUs: () => scope.unixUs,
    nowUs: () => scope.nowUs,
    customResource: (group, kind) => customResourceOf(scope.informer(DEFINITIONS), group, kind),
    pods: (selector) => podsOf(scope, namespace, selector),
    rivals: (pods) => rivalsFor(state, namespace, pods),
    noteSelector: (text) => state.selectors.set(key, text),
    begin: (replicas) => state.memories.set(key, begun(memory(), replicas, scope.nowUs)),
    memory,
    keep: (next) => state.memories.set(key, next),
    syncPeriodUs: scope.option(PERIOD),
    windowUs: scope.option('horizontal-pod-autoscaler-downscale-stabilization'),
    tolerance: scope.option('horizontal-pod-autoscaler-tolerance'),
    cpuInitializationUs: scope.option('horizontal-pod-autoscaler-cpu-initialization-period'),
    initialReadinessUs: scope.option('horizontal-pod-autoscaler-initial-readiness-delay'),
  };
  return runSteps(journal, (input, steps) => syncAutoscaler(input, steps, host), explainAutoscaler);
}

function podsOf(scope: Scope, namespace: string, selector: Selector): readonly Pod[] {
  return ([...scope.informer('pods').byIndex('namespace', namespace)] as Pod[]).filter((pod) => matchesSelector(selector, pod.metadata.labels));
}

function rivalsFor(state: State, namespace: string, pods: readonly Pod[]): readonly string[] {
  return [...state.selectors].filter(([key, text]) => {
    const selector = key.startsWith(`${namespace}/`) ? parseSelector(text) : NOTHING;
    return pods.some((pod) => matchesSelector(selector, pod.metadata.labels));
  }).map(([key]) => key).sort();
}
