// Resources that are asked and not stored: access reviews, token reviews.
import { formatTime } from '../../base/time.ts';
import type { JsonObject } from '../api/generated/types.ts';
import type { ApiObject, FieldError } from '../api/meta.ts';
import { Errors } from '../api/validation/field.ts';
import type { Context } from '../kernel/actor.ts';
import { record } from './call.ts';
import type { Call, User } from './call.ts';
import { finish } from './server.ts';
import type { Server } from './server.ts';
import { authorize, pathDecision } from './stages/authorization/authorizer.ts';
import type { Decision } from './stages/authorization/authorizer.ts';
import { rulesFor } from './stages/authorization/rbac.ts';
import { decode } from './stages/decode.ts';
import { Refusal, badRequest, internalError, invalid } from './status.ts';
import { authenticateToken } from './tokens.ts';

const AUTHORIZATION = 'authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';
const REVIEW_US = 300;
const INVALID = 'invalid bearer token';

interface Review {
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly answer: (server: Server, call: Call, sent: ApiObject, ctx: Context) => object;
}

interface ResourceAttributes {
  readonly namespace?: string; readonly verb?: string; readonly group?: string; readonly version?: string; readonly resource?: string;
  readonly subresource?: string; readonly name?: string;
}
interface AccessSpec {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const reviews: Readonly<Record<string, Review | undefined>> = {
  selfsubjectaccessreviews: { group: AUTHORIZATION, kind: 'SelfSubjectAccessReview', namespaced: false, answer: selfAccess },
  subjectaccessreviews: { group: AUTHORIZATION, kind: 'SubjectAccessReview', namespaced: false, answer: access },
  localsubjectaccessreviews: { group: AUTHORIZATION, kind: 'LocalSubjectAccessReview', namespaced: true, answer: localAccess },
  selfsubjectrulesreviews: { group: AUTHORIZATION, kind: 'SelfSubjectRulesReview', namespaced: false, answer: selfRules },
  selfsubjectreviews: { group: AUTHENTICATION, kind: 'SelfSubjectReview', namespaced: false, answer: selfSubject },
  tokenreviews: { group: AUTHENTICATION, kind: 'TokenReview', namespaced: false, answer: token },
};

/** Whether a path names such a resource. */
export function isReview(group: string, version: string, resource: string): boolean {
  return version === 'v1' && reviews[resource]?.group === group;
}

/** Answers a review. Throws Refusal (400, 422). */
export function review(server: Server, call: Call, ctx: Context): void {
  const { group, kind, answer } = reviews[call.request.resource] as Review;
  const schema = `io.k8s.api.${group === AUTHORIZATION ? 'authorization' : 'authentication'}.v1.${kind}`;
  const sent = decode(call, { group, version: 'v1', kind, schema });
  const { namespace } = call.request;
  if (namespace !== '' && (sent.metadata.namespace ?? namespace) !== namespace) throw new Refusal(badRequest('the namespace of the provided object does not match the namespace sent on the request'));
  const body = { ...sent, ...answer(server, call, sent, ctx) } as unknown as JsonObject;
  record(call, { stage: 'etcd', outcome: 'skipped', code: 'notStored', params: {} });
  finish(server, call, 201, body, REVIEW_US, ctx);
}

function specOf(sent: ApiObject): AccessSpec {
  return (sent as ApiObject & { readonly spec?: AccessSpec }).spec ?? {};
}

// ---- access ----

function refuseSpec(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new Refusal(invalid(AUTHORIZATION, '', '', errors));
}

function checkAttributes({ resourceAttributes, nonResourceAttributes }: AccessSpec, errors: Errors): void {
  if (resourceAttributes && nonResourceAttributes) {
    const { path = '', verb = '' } = nonResourceAttributes;
    errors.invalid('spec.nonResourceAttributes', { Path: path, Verb: verb }, 'cannot be specified in combination with resourceAttributes');
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    errors.invalid('spec.resourceAttributes', undefined, 'exactly one of nonResourceAttributes or resourceAttributes must be specified');
  }
}

function checkSubject({ user = '', groups = [] }: AccessSpec, errors: Errors): void {
  if (user === '' && groups.length === 0) errors.invalid('spec.user', '', 'at least one of user or group must be specified');
}

/** A review is of nothing that has a name. Its namespace is that of the path. */
function checkMetadata({ metadata }: ApiObject, errors: Errors): void {
  const { namespace: _, managedFields: __, ...rest } = metadata;
  if (Object.keys(rest).length > 0) errors.invalid('metadata', metadata, 'must be empty');
}

function selfAccess(server: Server, call: Call, sent: ApiObject): object {
  const spec = specOf(sent);
  const errors = new Errors();
  checkAttributes(spec, errors);
  checkMetadata(sent, errors);
  refuseSpec(errors.list);
  return { status: statusOf(decide(server, call.user, spec)) };
}

function access(server: Server, _: Call, sent: ApiObject): object {
  const spec = specOf(sent);
  const errors = new Errors();
  checkAttributes(spec, errors);
  checkSubject(spec, errors);
  checkMetadata(sent, errors);
  refuseSpec(errors.list);
  return { status: statusOf(decide(server, subjectOf(spec), spec)) };
}

function localAccess(server: Server, call: Call, sent: ApiObject): object {
  const spec = specOf(sent);
  const { namespace } = call.request;
  const errors = new Errors();
  checkAttributes(spec, errors);
  checkSubject(spec, errors);
  checkMetadata(sent, errors);
  if (spec.nonResourceAttributes) errors.forbidden('spec.nonResourceAttributes', 'disallowed on this kind of request');
  if (spec.resourceAttributes && spec.resourceAttributes.namespace !== namespace) errors.invalid('spec.resourceAttributes.namespace', spec.resourceAttributes.namespace ?? '', 'must match metadata.namespace');
  refuseSpec(errors.list);
  return { metadata: { ...sent.metadata, namespace }, status: statusOf(decide(server, subjectOf(spec), spec)) };
}

function subjectOf({ user = '', groups = [], uid = '', extra = {} }: AccessSpec): User {
  return { name: user, groups, uid, extra };
}

function decide(server: Server, user: User, { resourceAttributes, nonResourceAttributes }: AccessSpec): Decision {
  if (nonResourceAttributes) return pathDecision(server, user, nonResourceAttributes.verb ?? '', nonResourceAttributes.path ?? '');
  const { namespace = '', verb = '', group = '', version = '*', resource = '', subresource = '', name = '' } = resourceAttributes ?? {};
  return authorize(server, { user, verb, group, version, resource, subresource, namespace, name, fieldSelector: undefined });
}

/** Groups that may do everything have no rule to name. */
function statusOf({ allowed, authorizer, reason }: Decision): object {
  return { allowed, ...(reason === '' || authorizer === 'group' ? {} : { reason }) };
}

function selfRules(server: Server, call: Call, sent: ApiObject): object {
  const { namespace = '' } = (sent as ApiObject & { readonly spec?: { readonly namespace?: string } }).spec ?? {};
  if (namespace === '') throw new Refusal(badRequest('no namespace on request'));
  const rules = rulesFor(server, call.user, namespace);
  const unlimited = call.user.groups.includes('system:masters') || server.config.authorizationModes.includes('AlwaysAllow');
  const resourceRules = rules.filter(({ nonResourceURLs }) => !nonResourceURLs?.length).map(({ verbs, apiGroups, resources, resourceNames }) => ({
    verbs, apiGroups, resources, ...(resourceNames ? { resourceNames } : {}),
  }));
  const nonResourceRules = rules.filter(({ nonResourceURLs }) => nonResourceURLs?.length).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  const everything = unlimited && !rules.some(({ verbs, apiGroups }) => verbs.includes('*') && apiGroups?.includes('*'));
  return {
    spec: {},
    status: {
      resourceRules: everything ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, ...resourceRules] : resourceRules,
      nonResourceRules: everything ? [{ verbs: ['*'], nonResourceURLs: ['*'] }, ...nonResourceRules] : nonResourceRules, incomplete: false,
    },
  };
}

