import { describe, expect, it } from 'vitest';
import { fulfils, valueAt } from './where.ts';

const object = {
  metadata: { name: 'web', generation: 2, annotations: { 'x.y/z': 'yes' } },
  status: { readyReplicas: 3, observedGeneration: 2, conditions: [{ type: 'Ready', status: 'True' }, { type: 'Available', status: 'False' }] },
};

describe('paths', () => {
  it.each([
    ['status.conditions[type=Available].status', 'False'],
    ['status.conditions[0].type', 'Ready'],
    ["metadata.annotations['x.y/z']", 'yes'],
    ['status.missing.deeper', undefined],
    ['status.conditions[type=Gone].status', undefined],
  ])('%s is %s', (path, value) => {
    expect(valueAt(object, path)).toBe(value);
  });
});

describe('conditions', () => {
  it.each([
    [{ 'status.readyReplicas': 3 }, true],
    [{ 'status.readyReplicas': 2 }, false],
    [{ 'status.unavailableReplicas': 0 }, true],
    [{ 'status.readyReplicas': 0 }, false],
    [{ 'status.readyReplicas': { gte: 3, lte: 3 } }, true],
    [{ 'status.readyReplicas': { gte: 4 } }, false],
    [{ 'status.observedGeneration': { eqPath: 'metadata.generation' } }, true],
    [{ 'status.readyReplicas': { ne: 3 } }, false],
    [{ 'metadata.deletionTimestamp': { exists: false }, 'metadata.name': { exists: true } }, true],
    [{ 'status.conditions': { len: 2 } }, true],
    [{ 'metadata.name': { in: ['web', 'api'] } }, true],
    [{ 'metadata.name': { in: ['api'] } }, false],
  ])('%j: %s', (where, holds) => {
    expect(fulfils(object, where)).toBe(holds);
  });
});
