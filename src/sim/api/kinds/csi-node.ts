// CSINodes (models pkg/registry/storage/csinode).
import type { CSINode, CSINodeDriver } from '../generated/types.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { byteLength, Path } from '../validation/field.ts';
import { validateDriverName } from '../validation/drivers.ts';
import { immutable, nonNegative } from '../validation/metadata.ts';
import { qualifiedName, subdomainName } from '../validation/names.ts';
import { defineKind } from './define.ts';

const maxNodeIdBytes = 256;
const driversPath = new Path('spec').child('drivers');

function validateDriver(driver: CSINodeDriver, seen: Set<string>, path: Path, errors: Errors): void {
  validateDriverName(driver.name, path.child('name'), errors);
  if (driver.nodeID === '') errors.required(path.child('nodeID'));
  if (byteLength(driver.nodeID) > maxNodeIdBytes) errors.invalid(path.child('nodeID'), driver.nodeID, `must be ${maxNodeIdBytes} characters or less`);
  nonNegative(driver.allocatable?.count, path.child('allocatable').child('count'), errors);
  if (seen.has(driver.name)) errors.duplicate(path.child('name'), driver.name);
  seen.add(driver.name);
  const keys = new Set<string>();
  for (const key of driver.topologyKeys ?? []) {
    if (key === '') errors.required(path);
    if (keys.has(key)) errors.duplicate(path, key);
    keys.add(key);
    errors.invalidAll(path, key, qualifiedName(key));
  }
}

/** A driver as the error prints it; its allocatable count may change. */
function shownDriver({ name, nodeID, topologyKeys }: CSINodeDriver): unknown {
  return { Name: name, NodeID: nodeID, TopologyKeys: topologyKeys ?? null, Allocatable: null };
}

export const csiNodeKind = defineKind<CSINode>({
  group: 'storage.k8s.io', version: 'v1', kind: 'CSINode', plural: 'csinodes', namespaced: false,
  schema: schemaName('storage.v1', 'CSINode'),
  unconditionalUpdate: false,
  nameRule: subdomainName,
  validate: (node, errors) => {
    const seen = new Set<string>();
    node.spec?.drivers?.forEach((driver, i) => validateDriver(driver, seen, driversPath.index(i), errors));
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.all();
    for (const before of old.spec?.drivers ?? []) {
      const after = next.spec?.drivers?.find((driver) => driver.name === before.name);
      if (after !== undefined) immutable({ ...after, allocatable: undefined }, { ...before, allocatable: undefined }, driversPath, errors, shownDriver(after));
    }
  },
  row: (node, nowMs) => [node.metadata.name ?? '', node.spec?.drivers?.length ?? 0, age(node.metadata.creationTimestamp, nowMs)],
});
