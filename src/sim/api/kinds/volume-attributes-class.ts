// VolumeAttributesClasses (models pkg/registry/storage/volumeattributesclass).
import type { VolumeAttributesClass } from '../generated/types.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { Path } from '../validation/field.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind, equal } from './define.ts';
import { validateParameters, validateProvisioner } from './storage-class.ts';

export const volumeAttributesClassKind = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttributesClass', plural: 'volumeattributesclasses', shortNames: ['vac'], namespaced: false,
  schema: schemaName('storage.v1', 'VolumeAttributesClass'),
  nameRule: subdomainName,
  validate: ({ driverName, parameters = {} }, errors) => {
    validateProvisioner(driverName, new Path('driverName'), errors);
    validateParameters(parameters, false, new Path('parameters'), errors);
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    if (next.driverName !== old.driverName) errors.forbidden('driverName', 'updates to driverName are forbidden.');
    if (!equal(next.parameters, old.parameters)) errors.forbidden('parameters', 'updates to parameters are forbidden.');
    checks.all();
  },
  row: ({ metadata, driverName }, nowMs) => [metadata.name ?? '', driverName, age(metadata.creationTimestamp, nowMs)],
});