// ---- who ----

function selfSubject(_: Server, { user }: Call, sent: ApiObject, ctx: Context): object {
  return { metadata: { ...sent.metadata, creationTimestamp: formatTime(ctx.unixUs) }, status: { userInfo: userInfoOf(user) } };
}

/** Models tokenreview's REST.Create: the token is judged as if it came with a request, for the audiences that are asked for. */
function token(server: Server, _: Call, sent: ApiObject, ctx: Context): object {
  const { token: text = '', audiences = [] } = (sent as ApiObject & { readonly spec?: { readonly token?: string; readonly audiences?: readonly string[] } }).spec ?? {};
  if (text === '') throw new Refusal(badRequest('token is required for TokenReview in authentication'));
  const verdict = authenticateToken(server, text, ctx.unixUs, audiences.length > 0 ? audiences : undefined);
  if (!verdict.ok) return { status: { user: {}, error: verdict.error === '' ? INVALID : `[${INVALID}, ${verdict.error}]` } };
  if (verdict.audiences.length === 0) throw new Refusal(internalError('error validating audiences'));
  return { status: { authenticated: true, user: userInfoOf(verdict.user), audiences: verdict.audiences } };
}

function userInfoOf({ name, groups, uid, extra }: User): object {
  return { username: name, ...(uid === '' ? {} : { uid }), groups, ...(Object.keys(extra).length > 0 ? { extra } : {}) };
}
