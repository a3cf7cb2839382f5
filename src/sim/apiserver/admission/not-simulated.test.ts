import { describe, expect, it } from 'vitest';
import { allKinds } from '../../api/kinds/index.ts';
import { notSimulated } from '../../api/kinds/not-simulated.ts';
import type { ApiObject } from '../../api/meta.ts';
import { createRequest, listRequest } from '../../client/requests.ts';
import { catalogOf } from '../catalog.ts';
import { TestWorld } from '../testing.ts';

describe('kinds that are not simulated', () => {
  it('are listed as empty, and new objects are refused with the reason', () => {
    const world = new TestWorld(allKinds);
    for (const { kind: { group, version, plural: resource, kind, namespaced }, why } of notSimulated) {
      const gvr = { group, version, resource };
      const namespace = namespaced ? 'default' : '';
      expect(world.must<ApiObject & { readonly items: readonly ApiObject[] }>(listRequest(gvr, namespace, {})).items).toEqual([]);
      expect(world.ask(createRequest(gvr, { apiVersion: `${group}/v1`, kind, metadata: { name: 'x' } }, namespace)).body)
        .toMatchObject({ code: 403, message: `${resource}.${group} "x" is forbidden: ${why}` });
    }
  });

  it('leave nothing in discovery that is not served', () => {
    const { resources } = catalogOf([]);
    const listed = Object.entries(resources).flatMap(([groupVersion, entries]) => (entries ?? []).filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list')).map(({ name }) => `${groupVersion} ${name}`));
    const served = new Set(allKinds.map(({ group, version, plural }) => `${group === '' ? version : `${group}/${version}`} ${plural}`));
    expect(listed.filter((name) => !served.has(name))).toEqual(['v1 componentstatuses']);
  });
});
