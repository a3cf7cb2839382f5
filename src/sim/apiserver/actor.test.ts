import { describe, expect, it } from 'vitest';
import { allKinds as KINDS } from '../api/kinds/index.ts';
import { CONFIG_MAPS } from '../api/resources.ts';
import { createRequest } from '../client/requests.ts';
import { TestWorld } from './testing.ts';

const configMap = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { k: 'v' } });

describe('x', () => {
  it('creates', () => {
    const world = new TestWorld(KINDS);
    const made = world.must(createRequest(CONFIG_MAPS, configMap('a'), 'default'));
    expect(made).toEqual({});
  });
});
