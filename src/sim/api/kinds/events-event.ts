// Events of events.k8s.io: the same objects as the core group's under other names, and checked more strictly
// (models pkg/apis/events/v1/conversion.go and ValidateEventCreate).
import type { Event, EventsEvent } from '../generated/types.ts';
import { internalForm } from '../internal-form.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { immutable, metadataPath, validateObjectMeta, validateStandardFinalizer } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind, equal } from './define.ts';
import { eventFields, eventRow, validateLegacyEvent } from './event.ts';

function compact<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== 0 && value !== '')) as T;
}

/** In the core group's form. */
export function toCoreEvent(event: EventsEvent): Event {
  const { metadata, regarding, note, deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedCount, type, reason, related, series, action, eventTime } = event;
  const always = { firstTimestamp: deprecatedFirstTimestamp ?? null, lastTimestamp: deprecatedLastTimestamp ?? null, eventTime: eventTime ?? null };
  return {
    apiVersion: 'v1', kind: 'Event', metadata, involvedObject: regarding ?? {}, source: deprecatedSource ?? {}, ...always as unknown as Pick<Event, 'eventTime'>,
    ...compact({ reason, message: note, count: deprecatedCount, type, series, action, related }),
    reportingComponent: event.reportingController ?? '', reportingInstance: event.reportingInstance ?? '',
  } as Event;
}

export function fromCoreEvent(event: Event): EventsEvent {
  const { metadata, involvedObject, source, firstTimestamp, lastTimestamp, count, type, reason, message, related, series, action, eventTime, reportingComponent, reportingInstance } = event;
  const always = { eventTime: eventTime ?? null, deprecatedFirstTimestamp: firstTimestamp ?? null, deprecatedLastTimestamp: lastTimestamp ?? null };
  return {
    apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata, ...always as unknown as Pick<EventsEvent, 'eventTime'>,
    ...compact({ series, reportingController: reportingComponent, reportingInstance, action, reason, related, note: message, type, deprecatedCount: count }),
    regarding: involvedObject, deprecatedSource: source ?? {},
  } as EventsEvent;
}

function validateSeries({ series }: Event, errors: Errors): void {
  if (series === undefined) return;
  if ((series.count ?? 0) < 2) errors.invalid('series.count', '', 'should be at least 2');
  if (!series.lastObservedTime) errors.required('series.lastObservedTime');
}

function validateNew(event: Event, errors: Errors): void {
  validateSeries(event, errors);
  if (!event.eventTime) errors.required('eventTime');
  if (event.type !== 'Normal' && event.type !== 'Warning') errors.invalid('type', '', `has invalid value: ${event.type ?? ''}`);
  const unset = 'needs to be unset';
  if (event.firstTimestamp) errors.invalid('firstTimestamp', '', unset);
  if (event.lastTimestamp) errors.invalid('lastTimestamp', '', unset);
  if (event.count) errors.invalid('count', '', unset);
  if (event.source?.component || event.source?.host) errors.invalid('source', '', unset);
}

/** In the order in which they are compared; `reason` is compared twice. */
const fixed = ['reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count', 'reason', 'type', 'eventTime', 'action', 'related'] as const;

function validateChanges(next: Event, old: Event, errors: Errors): void {
  if (!equal(next.series, old.series)) validateSeries(next, errors);
  immutable(next.involvedObject, old.involvedObject, new Path('involvedObject'), errors, internalForm(next.involvedObject, 'core.ObjectReference'));
  for (const name of fixed) {
    const shown = name === 'source' ? internalForm(next.source, 'core.EventSource') : name === 'related' ? next.related && internalForm(next.related, 'core.ObjectReference') : next[name] ?? (name === 'count' ? 0 : name.endsWith('Time') || name.endsWith('Timestamp') ? null : '');
    immutable(next[name] ?? null, old[name] ?? null, new Path(name), errors, shown);
  }
  immutable(next.reportingComponent ?? '', old.reportingComponent ?? '', new Path('reportingController'), errors);
  immutable(next.reportingInstance ?? '', old.reportingInstance ?? '', new Path('reportingInstance'), errors);
}

/** Fields have this group's names here. */
function fieldsOf(event: EventsEvent): Readonly<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(eventFields(toCoreEvent(event)))) {
    if (name === 'source') continue;
    out[name === 'reportingComponent' ? 'reportingController' : name.replace(/^involvedObject\./, 'regarding.')] = value;
  }
  return out;
}

export const eventsEventKind = defineKind<EventsEvent>({
  group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', shortNames: ['ev'], namespaced: true,
  schema: schemaName('events.v1', 'Event'),
  createOnUpdate: true,
  nameRule: subdomainName,
  storedAs: { apiVersion: 'v1', kind: 'Event', toStored: toCoreEvent, fromStored: (stored) => fromCoreEvent(stored as Event) },
  checksMetadata: false,
  validate: (event, errors) => {
    const core = toCoreEvent(event);
    validateLegacyEvent(core, 'reportingController', errors);
    validateObjectMeta(event.metadata, true, subdomainName, metadataPath, errors);
    event.metadata.finalizers?.forEach((name, i) => validateStandardFinalizer(name, metadataPath.child('finalizers').index(i), errors));
    validateNew(core, errors);
  },
  validateUpdate: (next, old, errors, checks) => {
    validateLegacyEvent(toCoreEvent(next), 'reportingController', errors);
    checks.metadata();
    validateChanges(toCoreEvent(next), toCoreEvent(old), errors);
  },
  selectableFields: fieldsOf,
  row: (event, nowMs) => eventRow(toCoreEvent(event), nowMs),
});
