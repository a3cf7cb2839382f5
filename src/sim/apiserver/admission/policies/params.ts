// The parameters that a binding gives to its policy (models admission/plugin/policy/generic.CollectParams).
import type { ParamKind, ParamRef } from '../../../api/generated/types.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { apiVersionOf } from '../../../api/meta.ts';
import { matchesLabelSelector } from '../../../api/selectors.ts';
import type { Resource } from '../../scheme.ts';
import { cacheOf } from '../../server.ts';
import type { Server } from '../../server.ts';
import { asVersion } from '../../versions.ts';

/** What is wrong with a policy or its binding; its failurePolicy decides what that means. */
export class Misconfigured extends Error {}

/** The resource of a paramKind. Throws Misconfigured. */
export function paramResource({ scheme }: Server, { apiVersion = '', kind = '' }: ParamKind): Resource {
  const found = scheme.resources.find((resource) => resource.kind.kind === kind && apiVersionOf(resource.group, resource.kind.version) === apiVersion && resource.kind.verbs.length > 0);
  if (!found) throw new Misconfigured(`failed to find resource referenced by paramKind: '${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}'`);
  return found;
}

const WITHOUT: readonly undefined[] = [undefined];

/** The objects with which a policy is evaluated, once each; undefined: without any. Throws Misconfigured. */
export function paramsFor(server: Server, resource: Resource | undefined, paramRef: ParamRef | undefined, requestNamespace: string): readonly (ApiObject | undefined)[] {
  if (resource === undefined || paramRef === undefined) return WITHOUT;
  const { name = '', namespace = '', selector, parameterNotFoundAction } = paramRef;
  const { namespaced } = resource.kind;
  if (namespaced && namespace === '' && requestNamespace === '') throw new Misconfigured('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  if (!namespaced && namespace !== '') throw new Misconfigured('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const where = namespaced ? namespace || requestNamespace : '';
  const cache = cacheOf(server, resource);
  const named = name === '' ? undefined : cache.get(where, name);
  const found = name !== '' ? (named ? [named] : [])
    : cache.list({ namespace: where, name: '', labels: undefined, fields: undefined, view: undefined }).filter(({ metadata }) => matchesLabelSelector(selector, metadata.labels));
  if (found.length === 0 && parameterNotFoundAction === 'Deny') throw new Misconfigured('no params found for policy binding with `Deny` parameterNotFoundAction');
  return found.map((object) => asVersion(resource, object));
}
