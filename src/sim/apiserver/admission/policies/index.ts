import type { JsonObject, Namespace, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../api/generated/types.ts';
import type { AuthorizerAnswer, AuthorizerQuestion } from '../../../api/cel/authorizer.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { apiVersionOf } from '../../../api/meta.ts';
import { splitGroupVersion } from '../../../api/decode-body.ts';
import { NOBODY, record, resourceOf, warn } from '../../call.ts';
import type { Call, User } from '../../call.ts';
import type { StageOutcome } from '../../messages.ts';
import type { Resource } from '../../scheme.ts';
import { cacheNamed } from '../../server.ts';
import type { Server } from '../../server.ts';
import { authorize, pathDecision } from '../../stages/authorization/authorizer.ts';
import { Refusal, forbidden } from '../../status.ts';
import { scaleOf } from '../../storage/scale.ts';
import { asStored, asVersion } from '../../versions.ts';
import type { AdmissionPlugin, Attributes } from '../plugin.ts';
import { lookUp, lookUpAll } from '../plugin.ts';
import { evaluate } from './evaluation.ts';
import { BINDINGS, POLICIES, REGISTRATION } from './lookup.ts';
import { isNamespace, matchedResource, subjectOf } from './matching.ts';
import type { Subject } from './matching.ts';
import { Misconfigured, paramResource, paramsFor } from './params.ts';

const CODES: Readonly<Record<string, number | undefined>> = { Forbidden: 403, RequestEntityTooLarge: 413 };

/** A refusal that waits until all policies have been asked. */
interface Denial { readonly policy: string; readonly binding: string | undefined; readonly message: string; readonly reason: string }

/** What all policies said to a request. */
interface Hearing { readonly denials: Denial[]; readonly outcomes: StageOutcome[] }

type Policy = ValidatingAdmissionPolicy & { readonly spec: NonNullable<ValidatingAdmissionPolicy['spec']> };

/** Policies written in CEL (models admission/plugin/policy/validating). The first denial is what the client hears. */
export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: 'ValidatingAdmissionPolicy',
  resources: ['*'],
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  validate(object, attributes) {
    // Policies are not about policies: whoever writes a bad one must be able to mend it.
    if ((cacheNamed(attributes.server, POLICIES)?.size ?? 0) === 0 || resourceOf(attributes.call).group === REGISTRATION) return;
    const subject = subjectOf(object, attributes);
    const bindings = lookUpAll(attributes, BINDINGS, '') as readonly ValidatingAdmissionPolicyBinding[];
    const hearing: Hearing = { denials: [], outcomes: [] };
    for (const policy of lookUpAll(attributes, POLICIES, '') as readonly Policy[]) {
      ask(policy, bindings.filter(({ spec }) => spec.policyName === policy.metadata.name), subject, hearing);
    }
    const [first] = hearing.denials;
    if (first) refuse(first, subject);
    for (const outcome of hearing.outcomes) record(attributes.call, outcome);
  },
};

function ask(policy: Policy, bindings: readonly ValidatingAdmissionPolicyBinding[], subject: Subject, hearing: Hearing): void {
  const { spec, metadata: { name = '' } } = policy;
  const { server } = subject.attributes;
  const resource = spec.matchConstraints && matchedResource(spec.matchConstraints, subject);
  if (!resource) return;
  const configured = <T>(binding: string | undefined, run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof Misconfigured)) throw error;
      const message = `failed to configure ${binding === undefined ? 'policy' : 'binding'}: ${error.message}`;
      if (spec.failurePolicy !== 'Ignore') hearing.denials.push({ policy: name, binding, message, reason: '' });
      return undefined;
    }
  };
  const { paramKind } = spec;
  const params = paramKind && configured(undefined, () => paramResource(server, paramKind));
  if (paramKind && !params) return;
  for (const binding of bindings) {
    if (binding.spec.matchResources && !matchedResource(binding.spec.matchResources, subject)) continue;
    const given = configured(binding.metadata.name, () => paramsFor(server, params, binding.spec.paramRef, subject.namespace)) ?? [];
    for (const param of given) judge(policy, binding, inputOf(subject, resource, param), subject, hearing);
  }
}

