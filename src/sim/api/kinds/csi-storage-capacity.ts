// CSIStorageCapacities (models pkg/registry/storage/csistoragecapacity).
import type { CSIStorageCapacity } from '../generated/types.ts';
import { canonicalQuantity, parseQuantity } from '../quantity.ts';
import { schemaName } from '../schema.ts';
import { deprecatedNodeLabel } from '../validation/deprecated-labels.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { collect, fieldImmutable, orderedSelector, validateLabelSelector } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind, equal } from './define.ts';

const topologyPath = new Path('nodeTopology');

function validateCapacity({ nodeTopology, storageClassName, capacity }: CSIStorageCapacity, allowInvalidValues: boolean, errors: Errors): void {
  validateLabelSelector(nodeTopology, topologyPath, errors, { allowInvalidValues });
  errors.invalidAll('storageClassName', storageClassName, subdomainName(storageClassName, false));
  if (capacity !== undefined && parseQuantity(capacity).nano < 0n) errors.invalid('capacity', canonicalQuantity(capacity), 'must be greater than or equal to 0');
}

export const csiStorageCapacityKind = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io', version: 'v1', kind: 'CSIStorageCapacity', plural: 'csistoragecapacities', namespaced: true,
  schema: schemaName('storage.v1', 'CSIStorageCapacity'),
  unconditionalUpdate: false,
  nameRule: subdomainName,
  validate: (capacity, errors) => validateCapacity(capacity, false, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.names();
    validateCapacity(next, collect((found) => validateLabelSelector(old.nodeTopology, topologyPath, found)).length > 0, errors);
    checks.metadata();
    if (!equal(next.nodeTopology, old.nodeTopology)) errors.invalid(topologyPath, orderedSelector(next.nodeTopology), fieldImmutable);
    if (next.storageClassName !== old.storageClassName) errors.invalid('storageClassName', next.storageClassName, fieldImmutable);
  },
  warnings: ({ nodeTopology }) => [
    ...(nodeTopology?.matchExpressions ?? []).flatMap(({ key }, i) => {
      const message = deprecatedNodeLabel(key);
      return message === undefined ? [] : [topologyPath.child('matchExpressions').index(i).child('key').note(`${key} is ${message}`)];
    }),
    ...Object.keys(nodeTopology?.matchLabels ?? {}).flatMap((key) => {
      const message = deprecatedNodeLabel(key);
      return message === undefined ? [] : [topologyPath.child('matchLabels').child(key).note(message)];
    }),
  ],
  columnsLike: '',
});
