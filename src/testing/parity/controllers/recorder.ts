// The actor through which a scenario speaks to the API server and sees what happens: it watches every resource.
import type { ApiResponse } from '../../../sim/apiserver/messages.ts';
import { byResource } from '../../../sim/api/kinds/index.ts';
import { keyFor } from '../../../sim/api/meta.ts';
import type { ApiObject, GroupVersionResource } from '../../../sim/api/meta.ts';
import { ApiClient } from '../../../sim/client/client.ts';
import type { ClientMessage, Identity } from '../../../sim/client/client.ts';
import type { Change } from '../../../sim/client/informer.ts';
import type { RequestSpec } from '../../../sim/client/requests.ts';
import type { Actor, StartMessage } from '../../../sim/kernel/actor.ts';
import { WATCHED } from './resources.ts';
import type { LogEntry } from './scenario.ts';

export const RECORDER = 'recorder';

export type RecorderInput =
  | { readonly type: 'ask'; readonly id: number; readonly spec: RequestSpec }
  | { readonly type: 'watch'; readonly plural: string; readonly gvr: GroupVersionResource };

export interface RecorderState {
  client: ApiClient<number>;
  /** Every watch event since the world began, in the order in which they came. */
  log: LogEntry[];
  answers: Map<number, ApiResponse>;
  /** The highest resourceVersion seen, by plural. */
  seenRv: Map<string, number>;
}

const IDENTITY: Identity = { userAgent: 'node-fetch', credentials: { user: 'admin', groups: ['system:masters', 'system:authenticated'] }, qps: 0, burst: 0 };
const LOG_TYPE = { added: 'ADDED', updated: 'MODIFIED', deleted: 'DELETED' } as const;

export const recorder: Actor<RecorderState, RecorderInput | ClientMessage | StartMessage> = {
  kind: RECORDER,
  init: () => ({ client: new ApiClient<number>(IDENTITY), log: [], answers: new Map(), seenRv: new Map() }),
  receive(state, message, ctx) {
    switch (message.type) {
      case 'start':
        for (const [plural, { group, version }] of Object.entries(WATCHED))
          if (byResource(group, version, plural)) state.client.watch(ctx, { name: plural, gvr: { group, version, resource: plural } });
        return;
      case 'ask': return state.client.request(ctx, message.spec, message.id);
      case 'watch': return state.client.watch(ctx, { name: message.plural, gvr: message.gvr });
      default:
        for (const event of state.client.receive(ctx, message)) {
          if (event.kind === 'change') record(state, event.change, ctx.nowUs);
          else if (event.kind === 'response') state.answers.set(event.tag, event.response);
        }
    }
  },
  clone: (state) => ({ client: state.client.clone(), log: [...state.log], answers: new Map(state.answers), seenRv: new Map(state.seenRv) }),
};

function record(state: RecorderState, { type, informer: plural, object }: Change, nowUs: number): void {
  const rv = Number(object.metadata.resourceVersion);
  state.seenRv.set(plural, Math.max(state.seenRv.get(plural) ?? 0, rv));
  state.log.push({ t: nowUs / 1000, rv, type: LOG_TYPE[type], plural, object });
}

/** What the recorder believes to exist. */
export function listed(state: RecorderState, plural: string): readonly ApiObject[] {
  return [...(state.client.informers.get(plural)?.objects.values() ?? [])];
}

export function known(state: RecorderState, plural: string, namespace: string, name: string): ApiObject | undefined {
  return state.client.informers.get(plural)?.get(keyFor(namespace, name));
}
