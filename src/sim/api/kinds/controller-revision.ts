// ControllerRevisions: what StatefulSets and DaemonSets looked like (models pkg/registry/apps/controllerrevision).
import type { ControllerRevision } from '../generated/types.ts';
import { goJson } from '../go-format.ts';
import { age, ownerCell } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { Path, Printed } from '../validation/field.ts';
import { immutable, nonNegative } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind } from './define.ts';

const dataPath = new Path('data');
const revisionPath = new Path('revision');

export const controllerRevisionKind = defineKind<ControllerRevision>({
  group: 'apps', version: 'v1', kind: 'ControllerRevision', plural: 'controllerrevisions', namespaced: true,
  schema: schemaName('apps.v1', 'ControllerRevision'),
  nameRule: subdomainName,
  validate: ({ data, revision }, errors) => {
    nonNegative(revision, revisionPath, errors);
    if (data === undefined || data === null) errors.required(dataPath, 'data is mandatory');
    else if (typeof data !== 'object' || Array.isArray(data)) errors.required(dataPath, 'data must be a valid JSON object');
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    checks.names();
    nonNegative(next.revision, revisionPath, errors);
    immutable(next.data, old.data, dataPath, errors, next.data === undefined ? null : new Printed(goJson(next.data)));
  },
  row: ({ metadata, revision }, nowMs) => [metadata.name ?? '', ownerCell(metadata.ownerReferences), revision, age(metadata.creationTimestamp, nowMs)],
});
