import type { ApiObject } from '../../api/meta.ts';
import type { Context } from '../../kernel/actor.ts';
import type { Call } from '../call.ts';
import { resourceOf } from '../call.ts';
import type { Server } from '../server.ts';
import { cacheNamed } from '../server.ts';
import { Refusal, forbidden } from '../status.ts';
import type { StatusCause } from '../status.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** What a plugin is asked about. `object` is undefined for DELETE, `old` for CREATE. */
export interface Attributes {
  readonly operation: Operation;
  readonly call: Call;
  readonly server: Server;
  readonly ctx: Context;
  readonly old: ApiObject | undefined;
}

/**
 * One admission plugin. `admit` may change the object (a new one), `validate` only looks. Both throw a Refusal to
 * refuse. Plugins look into the server's own caches, as the real ones look into informers.
 */
export interface AdmissionPlugin {
  readonly name: string;
  /** `pods`, `pods/ephemeralcontainers`, `*`: what it is asked about, resource and subresource. */
  readonly resources: readonly string[];
  readonly operations: readonly Operation[];
  admit?(object: ApiObject, attributes: Attributes): ApiObject;
  validate?(object: ApiObject | undefined, attributes: Attributes): void;
}

/** Throws 403 as admission.NewForbidden words it: named by the object if the request has no name yet. */
export function forbid(attributes: Attributes, object: ApiObject | undefined, why: string, causes?: readonly StatusCause[]): never {
  const { call } = attributes;
  const { group, resource } = resourceOf(call);
  const metadata = object?.metadata;
  const name = call.request.name || metadata?.name || metadata?.generateName || 'Unknown';
  const status = forbidden({ group, resource }, name, why);
  throw new Refusal(causes ? { ...status, details: { ...status.details, causes } } : status);
}

/** An object from the server's cache; undefined if there is none or the kind is not served. */
export function lookUp(attributes: Attributes, resource: string, namespace: string, name: string): ApiObject | undefined {
  return cacheNamed(attributes.server, resource)?.get(namespace, name);
}

/** All objects of a namespace (all: '') from the server's cache. */
export function lookUpAll(attributes: Attributes, resource: string, namespace: string): readonly ApiObject[] {
  return cacheNamed(attributes.server, resource)?.list({ namespace, name: '', labels: undefined, fields: undefined, view: undefined }) ?? [];
}
