// FlowSchemas (models pkg/registry/flowcontrol/flowschema).
import type { FlowSchema, FlowSchemaSpec, FlowcontrolSubject, NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule } from '../generated/types.ts';
import { change } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { equal } from '../validation/metadata.ts';
import { dns1123Label, dns1123Subdomain } from '../validation/names.ts';
import { defineFlowControlKind, validateFlowConditions } from './flow-control.ts';
import { MANDATORY_FLOW_SCHEMAS } from './flow-control-defaults.ts';

const specPath = new Path('spec');
const ALL = '*';
const methods = ['ByNamespace', 'ByUser'];
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const subjectKinds = ['Group', 'ServiceAccount', 'User'];
const DEFAULT_PRECEDENCE = 1000;
const MAX_PRECEDENCE = 10_000;
/** A list that was sent empty is kept as null. */
const listed = <T>(list: readonly T[] | null | undefined): readonly T[] => list ?? [];

function validateSpec(name: string, spec: FlowSchemaSpec, errors: Errors): void {
  const precedence = spec.matchingPrecedence ?? 0;
  const precedencePath = specPath.child('matchingPrecedence');
  if (precedence <= 0) errors.invalid(precedencePath, precedence, 'must be a positive value');
  if (precedence > MAX_PRECEDENCE) errors.invalid(precedencePath, precedence, `must not be greater than ${MAX_PRECEDENCE}`);
  if (precedence === 1 && name !== 'exempt') errors.invalid(precedencePath, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
  const method = spec.distinguisherMethod;
  if (method && !methods.includes(method.type)) errors.notSupported(specPath.child('distinguisherMethod').child('type'), method, methods);
  const level = spec.priorityLevelConfiguration.name;
  const levelPath = specPath.child('priorityLevelConfiguration').child('name');
  if (level) errors.invalidAll(levelPath, level, dns1123Subdomain(level));
  else errors.required(levelPath, 'must reference a priority level');
  listed(spec.rules).forEach((rule, i) => validateRule(rule, specPath.child('rules').index(i), errors));
}

function validateRule(rule: Partial<PolicyRulesWithSubjects>, path: Path, errors: Errors): void {
  const [subjects, resourceRules, nonResourceRules] = [listed(rule.subjects), listed(rule.resourceRules), listed(rule.nonResourceRules)];
  if (subjects.length === 0) errors.required(path.child('subjects'), 'subjects must contain at least one value');
  subjects.forEach((subject, i) => validateSubject(subject, path.child('subjects').index(i), errors));
  if (resourceRules.length === 0 && nonResourceRules.length === 0) errors.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty');
  resourceRules.forEach((each, i) => validateResourceRule(each, path.child('resourceRules').index(i), errors));
  nonResourceRules.forEach((each, i) => validateNonResourceRule(each, path.child('nonResourceRules').index(i), errors));
}

const members = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;

function validateSubject(subject: FlowcontrolSubject, path: Path, errors: Errors): void {
  const kind = subject.kind as keyof typeof members;
  if (!subjectKinds.includes(kind)) return errors.notSupported(path.child('kind'), kind, subjectKinds);
  const member = members[kind];
  const named = subject[member];
  if (!named) errors.required(path.child(member), `${member} is required when subject kind is '${kind}'`);
  else if (!named.name) errors.required(path.child(member).child('name'), '');
  if (subject.serviceAccount && kind === 'ServiceAccount') validateAccount(subject.serviceAccount, path.child(member), errors);
  for (const other of ['ServiceAccount', 'User', 'Group'] as const) {
    if (other !== kind && subject[members[other]]) errors.forbidden(path.child(members[other]), `${members[other]} is forbidden when subject kind is not '${other}'`);
  }
}

function validateAccount({ name, namespace }: { readonly name: string; readonly namespace: string }, path: Path, errors: Errors): void {
  if (name && name !== ALL) errors.invalidAll(path.child('name'), name, dns1123Subdomain(name));
  if (namespace) errors.invalidAll(path.child('namespace'), namespace, dns1123Label(namespace));
  else errors.required(path.child('namespace'), 'must specify namespace for service account');
}

function validateVerbs(given: readonly string[], path: Path, errors: Errors): void {
  if (given.length === 0) errors.required(path, 'verbs must contain at least one value');
  else if (given.includes(ALL)) {
    if (given.length > 1) errors.invalid(path, given, "if '*' is present, must not specify other verbs");
  } else if (given.some((verb) => !verbs.includes(verb))) errors.notSupported(path, given, verbs);
}

function aloneIfAll(given: readonly string[], what: string, path: Path, errors: Errors): void {
  if (given.length > 1 && given.includes(ALL)) errors.invalid(path, given, `if '*' is present, must not specify other ${what}`);
}

function validateResourceRule(rule: Partial<ResourcePolicyRule>, path: Path, errors: Errors): void {
  const [apiGroups, resources, namespaces] = [listed(rule.apiGroups), listed(rule.resources), listed(rule.namespaces)];
  validateVerbs(listed(rule.verbs), path.child('verbs'), errors);
  if (apiGroups.length === 0) errors.required(path.child('apiGroups'), 'resource rules must supply at least one api group');
  aloneIfAll(apiGroups, 'api groups', path.child('apiGroups'), errors);
  if (resources.length === 0) errors.required(path.child('resources'), 'resource rules must supply at least one resource');
  aloneIfAll(resources, 'resources', path.child('resources'), errors);
  if (namespaces.length === 0 && !rule.clusterScope) errors.required(path.child('namespaces'), 'resource rules that are not cluster scoped must supply at least one namespace');
  aloneIfAll(namespaces, 'namespaces', path.child('namespaces'), errors);
  if (namespaces.includes(ALL)) return;
  namespaces.forEach((namespace, i) => {
    for (const message of dns1123Label(namespace)) errors.invalid(path.child('namespaces').index(i), namespace, `each member of this list must be '*' or a DNS-1123 label; ${message}`);
  });
}

function validateNonResourceRule(rule: Partial<NonResourcePolicyRule>, path: Path, errors: Errors): void {
  const urls = listed(rule.nonResourceURLs);
  validateVerbs(listed(rule.verbs), path.child('verbs'), errors);
  const urlsPath = path.child('nonResourceURLs');
  if (urls.length === 0) errors.required(urlsPath, 'nonResourceURLs must contain at least one value');
  aloneIfAll(urls, 'non-resource URLs', urlsPath, errors);
  if (urls.includes(ALL)) return;
  urls.forEach((url, i) => {
    const problem = urlProblem(url);
    if (problem !== undefined) errors.invalid(urlsPath.index(i), url, problem);
  });
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const stars = url.split(ALL).length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}

function validate({ metadata, spec, status }: FlowSchema, errors: Errors): void {
  const name = metadata.name ?? '';
  if (spec) validateSpec(name, spec, errors);
  const fixed = MANDATORY_FLOW_SCHEMAS.find((schema) => schema.name === name);
  if (fixed && !equal(spec, fixed.spec)) errors.invalid(specPath, spec, `spec of '${name}' must equal the fixed value`);
  validateFlowConditions(status?.conditions ?? [], errors);
}

export const flowSchemaKind = defineFlowControlKind<FlowSchema>({
  kind: 'FlowSchema', plural: 'flowschemas',
  defaults: (schema) => change(schema, 'spec', (spec) => (spec.matchingPrecedence ? spec : { ...spec, matchingPrecedence: DEFAULT_PRECEDENCE })),
  validate,
  // As they are tried.
  rowOrder: (a, b) => (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1),
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '', spec?.priorityLevelConfiguration.name ?? '', spec?.matchingPrecedence ?? 0, spec?.distinguisherMethod?.type ?? '<none>', age(metadata.creationTimestamp, nowMs),
    status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
  ],
});
