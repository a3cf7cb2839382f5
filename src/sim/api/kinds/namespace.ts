// Namespaces (models pkg/registry/core/namespace).
import type { Namespace } from '../generated/types.ts';
import { change, fill } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { validateStandardFinalizer } from '../validation/metadata.ts';
import { labelName, qualifiedName } from '../validation/names.ts';
import { defineKind, keep, withMeta } from './define.ts';

const nameLabel = 'kubernetes.io/metadata.name';
const finalizersPath = new Path('spec').child('finalizers');

/** The label with the namespace's own name, which selectors of namespaces use. */
export function withNameLabel(namespace: Namespace): Namespace {
  const { name, labels } = namespace.metadata;
  return !name || labels?.[nameLabel] === name ? namespace : withMeta(namespace, { labels: { ...labels, [nameLabel]: name } });
}

function validateFinalizer(name: string, path: Path, errors: Errors): void {
  errors.invalidAll(path, name, qualifiedName(name));
  validateStandardFinalizer(name, path, errors);
}

export const namespaceKind = defineKind<Namespace>({
  group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', shortNames: ['ns'], namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: ['finalize', 'status'],
  schema: schemaName('core.v1', 'Namespace'),
  nameRule: labelName,
  defaults: (namespace) => withNameLabel(change(namespace, 'status', (status) => fill(status, { phase: 'Active' }))),
  prepareForCreate: (namespace) => {
    const finalizers = namespace.spec?.finalizers ?? [];
    return withNameLabel({
      ...namespace,
      spec: { ...namespace.spec, finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] },
      status: { phase: 'Active' },
    });
  },
  prepareForUpdate: (next, old) => withNameLabel(keep(next, old, 'spec', 'status')),
  validate: (namespace, errors) => {
    for (const name of namespace.spec?.finalizers ?? []) validateFinalizer(name, finalizersPath, errors);
  },
  validateUpdate: (_next, _old, _errors, checks) => {
    checks.all();
    checks.metadata();
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: (next, _old, errors, checks) => {
      checks.metadata();
      const terminating = next.metadata.deletionTimestamp !== undefined;
      const expected = terminating ? 'Terminating' : 'Active';
      const phase = next.status?.phase ?? '';
      if (phase !== expected) errors.invalid('status.Phase', phase, `may only be '${expected}' if \`deletionTimestamp\` is ${terminating ? 'not empty' : 'empty'}`);
    },
  },
  writeSubresources: {
    finalize: {
      prepareForUpdate: (next, old) => keep(next, old, 'status'),
      validateUpdate: (next, _old, errors, checks) => {
        checks.metadata();
        next.spec?.finalizers?.forEach((name, i) => validateFinalizer(name, finalizersPath.index(i), errors));
      },
    },
  },
  selectableFields: (namespace) => ({ 'status.phase': namespace.status?.phase ?? '' }),
  row: (namespace, nowMs) => [namespace.metadata.name ?? '', namespace.status?.phase ?? '', age(namespace.metadata.creationTimestamp, nowMs)],
});
