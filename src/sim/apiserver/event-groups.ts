// Events have two forms: core/v1, which is how they are stored, and events.k8s.io/v1, in which kube-scheduler writes
// them. The second is translated at the server's door, so that everything behind it knows one form only.
import type { Event, EventsEvent, JsonObject } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { schemaName } from '../api/schema.ts';
import type { ApiRequest } from './messages.ts';

/** What a body in the newer form is decoded as. */
export const EVENTS_V1 = { group: 'events.k8s.io', version: 'v1', kind: 'Event', schema: schemaName('events.v1', 'Event') } as const;

export function isNewerEvents({ group, resource }: Pick<ApiRequest, 'group' | 'resource'>): boolean {
  return group === EVENTS_V1.group && resource === 'events';
}

/** Models the conversion of pkg/apis/core/v1: other names, the same content. */
export function toCoreEvent(object: ApiObject): Event {
  const { deprecatedCount, deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedSource, regarding, note, reportingController, ...same } = object as EventsEvent;
  return present({
    ...same, apiVersion: 'v1', kind: 'Event', involvedObject: regarding ?? {}, message: note, source: deprecatedSource ?? {}, count: deprecatedCount,
    firstTimestamp: deprecatedFirstTimestamp, lastTimestamp: deprecatedLastTimestamp, reportingComponent: reportingController ?? '', reportingInstance: same.reportingInstance ?? '',
  }) as Event;
}

export function toNewerEvent(object: ApiObject): EventsEvent {
  const { count, firstTimestamp, lastTimestamp, source, involvedObject, message, reportingComponent, ...same } = object as Event;
  return present({
    ...same, apiVersion: 'events.k8s.io/v1', kind: 'Event', regarding: involvedObject, note: message, deprecatedSource: source, deprecatedCount: count,
    deprecatedFirstTimestamp: firstTimestamp, deprecatedLastTimestamp: lastTimestamp, reportingController: reportingComponent,
  }) as EventsEvent;
}

/** An answer of the server in the newer form: an Event, a list of them, or a Status, which stays. */
export function inNewerForm(body: JsonObject | ApiObject): JsonObject | ApiObject {
  const { kind } = body;
  if (kind === 'Event') return toNewerEvent(body as ApiObject);
  if (kind !== 'EventList') return body;
  const items = (body as unknown as { readonly items: readonly ApiObject[] }).items;
  return { ...body, apiVersion: 'events.k8s.io/v1', items: items.map(toNewerEvent) } as unknown as JsonObject;
}

function present(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}
