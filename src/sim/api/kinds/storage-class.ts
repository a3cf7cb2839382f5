// StorageClasses (models pkg/registry/storage/storageclass).
import type { StorageClass, TopologySelectorTerm } from '../generated/types.ts';
import { fill } from '../defaults/fill.ts';
import { canonicalJson } from '../hash.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { deprecatedNodeLabel } from '../validation/deprecated-labels.ts';
import type { Errors } from '../validation/field.ts';
import { byteLength, Path } from '../validation/field.ts';
import { immutable, sortedMap } from '../validation/metadata.ts';
import { qualifiedName, subdomainName } from '../validation/names.ts';
import { defineKind } from './define.ts';

const maxParameters = 512;
const maxParameterBytes = 256 * 1024;
const reclaimPolicies = ['Delete', 'Retain'];
const bindingModes = ['Immediate', 'WaitForFirstConsumer'];

export function validateProvisioner(name: string, path: Path, errors: Errors): void {
  if (name === '') errors.required(path);
  else errors.invalidAll(path, name.toLowerCase(), qualifiedName(name.toLowerCase()));
}

export function validateParameters(parameters: Readonly<Record<string, string>>, allowEmpty: boolean, path: Path, errors: Errors): void {
  const entries = Object.entries(parameters);
  if (entries.length > maxParameters) {
    errors.tooLong(path, maxParameters);
    return;
  }
  let size = 0;
  for (const [key, value] of entries) {
    if (key === '') errors.invalid(path, key, 'field can not be empty.');
    size += byteLength(key) + byteLength(value);
  }
  if (size > maxParameterBytes) errors.tooLong(path, maxParameterBytes);
  if (!allowEmpty && entries.length === 0) errors.required(path, 'must contain at least one key/value pair');
}

function validateTopologies(terms: readonly TopologySelectorTerm[], path: Path, errors: Errors): void {
  const seen = new Set<string>();
  terms.forEach((term, i) => {
    const values: Record<string, readonly string[]> = {};
    term.matchLabelExpressions?.forEach((requirement, j) => {
      const at = path.index(i).child('matchLabelExpressions').index(j);
      if (requirement.values.length === 0) errors.required(at.child('values'));
      requirement.values.forEach((value, k) => {
        if (requirement.values.indexOf(value) < k) errors.duplicate(at.child('values').index(k), value);
      });
      errors.invalidAll(at.child('key'), requirement.key, qualifiedName(requirement.key));
      if (values[requirement.key] !== undefined) errors.duplicate(at.child('key'), requirement.key);
      values[requirement.key] = [...new Set(requirement.values)].sort();
    });
    const text = canonicalJson(values);
    if (seen.has(text)) errors.duplicate(path.index(i).child('matchLabelExpressions'), '');
    seen.add(text);
  });
}

function isDefault(sc: StorageClass): boolean {
  const annotations = sc.metadata.annotations ?? {};
  return annotations['storageclass.kubernetes.io/is-default-class'] === 'true' || annotations['storageclass.beta.kubernetes.io/is-default-class'] === 'true';
}

export const storageClassKind = defineKind<StorageClass>({
  group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass', plural: 'storageclasses', shortNames: ['sc'], namespaced: false,
  schema: schemaName('storage.v1', 'StorageClass'),
  nameRule: subdomainName,
  defaults: (sc) => fill(sc, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  validate: (sc, errors) => {
    validateProvisioner(sc.provisioner ?? '', new Path('provisioner'), errors);
    validateParameters(sc.parameters ?? {}, true, new Path('parameters'), errors);
    const policy = sc.reclaimPolicy ?? '';
    if (policy !== '' && !reclaimPolicies.includes(policy)) errors.notSupported('reclaimPolicy', policy, reclaimPolicies);
    const mode = sc.volumeBindingMode;
    if (mode === undefined) errors.required('volumeBindingMode');
    else if (!bindingModes.includes(mode)) errors.notSupported('volumeBindingMode', mode, bindingModes);
    validateTopologies(sc.allowedTopologies ?? [], new Path('allowedTopologies'), errors);
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.all();
    checks.metadata();
    immutable(next.parameters, old.parameters, new Path('parameters'), errors, next.parameters && sortedMap(next.parameters));
    immutable(next.provisioner, old.provisioner, new Path('provisioner'), errors);
    immutable(next.reclaimPolicy, old.reclaimPolicy, new Path('reclaimPolicy'), errors);
    immutable(next.volumeBindingMode, old.volumeBindingMode, new Path('volumeBindingMode'), errors);
  },
  warnings: ({ allowedTopologies = [] }) => allowedTopologies.flatMap(({ matchLabelExpressions = [] }, i) => matchLabelExpressions.flatMap(({ key }, j) => {
    const message = deprecatedNodeLabel(key);
    return message === undefined ? [] : [new Path('allowedTopologies').index(i).child('matchLabelExpressions').index(j).child('key').note(message)];
  })),
  row: (sc, nowMs) => [
    `${sc.metadata.name ?? ''}${isDefault(sc) ? ' (default)' : ''}`, sc.provisioner, sc.reclaimPolicy ?? 'Delete', sc.volumeBindingMode ?? 'Immediate',
    sc.allowVolumeExpansion ?? false, age(sc.metadata.creationTimestamp, nowMs),
  ],
});
