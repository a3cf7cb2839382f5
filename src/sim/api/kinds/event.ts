// Events of the core group (models pkg/registry/core/event and pkg/apis/core/validation/events.go).
import type { Event } from '../generated/types.ts';
import type { Cell } from '../kind.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { byteLength } from '../validation/field.ts';
import { dns1123Subdomain, pathSegmentName, qualifiedName } from '../validation/names.ts';
import { collect } from '../validation/metadata.ts';
import { defineKind } from './define.ts';

/** What both groups check; `controllerField` is what the sender's group calls the reporting controller. */
export function validateLegacyEvent(event: Event, controllerField: string, errors: Errors): void {
  const namespace = event.metadata.namespace ?? '';
  const involved = event.involvedObject.namespace ?? '';
  if (!event.eventTime) {
    const agrees = involved === '' ? namespace === '' || namespace === 'default' : namespace === involved;
    if (!agrees) errors.invalid('involvedObject.namespace', involved, 'does not match event.namespace');
  } else {
    if (involved === '' && namespace !== 'default' && namespace !== 'kube-system') errors.invalid('involvedObject.namespace', involved, 'does not match event.namespace');
    const controller = event.reportingComponent ?? '';
    if (controller === '') errors.required(controllerField);
    errors.invalidAll(controllerField, controller, qualifiedName(controller));
    validateText('reportingInstance', event.reportingInstance ?? '', 128, errors);
    validateText('action', event.action ?? '', 128, errors);
    validateText('reason', event.reason ?? '', 128, errors);
    if (byteLength(event.message ?? '') > 1024) errors.invalid('message', '', 'can have at most 1024 characters');
  }
  errors.invalidAll('namespace', namespace, dns1123Subdomain(namespace));
}

function validateText(field: string, text: string, max: number, errors: Errors): void {
  if (text === '') errors.required(field);
  if (byteLength(text) > max) errors.invalid(field, '', `can have at most ${max} characters`);
}

/** Both groups print the same table. */
export function eventRow(event: Event, nowMs: number): readonly Cell[] {
  const first = event.firstTimestamp ? age(event.firstTimestamp, nowMs) : age(event.eventTime, nowMs);
  const last = event.series ? age(event.series.lastObservedTime, nowMs) : event.lastTimestamp ? age(event.lastTimestamp, nowMs) : first;
  const count = event.series ? event.series.count ?? 0 : event.count || 1;
  const kind = (event.involvedObject.kind ?? '').toLowerCase();
  const component = event.source?.component || event.reportingComponent || '';
  const host = event.source?.host || event.reportingInstance || '';
  return [
    last, event.type ?? '', event.reason ?? '', event.involvedObject.name ? `${kind}/${event.involvedObject.name}` : kind,
    event.involvedObject.fieldPath ?? '', host === '' ? component : `${component}, ${host}`, (event.message ?? '').trim(), first, count, event.metadata.name ?? '',
  ];
}

/** Fields that events can be selected by. */
export function eventFields(event: Event): Readonly<Record<string, string>> {
  // Asked for its field names alone, an event has no object.
  const involvedObject: Partial<Event['involvedObject']> = (event.involvedObject as Event['involvedObject'] | undefined) ?? {};
  return {
    'involvedObject.kind': involvedObject.kind ?? '',
    'involvedObject.namespace': involvedObject.namespace ?? '',
    'involvedObject.name': involvedObject.name ?? '',
    'involvedObject.uid': involvedObject.uid ?? '',
    'involvedObject.apiVersion': involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': involvedObject.fieldPath ?? '',
    reason: event.reason ?? '',
    reportingComponent: event.reportingComponent ?? '',
    source: event.source?.component || event.reportingComponent || '',
    type: event.type ?? '',
  };
}

const kind = defineKind<Event>({
  group: '', version: 'v1', kind: 'Event', plural: 'events', shortNames: ['ev'], namespaced: true,
  schema: schemaName('core.v1', 'Event'),
  createOnUpdate: true,
  nameRule: pathSegmentName,
  validateUpdate: (next, _old, errors) => validateLegacyEvent(next, 'reportingComponent', errors),
  selectableFields: eventFields,
  row: eventRow,
});

/** Metadata is checked last here, and only if the rest is fine. */
export const eventKind = {
  ...kind,
  validate: (object: Parameters<typeof kind.validate>[0]) => {
    const found = collect((errors) => validateLegacyEvent(object as Event, 'reportingComponent', errors));
    return found.length > 0 ? found : kind.validate(object);
  },
};
