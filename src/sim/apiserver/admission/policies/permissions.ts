// Nobody makes a policy read what they may not read themselves (models registry/admissionregistration: authz.go of policies
// and bindings).
import type { Json, ParamKind, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../api/generated/types.ts';
import { splitGroupVersion } from '../../../api/decode-body.ts';
import { goValue } from '../../../api/go-format.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { resourceOf } from '../../call.ts';
import type { Call, User } from '../../call.ts';
import { sameContent } from '../../object.ts';
import { cacheNamed } from '../../server.ts';
import type { Server } from '../../server.ts';
import { authorize } from '../../stages/authorization/authorizer.ts';
import { Refusal, invalid } from '../../status.ts';
import { POLICIES } from './lookup.ts';

/** Checks a new or changed policy or binding. Throws Refusal (422). */
export function checkParams(server: Server, call: Call, object: ApiObject, old: ApiObject | undefined): void {
  switch (object.kind) {
    case 'ValidatingAdmissionPolicy': return checkPolicy(server, call, object as ValidatingAdmissionPolicy, old as ValidatingAdmissionPolicy | undefined);
    case 'ValidatingAdmissionPolicyBinding': return checkBinding(server, call, object as ValidatingAdmissionPolicyBinding, old as ValidatingAdmissionPolicyBinding | undefined);
    default:
  }
}

function checkPolicy(server: Server, call: Call, { metadata, spec }: ValidatingAdmissionPolicy, old: ValidatingAdmissionPolicy | undefined): void {
  const { paramKind } = spec ?? {};
  if (paramKind === undefined || sameContent(paramKind, old?.spec?.paramKind)) return;
  if (mayGet(server, call.user, paramKind, '*', '*')) return;
  const { kind = '', apiVersion = '' } = paramKind;
  refuse(call, metadata.name, 'spec.paramKind', `user ${userText(call.user)} must have "get" permission on all objects of the referenced paramKind (kind=${kind}, apiVersion=${apiVersion})`);
}

function checkBinding(server: Server, call: Call, { metadata, spec }: ValidatingAdmissionPolicyBinding, old: ValidatingAdmissionPolicyBinding | undefined): void {
  const { paramRef, policyName } = spec;
  if (paramRef === undefined || (sameContent(paramRef, old?.spec.paramRef) && policyName === old?.spec.policyName)) return;
  const policy = cacheNamed(server, POLICIES)?.get('', policyName) as ValidatingAdmissionPolicy | undefined;
  if (mayGet(server, call.user, policy?.spec?.paramKind, paramRef.namespace ?? '', paramRef.name ?? '')) return;
  refuse(call, metadata.name, 'spec.paramRef', `user ${userText(call.user)} does not have "get" permission on the object referenced by paramRef`);
}

/** A kind that is not known takes the right to read everything of its group. */
function mayGet(server: Server, user: User, paramKind: ParamKind | undefined, namespace: string, name: string): boolean {
  const { group = '*', version = '*' } = (paramKind && splitGroupVersion(paramKind.apiVersion ?? '')) ?? {};
  const found = server.scheme.resources.find((resource) => resource.group === group && resource.kind.version === version && resource.kind.kind === paramKind?.kind);
  const resource = found?.resource ?? '*';
  return authorize(server, { user, verb: 'get', group, version, resource, subresource: '', namespace, name, fieldSelector: undefined }).allowed;
}

/** As Go prints who asks. */
function userText({ name, uid, groups, extra }: User): string {
  return `&{${name} ${uid} ${goValue(groups)} ${goValue(extra as Json)}}`;
}

function refuse(call: Call, name: string | undefined, path: string, why: string): never {
  const { kind } = resourceOf(call);
  throw new Refusal(invalid(kind.group, kind.kind, name ?? '', [{ type: 'FieldValueForbidden', path, message: `Forbidden: ${why}` }]));
}