/** One policy, one binding, one parameter. */
function judge(policy: Policy, binding: ValidatingAdmissionPolicyBinding, input: Parameters<typeof evaluate>[1], { attributes: { call } }: Subject, { denials, outcomes }: Hearing): void {
  const policyName = policy.metadata.name ?? '';
  const bindingName = binding.metadata.name ?? '';
  const { findings, errors, notes } = evaluate(policy.spec, input);
  const who = { policy: policyName, binding: bindingName };
  const actions = binding.spec.validationActions;
  const say = (code: string, params: StageOutcome['params']): void => {
    outcomes.push({ stage: 'validatingAdmission', outcome: 'passed', code, params: { ...who, ...params } });
  };
  for (const { message, reason } of findings) {
    if (actions.includes('Deny')) denials.push({ ...who, message, reason });
    if (actions.includes('Audit')) say('policyAudits', { message });
    if (!actions.includes('Warn')) continue;
    warn(call, [`Validation failed for ValidatingAdmissionPolicy '${policyName}' with binding '${bindingName}': ${message}`]);
    say('policyWarns', { message });
  }
  for (const { key, value } of notes) say('policyNotes', { key: `${policyName}/${key}`, value });
  for (const message of errors) denials.push({ ...who, message, reason: '' });
  if (findings.length + errors.length === 0) say('policyAllows', {});
}

function refuse({ policy, binding, message, reason }: Denial, { attributes, object, name }: Subject): never {
  const { group, resource } = resourceOf(attributes.call);
  const text = `ValidatingAdmissionPolicy '${policy}'${binding === undefined ? '' : ` with binding '${binding}'`} denied request: ${message}`;
  const status = forbidden({ group, resource }, name || object?.metadata.generateName || 'Unknown', text);
  throw new Refusal({ ...status, reason: reason || 'Invalid', code: CODES[reason] ?? 422, details: { ...status.details, causes: [{ message: text }] } });
}

// ---- what expressions see ----

function inputOf(subject: Subject, resource: Resource, params: ApiObject | undefined): Parameters<typeof evaluate>[1] {
  const { attributes, object, old, namespace } = subject;
  const { call, server } = attributes;
  const inNamespace = namespace !== '' && !isNamespace(resourceOf(call));
  return {
    object: shown(object, call, resource), oldObject: shown(old, call, resource), params, request: admissionRequest(subject, resource),
    namespace: inNamespace ? (lookUp(attributes, 'namespaces', '', namespace) as Namespace | undefined) : undefined,
    ask: (question) => answerTo(server, call.user, question),
  };
}

/** In the version that the policy is about; a scale subresource is seen as a Scale. */
function shown(object: ApiObject | undefined, call: Call, wanted: Resource): ApiObject | undefined {
  if (!object) return undefined;
  const own = resourceOf(call);
  const seen = own === wanted ? object : asVersion(wanted, asStored(own, object));
  return call.request.subresource === 'scale' && own.kind.kind === object.kind ? scaleOf(own.kind, object) : seen;
}

function admissionRequest({ attributes: { call, operation }, object, old, namespace, name }: Subject, resource: Resource): JsonObject {
  const { subresource, options } = call.request;
  const own = resourceOf(call);
  const kindOf = (of: Resource): JsonObject => {
    const sent = shown(object ?? old, call, of);
    const { group, version } = splitGroupVersion(sent?.apiVersion ?? apiVersionOf(of.group, of.kind.version)) ?? { group: '', version: '' };
    return { group, version, kind: sent?.kind ?? of.kind.kind };
  };
  const named = ({ group, kind, resource: plural }: Resource): JsonObject => ({ group, version: kind.version, resource: plural });
  const { name: username, uid, groups, extra } = call.user;
  return {
    kind: kindOf(resource), resource: named(resource), requestKind: kindOf(own), requestResource: named(own), name, operation, dryRun: options.dryRun ?? false,
    ...(subresource === '' ? {} : { subResource: subresource, requestSubResource: subresource }), ...(namespace === '' ? {} : { namespace }),
    userInfo: { username, groups, ...(uid === '' ? {} : { uid }), ...(Object.keys(extra).length === 0 ? {} : { extra }) },
    options: { kind: optionsKinds[operation], apiVersion: 'meta.k8s.io/v1' },
  };
}

const optionsKinds: Readonly<Record<Attributes['operation'], string>> = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' };

function answerTo(server: Server, requester: User, { serviceAccount, verb, path, ...asked }: AuthorizerQuestion): AuthorizerAnswer {
  const user: User = serviceAccount === undefined ? requester : {
    ...NOBODY, name: `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${serviceAccount.namespace}`, 'system:authenticated'],
  };
  return path === '' ? authorize(server, { user, verb, version: '*', ...asked }) : pathDecision(server, user, verb, path);
}
