// The CustomResourceDefinitions that the server knows.
import type { CustomResourceDefinition } from '../../api/generated/types.ts';
import type { Kind } from '../../api/kind.ts';
import { cacheNamed } from '../server.ts';
import type { Server } from '../server.ts';

export const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';

export function definitionsOf(server: Server): readonly CustomResourceDefinition[] {
  const all = cacheNamed(server, DEFINITIONS)?.list({ namespace: '', name: '', labels: undefined, fields: undefined, view: undefined }) ?? [];
  return all as readonly CustomResourceDefinition[];
}

/** The definition that a custom resource comes from. */
export function definitionOf(server: Server, kind: Pick<Kind, 'group' | 'plural'>): CustomResourceDefinition | undefined {
  return cacheNamed(server, DEFINITIONS)?.get('', `${kind.plural}.${kind.group}`) as CustomResourceDefinition | undefined;
}
