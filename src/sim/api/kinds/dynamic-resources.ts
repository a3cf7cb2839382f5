// Devices for pods: classes of them, claims to them, and slices of what there is (models pkg/registry/resource).
import { change, each, fill } from '../defaults/fill.ts';
import type { DeviceClaim, DeviceClass, DeviceSubRequest, ExactDeviceRequest, ResourceClaimSpec, ResourceClaimTemplate, ResourceResourceClaim, ResourceSlice } from '../generated/types.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { validateClaim, validateDeviceClass, validateSlice } from '../validation/devices.ts';
import { Path } from '../validation/field.ts';
import { immutable, validateAnnotations, validateLabels } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind, keep, keepMeta } from './define.ts';

const group = 'resource.k8s.io';
const specPath = new Path('spec');

function defaultWanted<T extends ExactDeviceRequest | DeviceSubRequest>(wanted: T): T {
  const filled = fill(wanted, { allocationMode: 'ExactCount' } as Partial<T>);
  const counted = filled.allocationMode === 'ExactCount' && (filled.count ?? 0) === 0 ? { ...filled, count: 1 } : filled;
  return change(counted, 'tolerations', (all) => each(all ?? [], (toleration) => fill(toleration, { operator: 'Equal' })));
}

function defaultDevices(devices: DeviceClaim): DeviceClaim {
  return change(devices, 'requests', (requests) => each(requests ?? [], (request) => {
    return change(change(request, 'exactly', (wanted) => defaultWanted(wanted)), 'firstAvailable', (all) => each(all ?? [], defaultWanted));
  }));
}

function defaultClaim(spec: ResourceClaimSpec): ResourceClaimSpec {
  return change(spec, 'devices', (devices) => defaultDevices(devices));
}

export const deviceClassKind = defineKind<DeviceClass>({
  group, version: 'v1', kind: 'DeviceClass', plural: 'deviceclasses', namespaced: false,
  schema: schemaName('resource.v1', 'DeviceClass'),
  generation: ['spec'],
  nameRule: subdomainName,
  validate: ({ spec }, errors) => validateDeviceClass(spec, specPath, errors),
  validateUpdate: (_next, _old, _errors, checks) => {
    checks.all();
    checks.metadata();
  },
  row: ({ metadata }, nowMs) => [metadata.name ?? '', age(metadata.creationTimestamp, nowMs)],
});

function stateOf({ metadata, status }: ResourceResourceClaim): string {
  const isDeleted = metadata.deletionTimestamp !== undefined;
  if (status?.allocation === undefined) return isDeleted ? 'deleted' : 'pending';
  return [...(isDeleted ? ['deleted'] : []), 'allocated', ...((status.reservedFor ?? []).length > 0 ? ['reserved'] : [])].join(',');
}

export const resourceClaimKind = defineKind<ResourceResourceClaim>({
  group, version: 'v1', kind: 'ResourceClaim', plural: 'resourceclaims', namespaced: true,
  subresources: ['status'],
  schema: schemaName('resource.v1', 'ResourceClaim'),
  nameRule: subdomainName,
  defaults: (claim) => change(claim, 'spec', defaultClaim),
  prepareForCreate: (claim) => ({ ...claim, status: {} }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: ({ spec }, errors) => validateClaim(spec, specPath, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.names();
    checks.metadata();
    immutable(next.spec, old.spec, specPath, errors);
  },
  status: {
    prepareForUpdate: (next, old) => keepMeta(keep(next, old, 'spec'), old),
    validateUpdate: ({ status = {} }, old, errors, checks) => {
      const path = new Path('status');
      checks.metadata();
      status.reservedFor?.forEach(({ resource, name, uid }, i) => {
        for (const [field, text] of Object.entries({ resource, name, uid })) if (text === '') errors.required(path.child('reservedFor').index(i).child(field));
      });
      if ((status.reservedFor ?? []).length > 0 && status.allocation === undefined) errors.forbidden(path.child('reservedFor'), 'may not be specified when `allocated` is not set');
      if (old.status?.allocation !== undefined && status.allocation !== undefined) immutable(status.allocation, old.status.allocation, path.child('allocation'), errors);
    },
  },
  row: (claim, nowMs) => [claim.metadata.name ?? '', stateOf(claim), age(claim.metadata.creationTimestamp, nowMs)],
});

export const resourceClaimTemplateKind = defineKind<ResourceClaimTemplate>({
  group, version: 'v1', kind: 'ResourceClaimTemplate', plural: 'resourceclaimtemplates', namespaced: true,
  schema: schemaName('resource.v1', 'ResourceClaimTemplate'),
  nameRule: subdomainName,
  defaults: (template) => change(template, 'spec', (spec) => change(spec, 'spec', defaultClaim)),
  validate: ({ spec }, errors) => {
    validateAnnotations(spec.metadata?.annotations ?? {}, specPath.child('metadata').child('annotations'), errors);
    validateLabels(spec.metadata?.labels ?? {}, specPath.child('metadata').child('labels'), errors);
    validateClaim(spec.spec, specPath.child('spec'), errors);
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    immutable(next.spec, old.spec, specPath, errors);
  },
  row: ({ metadata }, nowMs) => [metadata.name ?? '', age(metadata.creationTimestamp, nowMs)],
});

export const resourceSliceKind = defineKind<ResourceSlice>({
  group, version: 'v1', kind: 'ResourceSlice', plural: 'resourceslices', namespaced: false,
  schema: schemaName('resource.v1', 'ResourceSlice'),
  generation: ['spec'],
  nameRule: subdomainName,
  validate: ({ spec }, errors) => validateSlice(spec, undefined, specPath, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateSlice(next.spec, old.spec, specPath, errors);
  },
  selectableFields: ({ spec }) => ({ 'spec.nodeName': spec.nodeName ?? '', 'spec.driver': spec.driver }),
  row: ({ metadata, spec }, nowMs) => [metadata.name ?? '', spec.nodeName ?? '', spec.driver, spec.pool.name, age(metadata.creationTimestamp, nowMs)],
});
