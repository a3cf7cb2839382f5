// IngressClasses (models pkg/registry/networking/ingressclass).
import type { IngressClass, IngressClassParametersReference, IngressClassSpec } from '../generated/types.ts';
import { change, fill } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { byteLength, Path } from '../validation/field.ts';
import { immutable } from '../validation/metadata.ts';
import { dns1123Subdomain, domainPrefixedPathProblems, labelName, pathSegmentName, subdomainName } from '../validation/names.ts';
import { defineKind } from './define.ts';

const specPath = new Path('spec');
const controllerPath = specPath.child('controller');
const parametersPath = specPath.child('parameters');
const maxControllerBytes = 250;
const scopes = ['Cluster', 'Namespace'];

function validateParameters({ apiGroup, kind, name, scope, namespace }: IngressClassParametersReference, path: Path, errors: Errors): void {
  if (apiGroup !== undefined) errors.invalidAll(path.child('apiGroup'), apiGroup, dns1123Subdomain(apiGroup));
  for (const [part, text] of [['kind', kind], ['name', name]] as const) {
    if (text === '') errors.required(path.child(part));
    else errors.invalidAll(path.child(part), text, pathSegmentName(text, false));
  }
  const namespacePath = path.child('namespace');
  if (scope === undefined || scope === null) errors.required(path.child('scope'));
  else if (!scopes.includes(scope)) errors.notSupported(path.child('scope'), scope, scopes);
  else if (scope === 'Namespace') {
    if (namespace === undefined) errors.required(namespacePath, "`parameters.scope` is set to 'Namespace'");
    else errors.invalidAll(namespacePath, namespace, labelName(namespace, false));
  } else if (namespace !== undefined) {
    errors.forbidden(namespacePath, "`parameters.scope` is set to 'Cluster'");
  }
}

function validateSpec({ controller = '', parameters }: IngressClassSpec, errors: Errors): void {
  if (byteLength(controller) > maxControllerBytes) errors.tooLong(controllerPath, maxControllerBytes);
  if (controller === '') errors.required(controllerPath);
  else for (const { value, message } of domainPrefixedPathProblems(controller)) errors.invalid(controllerPath, value, message);
  if (parameters) validateParameters(parameters, parametersPath, errors);
}

function parametersCell({ parameters }: IngressClassSpec): string {
  return parameters === undefined ? '<none>' : `${parameters.kind}${parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`}/${parameters.name}`;
}

export const ingressClassKind = defineKind<IngressClass>({
  group: 'networking.k8s.io', version: 'v1', kind: 'IngressClass', plural: 'ingressclasses', namespaced: false,
  schema: schemaName('networking.v1', 'IngressClass'),
  generation: ['spec'],
  nameRule: subdomainName,
  defaults: (item) => change(item, 'spec', (spec) => change(spec, 'parameters', (parameters) => fill(parameters, { scope: 'Cluster' }))),
  validate: ({ spec }, errors) => validateSpec(spec ?? {}, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    immutable(next.spec?.controller ?? '', old.spec?.controller ?? '', controllerPath, errors);
    checks.all();
  },
  row: ({ metadata, spec = {} }, nowMs) => {
    const isDefault = metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true';
    return [`${metadata.name ?? ''}${isDefault ? ' (default)' : ''}`, spec.controller ?? '', parametersCell(spec), age(metadata.creationTimestamp, nowMs)];
  },
});
