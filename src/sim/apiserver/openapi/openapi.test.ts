import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../api/generated/types.ts';
import { catalogOf } from '../catalog.ts';
import { openApi } from './index.ts';

const catalog = catalogOf([]);

function at(document: JsonObject | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = document;
  for (const step of path) value = (value as JsonObject | undefined)?.[step];
  return value;
}

function refsIn(value: Json | undefined): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as JsonObject).flatMap(([name, member]) => (name === '$ref' && typeof member === 'string' ? [member] : refsIn(member)));
}

describe('OpenAPI v3', () => {
  it('leads to a document for each group and version, which refers to nothing that it lacks', () => {
    const entries = Object.entries(at(openApi('/openapi/v3', catalog, []), 'paths') as Record<string, { readonly serverRelativeURL: string }>);
    expect(entries.map(([key]) => key)).toEqual(expect.arrayContaining(['api', 'api/v1', 'apis/apps', 'apis/apps/v1', 'version']));
    for (const [key, { serverRelativeURL }] of entries) {
      expect(serverRelativeURL).toMatch(new RegExp(`^/openapi/v3/${key.replaceAll('.', '\\.')}\\?hash=[0-9A-F]{64}$`));
      const document = openApi(`/openapi/v3/${key}`, catalog, []);
      const schemas = at(document, 'components', 'schemas') as JsonObject;
      const missing = refsIn(document).filter((ref) => schemas[ref.slice('#/components/schemas/'.length)] === undefined);
      expect(missing).toEqual([]);
    }
  });

  it('tells what operations take and what fields mean', () => {
    const document = openApi('/openapi/v3/apis/apps/v1', catalog, []);
    const patch = at(document, 'paths', '/apis/apps/v1/namespaces/{namespace}/deployments/{name}', 'patch') as JsonObject;
    expect(patch).toMatchObject({ operationId: 'patchAppsV1NamespacedDeployment', description: 'partially update the specified Deployment', 'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' } });
    expect((patch['parameters'] as unknown as readonly JsonObject[]).map((parameter) => parameter['name'])).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    expect(at(document, 'paths', '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale', 'get', 'responses', '200', 'content', 'application/json', 'schema'))
      .toEqual({ $ref: '#/components/schemas/io.k8s.api.autoscaling.v1.Scale' });
    expect(at(document, 'components', 'schemas', 'io.k8s.api.apps.v1.DeploymentStrategy', 'properties', 'type', 'description')).toBe(
      'Type of deployment. Can be "Recreate" or "RollingUpdate". Default is RollingUpdate.\n\nPossible enum values:\n - `"Recreate"` Kill all existing pods before creating new ones.\n'
      + ' - `"RollingUpdate"` Replace the old ReplicaSets by new one using rolling update i.e gradually scale down the old ReplicaSets and scale up the new one.');
  });

  it('has nothing for groups that are not there', () => {
    expect(openApi('/openapi/v3/apis/nope/v1', catalog, [])).toBeUndefined();
  });
});

describe('OpenAPI v2', () => {
  it('is one document with definitions', () => {
    const document = openApi('/openapi/v2', catalog, []);
    expect(at(document, 'swagger')).toBe('2.0');
    const definitions = at(document, 'definitions') as JsonObject;
    expect(refsIn(document).filter((ref) => definitions[ref.replace('#/definitions/', '')] === undefined)).toEqual([]);
    expect(at(document, 'definitions', 'io.k8s.api.core.v1.Pod', 'properties', 'spec')).toMatchObject({ $ref: '#/definitions/io.k8s.api.core.v1.PodSpec' });
    expect(at(document, 'paths', '/api/v1/namespaces/{namespace}/pods', 'post', 'parameters', 0)).toEqual({ in: 'body', name: 'body', required: true, schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod' } });
  });
});
