// Tokens of service accounts on demand (models registry/core/serviceaccount/storage/token.go).
import { formatTime } from '../../base/time.ts';
import { splitGroupVersion } from '../api/decode-body.ts';
import type { JsonObject, Pod } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import { Errors } from '../api/validation/field.ts';
import type { Context } from '../kernel/actor.ts';
import { record } from './call.ts';
import type { Call } from './call.ts';
import { newUid } from './object.ts';
import { cacheNamed, finish } from './server.ts';
import type { Server } from './server.ts';
import { decode } from './stages/decode.ts';
import { mutatingAdmission } from './stages/mutating-admission.ts';
import { Refusal, badRequest, conflict, invalid, notFound } from './status.ts';
import { AUDIENCE, tokenFor } from './tokens.ts';
import type { BoundObject } from './tokens.ts';

const GROUP = 'authentication.k8s.io';
const tokenRequestKind = { group: GROUP, version: 'v1', kind: 'TokenRequest', schema: 'io.k8s.api.authentication.v1.TokenRequest' };
const REQUEST_US = 300;
const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
/** What a token can be bound to: the resource of each kind, and whether it has a namespace. */
const BOUND_TO: Readonly<Record<string, { readonly resource: string; readonly namespaced: boolean } | undefined>> = {
  Pod: { resource: 'pods', namespaced: true }, Secret: { resource: 'secrets', namespaced: true }, Node: { resource: 'nodes', namespaced: false },
};

interface Reference { readonly apiVersion?: string; readonly kind?: string; readonly name?: string; readonly uid?: string }
interface TokenRequest extends ApiObject { readonly spec?: { readonly audiences?: readonly string[]; readonly expirationSeconds?: number; readonly boundObjectRef?: Reference } }

/** POST serviceaccounts/x/token. Throws Refusal (400, 404, 409, 422). */
export function requestToken(server: Server, call: Call, ctx: Context): void {
  const sent = decode(call, tokenRequestKind) as TokenRequest;
  const { namespace, name } = call.request;
  mutatingAdmission(sent, { operation: 'CREATE', call, server, ctx, old: undefined });
  checkNames(call, sent);
  const account = cacheNamed(server, 'serviceaccounts')?.get(namespace, name);
  if (!account) throw new Refusal(notFound(call.request, name));
  const seconds = sent.spec?.expirationSeconds ?? DEFAULT_SECONDS;
  checkSeconds(seconds);
  const reference = sent.spec?.boundObjectRef;
  const bound = reference && boundObject(server, call, reference);
  const expiresUs = ctx.unixUs + seconds * 1_000_000;
  const uid = account.metadata.uid ?? '';
  const audiences = sent.spec?.audiences?.length ? sent.spec.audiences : [AUDIENCE];
  const token = tokenFor({ namespace, name, uid, audiences, issuedUs: ctx.unixUs, expiresUs, id: newUid(ctx.random), bound, node: nodeOf(server, call, bound) });
  const body = {
    ...sent, metadata: { name, namespace, uid, creationTimestamp: formatTime(ctx.unixUs) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: reference ?? null },
    status: { token, expirationTimestamp: formatTime(expiresUs) },
  } as unknown as JsonObject;
  record(call, { stage: 'etcd', outcome: 'skipped', code: 'notStored', params: {} });
  finish(server, call, 201, body, REQUEST_US, ctx);
}

/** A body may name the account, but no other one. */
function checkNames({ request }: Call, { metadata }: TokenRequest): void {
  for (const part of ['name', 'namespace'] as const) {
    const sent = metadata[part] ?? '';
    if (sent === '' || sent === request[part]) continue;
    const errors = new Errors();
    errors.invalid(`metadata.${part}`, sent, `must match the service account ${part} if specified`);
    throw new Refusal(invalid(GROUP, 'TokenRequest', request.name, errors.list));
  }
}

function checkSeconds(seconds: number): void {
  const errors = new Errors();
  if (seconds < MIN_SECONDS) errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > MAX_SECONDS) errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds');
  if (errors.length > 0) throw new Refusal(invalid(GROUP, 'TokenRequest', '', errors.list));
}

/** What the token lives and dies with. */
function boundObject(server: Server, call: Call, { apiVersion = '', kind = '', name = '', uid }: Reference): BoundObject {
  const { group = '', version = '' } = splitGroupVersion(apiVersion) ?? {};
  const target = group === '' ? BOUND_TO[kind] : undefined;
  if (!target) throw new Refusal(badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`));
  const object = cacheNamed(server, target.resource)?.get(target.namespaced ? call.request.namespace : '', name);
  if (!object) throw new Refusal(notFound({ group: '', resource: target.resource }, name));
  if (kind === 'Pod' && (object as Pod).spec?.serviceAccountName !== call.request.name) {
    throw new Refusal(badRequest(`cannot bind token for serviceaccount ${JSON.stringify(call.request.name)} to pod running with different serviceaccount name.`));
  }
  const found = object.metadata.uid ?? '';
  if (uid !== undefined && uid !== '' && uid !== found) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw new Refusal(conflict({ group: '', resource: kind }, name, why));
  }
  return { resource: target.resource, namespaced: target.namespaced, claim: kind.toLowerCase(), name, uid: found };
}

/** A pod's token tells as well on which node the pod runs. */
function nodeOf(server: Server, { request: { namespace } }: Call, bound: BoundObject | undefined): { readonly name: string; readonly uid?: string } | undefined {
  const pod = bound?.resource === 'pods' ? cacheNamed(server, 'pods')?.get(namespace, bound.name) as Pod | undefined : undefined;
  const name = pod?.spec?.nodeName ?? '';
  if (name === '') return undefined;
  const uid = cacheNamed(server, 'nodes')?.get('', name)?.metadata.uid;
  return { name, ...(uid !== undefined && { uid }) };
}
