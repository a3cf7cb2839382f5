// What requests to custom resources have to pass besides (models apiextensions-apiserver's crdHandler).
import type { CustomResourceDefinition } from '../../api/generated/types.ts';
import { apiVersionOf } from '../../api/meta.ts';
import type { Call } from '../call.ts';
import { compareVersions } from '../catalog.ts';
import type { Resource } from '../scheme.ts';
import { cacheOf } from '../server.ts';
import type { Server } from '../server.ts';
import { NoSuchPath, Refusal, RetryLater, failure, forbidden, notFound, unsupportedMedia } from '../status.ts';
import { isTerminating } from './conditions.ts';
import { definitionOf } from './lookup.ts';

const WAIT_US = 20_000;
const ATTEMPTS = 100;
const NOT_READY = failure(429, 'TooManyRequests', 'storage is (re)initializing', { retryAfterSeconds: 1 });

/** Throws Refusal (403, 404, 415), NoSuchPath, and RetryLater until the objects are known. */
export function checkCustom(server: Server, call: Call, resource: Resource): void {
  const { kind } = resource;
  const { request } = call;
  if (request.namespace !== '' && !kind.namespaced) throw new NoSuchPath();
  if (request.subresource !== '' && !(kind.subresources as readonly string[]).includes(request.subresource)) throw new Refusal(notFound(request, request.name));
  if (request.verb === 'patch' && request.patchType === 'strategic') throw new Refusal(unsupportedMedia(['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']));
  const definition = definitionOf(server, kind);
  const version = definition?.spec.versions.find(({ name }) => name === kind.version);
  if (definition && version?.deprecated) call.warnings = call.routeWarnings = [version.deprecationWarning ?? deprecation(definition, kind.version)];
  if (!cacheOf(server, resource).ready) throw new RetryLater(WAIT_US, ATTEMPTS, NOT_READY);
}

/** Nothing new comes while everything is going. Throws Refusal (403). */
export function checkCreation(server: Server, { request }: Call, { custom, kind }: Resource, name: string): void {
  const definition = custom ? definitionOf(server, kind) : undefined;
  if (definition && isTerminating(definition)) throw new Refusal(forbidden(request, name, 'create not allowed while custom resource definition is terminating'));
}

function deprecation({ spec }: CustomResourceDefinition, version: string): string {
  const newer = spec.versions.filter((other) => other.served && !other.deprecated && compareVersions(other.name, version) < 0).map(({ name }) => name).sort(compareVersions)[0];
  const text = `${apiVersionOf(spec.group, version)} ${spec.names.kind} is deprecated`;
  return newer === undefined ? text : `${text}; use ${apiVersionOf(spec.group, newer)} ${spec.names.kind}`;
}
