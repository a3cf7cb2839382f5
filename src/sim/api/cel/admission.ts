// CEL expressions of admission policies: what they may name, and what that stands for (models apiserver/pkg/admission/plugin/cel).
import type { Environment } from '@marcbachmann/cel-js';
import type { Json, JsonObject, Namespace, ValidatingAdmissionPolicySpec, Variable } from '../generated/types.ts';
import type { ApiObject } from '../meta.ts';
import { authorizerValue, declareAuthorizer } from './authorizer.ts';
import type { Ask } from './authorizer.ts';
import type { CelCompilation, CelOutcome } from './expression.ts';
import { compileCel } from './expression.ts';
import { celEnvironment } from './library.ts';
import { celDynamic, timestampValue } from './schema-types.ts';

const kindFields = { group: 'string', version: 'string', kind: 'string' };
const resourceFields = { group: 'string', version: 'string', resource: 'string' };
const texts = 'list<string>';
const textMap = 'map<string, string>';
const timestamp = 'google.protobuf.Timestamp';

/** In this order: a type may use those before it. */
const types: readonly (readonly [name: string, fields: Readonly<Record<string, string>>])[] = [
  ['GroupVersionKind', kindFields],
  ['GroupVersionResource', resourceFields],
  ['UserInfo', { username: 'string', uid: 'string', groups: texts, extra: `map<string, ${texts}>` }],
  ['AdmissionRequest', {
    kind: 'kubernetes.GroupVersionKind', resource: 'kubernetes.GroupVersionResource', subResource: 'string', requestKind: 'kubernetes.GroupVersionKind',
    requestResource: 'kubernetes.GroupVersionResource', requestSubResource: 'string', name: 'string', namespace: 'string', operation: 'string', userInfo: 'kubernetes.UserInfo',
    dryRun: 'bool', options: 'dyn',
  }],
  ['NamespaceMetadata', {
    name: 'string', generateName: 'string', namespace: 'string', labels: textMap, annotations: textMap, UID: 'string', creationTimestamp: timestamp, deletionGracePeriodSeconds: 'int',
    deletionTimestamp: timestamp, generation: 'int', resourceVersion: 'string', finalizers: texts,
  }],
  ['NamespaceSpec', { finalizers: texts }],
  ['NamespaceCondition', { status: 'string', type: 'string', lastTransitionTime: timestamp, message: 'string', reason: 'string' }],
  ['NamespaceStatus', { conditions: 'list<kubernetes.NamespaceCondition>', phase: 'string' }],
  ['Namespace', { metadata: 'kubernetes.NamespaceMetadata', spec: 'kubernetes.NamespaceSpec', status: 'kubernetes.NamespaceStatus' }],
];

let shared: Environment | undefined;

/** What every expression of a policy may name. */
function commonEnvironment(): Environment {
  if (shared !== undefined) return shared;
  const env = celEnvironment();
  for (const [name, fields] of types) env.registerType(`kubernetes.${name}`, { fields });
  env.registerVariable('object', 'dyn').registerVariable('oldObject', 'dyn');
  env.registerVariable('request', 'kubernetes.AdmissionRequest').registerVariable('namespaceObject', 'kubernetes.Namespace');
  shared = env;
  return env;
}

interface Names {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** Types of the variables by name; undefined where there are none. */
  readonly variables: Readonly<Record<string, string>> | undefined;
}

function environmentOf({ params, authorizer, variables }: Names): Environment {
  const env = commonEnvironment().clone();
  if (params) env.registerVariable('params', 'dyn');
  if (authorizer) declareAuthorizer(env);
  if (variables !== undefined) env.registerType('kubernetes.variables', { fields: variables }).registerVariable('variables', 'kubernetes.variables');
  return env;
}

/** `wanted`: the types that the value may have; none: any. */
function compile(names: Names, text: string, wanted: readonly string[]): CelCompilation {
  const compiled = compileCel(environmentOf(names), text);
  if (!compiled.ok) return { ok: false, message: `compilation failed: ${compiled.message}` };
  const { outputType } = compiled.program;
  if (wanted.length === 0 || wanted.includes(outputType)) return compiled;
  const shown = wanted.map((type) => (type === 'null' ? 'null_type' : type));
  return { ok: false, message: `must evaluate to ${wanted.length === 1 ? shown[0] : `one of [${shown.join(' ')}]`} but got ${outputType}` };
}

export interface CompiledVariable { readonly name: string; readonly compiled: CelCompilation }

/** All expressions of a policy, each in its place. */
export interface CompiledPolicy {
  readonly matchConditions: readonly CelCompilation[];
  readonly variables: readonly CompiledVariable[];
  readonly validations: readonly { readonly expression: CelCompilation; readonly message: CelCompilation | undefined }[];
  readonly auditAnnotations: readonly CelCompilation[];
}

const compiledPolicies = new WeakMap<ValidatingAdmissionPolicySpec, CompiledPolicy>();

