// The metrics API of the recordings as an actor: the processor use of ready pods, as a scenario sets it for a namespace.
import { formatTime } from '../../../base/time.ts';
import type { Pod } from '../../../sim/api/generated/types.ts';
import { PODS } from '../../../sim/api/resources.ts';
import { parseSelector } from '../../../sim/api/selector-parser.ts';
import { matchesSelector } from '../../../sim/api/selectors.ts';
import { METRICS_SERVER } from '../../../sim/apiserver/aggregation.ts';
import type { AggregatedRequest, AggregatedResponse } from '../../../sim/apiserver/aggregation.ts';
import { ApiClient } from '../../../sim/client/client.ts';
import type { ClientMessage, Identity } from '../../../sim/client/client.ts';
import type { Actor, StartMessage } from '../../../sim/kernel/actor.ts';

/** CPU in thousandths: shared evenly by the ready pods, or the same for each; `missing`: the API knows no pods. */
export interface Load { readonly totalMilli?: number; readonly perPodMilli?: number; readonly missing?: boolean; readonly memMi?: number }

export interface FakeMetricsInput { readonly type: 'load'; readonly namespace: string; readonly load: Load }

interface FakeMetricsState { readonly client: ApiClient<never>; readonly loads: Map<string, Load> }

const IDENTITY: Identity = { userAgent: 'node-fetch', credentials: { user: 'admin', groups: ['system:masters', 'system:authenticated'] }, qps: 0, burst: 0 };
const MEMORY_MI = 64;

export const fakeMetrics: Actor<FakeMetricsState, FakeMetricsInput | AggregatedRequest | ClientMessage | StartMessage> = {
  kind: METRICS_SERVER,
  init: () => ({ client: new ApiClient<never>(IDENTITY), loads: new Map() }),
  receive(state, message, ctx) {
    switch (message.type) {
      case 'start': return state.client.watch(ctx, { name: 'pods', gvr: PODS });
      case 'load': state.loads.set(message.namespace, message.load); return;
      case 'aggregated-request': {
        const { id, request: { namespace, options } } = message;
        const answer: AggregatedResponse = { type: 'aggregated-response', id, code: 200, body: { kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items: itemsOf(state, namespace, options.labelSelector ?? '', ctx.unixUs) } };
        ctx.send(ctx.from, answer);
        return;
      }
      default: state.client.receive(ctx, message);
    }
  },
  clone: ({ client, loads }) => ({ client: client.clone(), loads: new Map(loads) }),
};

function itemsOf({ client, loads }: FakeMetricsState, namespace: string, labelSelector: string, unixUs: number): AggregatedResponse['body'][string] {
  const { totalMilli, perPodMilli, missing, memMi = MEMORY_MI } = loads.get(namespace) ?? {};
  const selector = parseSelector(labelSelector);
  const pods = ([...client.informer('pods').objects.values()] as Pod[]).filter(({ metadata, status }) => metadata.namespace === namespace && status?.phase === 'Running'
    && metadata.deletionTimestamp === undefined && status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') && matchesSelector(selector, metadata.labels));
  const cpu = totalMilli === undefined ? perPodMilli : Math.round(totalMilli / Math.max(1, pods.length));
  if (cpu === undefined || missing) return [];
  const timestamp = formatTime(unixUs);
  return pods.map(({ metadata, spec }) => ({
    metadata: { name: metadata.name ?? '', namespace, labels: metadata.labels ?? {}, creationTimestamp: timestamp }, timestamp, window: '1s',
    containers: (spec?.containers ?? []).map(({ name }, index) => ({ name, usage: { cpu: `${index === 0 ? cpu : 0}m`, memory: `${memMi}Mi` } })),
  }));
}