/** Compiles what a policy says; expressions that cannot be compiled say why. */
export function compilePolicy(spec: ValidatingAdmissionPolicySpec): CompiledPolicy {
  let compiled = compiledPolicies.get(spec);
  if (compiled === undefined) compiledPolicies.set(spec, compiled = compiledAnew(spec));
  return compiled;
}

function compiledAnew({ paramKind, matchConditions = [], variables = [], validations = [], auditAnnotations = [] }: ValidatingAdmissionPolicySpec): CompiledPolicy {
  const params = paramKind !== undefined;
  const composed = compileVariables(variables, params);
  const names: Names = { params, authorizer: true, variables: variables.length === 0 ? undefined : typesOf(composed) };
  return {
    variables: composed,
    matchConditions: matchConditions.map(({ expression }) => compile({ ...names, variables: undefined }, expression.trim(), ['bool'])),
    validations: validations.map(({ expression, messageExpression = '' }) => ({
      expression: compile(names, expression, ['bool']),
      message: messageExpression.trim() === '' ? undefined : compile({ ...names, authorizer: false }, messageExpression, ['string']),
    })),
    auditAnnotations: auditAnnotations.map(({ valueExpression }) => compile(names, valueExpression.trim(), ['string', 'null'])),
  };
}

/** A variable may use those before it. */
function compileVariables(variables: readonly Variable[], params: boolean): readonly CompiledVariable[] {
  const compiled: CompiledVariable[] = [];
  for (const { name, expression } of variables) compiled.push({ name, compiled: compile({ params, authorizer: true, variables: typesOf(compiled) }, expression, []) });
  return compiled;
}

function typesOf(variables: readonly CompiledVariable[]): Readonly<Record<string, string>> {
  return Object.fromEntries(variables.map(({ name, compiled }) => [name, compiled.ok ? compiled.program.outputType : 'dyn']));
}

/** What an admission plugin knows about a request. */
export interface AdmissionInput {
  readonly object: ApiObject | undefined;
  readonly oldObject: ApiObject | undefined;
  readonly params: ApiObject | undefined;
  /** An AdmissionRequest without its objects. */
  readonly request: JsonObject;
  readonly namespace: Namespace | undefined;
  readonly ask: Ask;
}

/** The values of the names; variables are computed when something asks for them. */
export function activationOf(variables: readonly CompiledVariable[], input: AdmissionInput): Readonly<Record<string, unknown>> {
  const { object, oldObject, params, request, namespace, ask } = input;
  const { resource, subResource = '', namespace: where = '', name = '' } = request as unknown as { readonly resource: { readonly group: string; readonly resource: string }; readonly subResource?: string; readonly namespace?: string; readonly name?: string };
  const activation: Record<string, unknown> = {
    object: dynamic(object), oldObject: dynamic(oldObject), params: dynamic(params), request: celDynamic(request), namespaceObject: namespace && namespaceValue(namespace),
    authorizer: authorizerValue(ask, { group: resource.group, resource: resource.resource, subresource: subResource, namespace: where, name }),
  };
  activation['variables'] = variablesValue(variables, activation);
  return activation;
}

function dynamic(object: ApiObject | undefined): unknown {
  return object === undefined ? null : celDynamic(object as unknown as Json);
}

function variablesValue(variables: readonly CompiledVariable[], activation: Readonly<Record<string, unknown>>): object {
  const known = new Map<string, CelOutcome>();
  const value = {};
  for (const { name, compiled } of variables) {
    Object.defineProperty(value, name, {
      enumerable: true,
      get: () => {
        if (!compiled.ok) throw new Error(`composited variable ${JSON.stringify(name)} fails to compile: ${compiled.message}`);
        let outcome = known.get(name);
        if (outcome === undefined) known.set(name, outcome = compiled.program.run(activation));
        if (!outcome.ok) throw new Error(`composited variable ${JSON.stringify(name)} fails to evaluate: ${outcome.message}`);
        return outcome.value;
      },
    });
  }
  return value;
}

/** Only what policies may see of a namespace. */
function namespaceValue({ metadata, spec, status }: Namespace): object {
  const { name, generateName, labels, annotations, uid, generation, resourceVersion, finalizers, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  const time = (text: string | undefined): unknown => (text === undefined ? undefined : timestampValue(text));
  const seen = { name, generateName, labels, annotations, UID: uid, generation, resourceVersion, finalizers, deletionGracePeriodSeconds };
  const conditions = status?.conditions?.map(({ lastTransitionTime, ...rest }) => ({ ...rest, lastTransitionTime: time(lastTransitionTime ?? undefined) }));
  return {
    metadata: { ...(celDynamic(withoutAbsent(seen)) as object), creationTimestamp: time(creationTimestamp ?? undefined), deletionTimestamp: time(deletionTimestamp) },
    spec: spec ?? {}, status: { ...status, ...(conditions && { conditions }) },
  };
}

function withoutAbsent(object: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as JsonObject;
}
