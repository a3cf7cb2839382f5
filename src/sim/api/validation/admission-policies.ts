// Admission policies and their bindings (models pkg/apis/admissionregistration/validation).
import type { CelCompilation } from '../cel/expression.ts';
import { compilePolicy } from '../cel/admission.ts';
import { splitGroupVersion } from '../decode-body.ts';
import type {
  AuditAnnotation, MatchCondition, MatchResources, NamedRuleWithOperations, ParamKind, ParamRef, Validation, ValidatingAdmissionPolicyBindingSpec, ValidatingAdmissionPolicySpec, Variable,
} from '../generated/types.ts';
import type { Errors } from './field.ts';
import { Path, byteLength } from './field.ts';
import { equal, validateLabelSelector } from './metadata.ts';
import { dns1035Label, dns1123Subdomain, pathSegmentName, qualifiedName, subdomainName } from './names.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];
const failurePolicies = ['Fail', 'Ignore'];
const matchPolicies = ['Equivalent', 'Exact'];
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const validationActions = ['Audit', 'Deny', 'Warn'];
const notFoundActions = ['Deny', 'Allow'];
const reserved = new Set([
  'true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while',
]);
const maxMatchConditions = 64;
const maxAuditAnnotations = 20;
const maxValueExpressionBytes = 5 * 1024;
const specPath = new Path('spec');
const needsOne = 'validations or auditAnnotations must contain at least one item';

/** `old`: what an update starts from; match conditions that stay are not looked at again. */
export function validatePolicy(name: string, spec: ValidatingAdmissionPolicySpec, old: ValidatingAdmissionPolicySpec | undefined, errors: Errors): void {
  const { failurePolicy, paramKind, matchConstraints, matchConditions = [], variables = [], validations = [], auditAnnotations = [] } = spec;
  const compiled = compilePolicy(spec);
  const failurePath = specPath.child('failurePolicy');
  if (failurePolicy === undefined) errors.required(failurePath);
  else if (!failurePolicies.includes(failurePolicy)) errors.notSupported(failurePath, failurePolicy, failurePolicies);
  if (paramKind !== undefined) validateParamKind(paramKind, specPath.child('paramKind'), errors);
  validateConstraints(matchConstraints, specPath.child('matchConstraints'), errors);
  const sameConditions = old !== undefined && equal(paramKind, old.paramKind) && equal(matchConditions, old.matchConditions ?? []);
  if (!sameConditions) validateMatchConditions(matchConditions, compiled.matchConditions, specPath.child('matchConditions'), errors);
  variables.forEach((variable, i) => validateVariable(variable, compiled.variables[i]?.compiled, specPath.child('variables').index(i), errors));
  const annotationsPath = specPath.child('auditAnnotations');
  if (validations.length + auditAnnotations.length === 0) {
    errors.required(specPath.child('validations'), needsOne);
    errors.required(annotationsPath, needsOne);
    return;
  }
  validations.forEach((validation, i) => validateValidation(validation, compiled.validations[i], specPath.child('validations').index(i), errors));
  if (auditAnnotations.length > maxAuditAnnotations) errors.invalid(annotationsPath, auditAnnotations, `must not have more than ${maxAuditAnnotations} auditAnnotations`);
  auditAnnotations.forEach((annotation, i) => {
    validateAuditAnnotation(name, annotation, compiled.auditAnnotations[i], annotationsPath.index(i), errors);
    if (auditAnnotations.findIndex(({ key }) => key === annotation.key) < i) errors.duplicate(annotationsPath.index(i).child('key'), annotation.key);
  });
}

function validateConstraints(constraints: MatchResources | undefined, path: Path, errors: Errors): void {
  if (constraints === undefined) {
    errors.required(path);
    return;
  }
  validateMatchResources(constraints, path, errors);
  if ((constraints.resourceRules ?? []).length === 0) errors.required(path.child('resourceRules'));
}

function validateParamKind({ apiVersion = '', kind = '' }: ParamKind, path: Path, errors: Errors): void {
  const at = path.child('apiVersion');
  const version = splitGroupVersion(apiVersion);
  if (apiVersion === '') errors.required(at);
  else if (version === undefined) errors.invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  else {
    const wrongGroup = version.group === '' ? [] : dns1123Subdomain(version.group);
    if (wrongGroup.length > 0) errors.invalid(at, version.group, wrongGroup.join(','));
    const wrongVersion = dns1035Label(version.version);
    if (version.version === '') errors.invalid(at, apiVersion, 'version must be specified');
    else if (wrongVersion.length > 0) errors.invalid(at, version.version, wrongVersion.join(','));
  }
  const wrongKind = dns1035Label(kind.toLowerCase());
  if (kind === '') errors.required(path.child('kind'));
  else if (wrongKind.length > 0) errors.invalid(path.child('kind'), kind, `may have mixed case, but should otherwise match: ${wrongKind.join(',')}`);
}

function validateMatchResources({ matchPolicy, namespaceSelector, objectSelector, resourceRules = [], excludeResourceRules = [] }: MatchResources, path: Path, errors: Errors): void {
  if (matchPolicy === undefined) errors.required(path.child('matchPolicy'));
  else if (!matchPolicies.includes(matchPolicy)) errors.notSupported(path.child('matchPolicy'), matchPolicy, matchPolicies);
  for (const [name, selector] of [['namespaceSelector', namespaceSelector], ['objectSelector', objectSelector]] as const) {
    if (selector === undefined) errors.required(path.child(name));
    else validateLabelSelector(selector, path.child(name), errors);
  }
  resourceRules.forEach((rule, i) => validateRule(rule, path.child('resourceRules').index(i), errors));
  excludeResourceRules.forEach((rule, i) => validateRule(rule, path.child('excludeResourceRules').index(i), errors));
}

function validateRule(rule: NamedRuleWithOperations, path: Path, errors: Errors): void {
  const { resourceNames = [], operations: asked = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  resourceNames.forEach((name, i) => {
    errors.invalidAll(path.child('resourceNames').index(i), name, pathSegmentName(name, false));
    if (resourceNames.indexOf(name) < i) errors.duplicate(path.child('resourceNames').index(i), name);
  });
  validateWildcards(asked, path.child('operations'), 'operations', errors);
  asked.forEach((operation, i) => {
    if (!operations.includes(operation)) errors.notSupported(path.child('operations').index(i), operation, operations);
  });
  validateWildcards(apiGroups, path.child('apiGroups'), 'API groups', errors);
  validateWildcards(apiVersions, path.child('apiVersions'), 'API versions', errors);
  apiVersions.forEach((version, i) => {
    if (version === '') errors.required(path.child('apiVersions').index(i));
  });
  validateResources(resources, path.child('resources'), errors);
  if (scope !== undefined && !scopes.includes(scope)) errors.notSupported(path.child('scope'), scope, scopes);
}

function validateWildcards(items: readonly string[], path: Path, what: string, errors: Errors): void {
  if (items.length === 0) errors.required(path);
  if (items.length > 1 && items.includes('*')) errors.invalid(path, items, `if '*' is present, must not specify other ${what}`);
}

function validateResources(resources: readonly string[], path: Path, errors: Errors): void {
  if (resources.length === 0) errors.required(path);
  const allOf = new Set<string>();
  const everywhere = new Set<string>();
  let hasPlain = false;
  resources.forEach((text, i) => {
    if (text === '') {
      errors.required(path.index(i));
      return;
    }
    const slash = text.indexOf('/');
    if (slash < 0) {
      hasPlain = text !== '*';
      return;
    }
    const resource = text.slice(0, slash);
    const subresource = text.slice(slash + 1);
    if (allOf.has(resource)) errors.invalid(path.index(i), text, `if '${resource}/*' is present, must not specify ${text}`);
    if (everywhere.has(subresource)) errors.invalid(path.index(i), text, `if '*/${subresource}' is present, must not specify ${text}`);
    if (subresource === '*') allOf.add(resource);
    if (resource === '*') everywhere.add(subresource);
  });
  if (resources.length > 1 && resources.includes('*/*')) errors.invalid(path, resources, "if '*/*' is present, must not specify other resources");
  if (resources.includes('*') && hasPlain) errors.invalid(path, resources, "if '*' is present, must not specify other resources without subresources");
}

// ---- expressions ----

/** Says why an expression cannot be compiled. */
function complain(compiled: CelCompilation | undefined, text: string, path: Path, errors: Errors): void {
  if (compiled?.ok === false) errors.invalid(path, text, compiled.message);
}

function validateMatchConditions(conditions: readonly MatchCondition[], compiled: readonly CelCompilation[], path: Path, errors: Errors): void {
  if (conditions.length > maxMatchConditions) errors.tooMany(path, conditions.length, maxMatchConditions);
  conditions.forEach(({ name, expression }, i) => {
    const at = path.index(i);
    if (expression.trim() === '') errors.required(at.child('expression'));
    else complain(compiled[i], expression.trim(), at.child('expression'), errors);
    if (name === '') errors.required(at.child('name'));
    else errors.invalidAll(at.child('name'), name, qualifiedName(name));
    if (name !== '' && conditions.findIndex((other) => other.name === name) < i) errors.duplicate(at.child('name'), name);
  });
}

function validateVariable({ name, expression }: Variable, compiled: CelCompilation | undefined, path: Path, errors: Errors): void {
  if (name.trim() === '') errors.required(path.child('name'), 'name is not specified');
  else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || reserved.has(name)) errors.invalid(path.child('name'), name, 'must be a valid CEL identifier');
  if (expression.trim() === '') errors.required(path.child('expression'), 'expression is not specified');
  else complain(compiled, expression, path.child('expression'), errors);
}

function validateValidation(validation: Validation, compiled: { readonly expression: CelCompilation; readonly message: CelCompilation | undefined } | undefined, path: Path, errors: Errors): void {
  const { expression, message = '', messageExpression = '', reason } = validation;
  if (expression.trim() === '') errors.required(path.child('expression'), 'expression is not specified');
  else complain(compiled?.expression, expression, path.child('expression'), errors);
  if (messageExpression !== '' && messageExpression.trim() === '') errors.invalid(path.child('messageExpression'), messageExpression, 'must be non-empty if specified');
  else complain(compiled?.message, messageExpression, path.child('messageExpression'), errors);
  if (message !== '' && message.trim() === '') errors.invalid(path.child('message'), message, 'must be non-empty if specified');
  else if (/[\n\r]/.test(message.trim())) errors.invalid(path.child('message'), message, 'must not contain line breaks');
  if (reason !== undefined && !reasons.includes(reason)) errors.notSupported(path.child('reason'), reason, reasons);
}

function validateAuditAnnotation(policy: string, { key, valueExpression }: AuditAnnotation, compiled: CelCompilation | undefined, path: Path, errors: Errors): void {
  if (policy === '') errors.invalid(path.child('key'), key, 'requires metadata.name be non-empty');
  else errors.invalidAll(path.child('key'), `${policy}/${key}`, qualifiedName(`${policy}/${key}`));
  const at = path.child('valueExpression');
  const text = valueExpression.trim();
  if (text === '') errors.required(at, 'valueExpression is not specified');
  else if (byteLength(text) > maxValueExpressionBytes) errors.required(at, `must not exceed ${maxValueExpressionBytes} bytes in length`);
  else complain(compiled, valueExpression, at, errors);
}

// ---- bindings ----

export function validateBinding({ policyName = '', paramRef, matchResources, validationActions: actions }: Partial<ValidatingAdmissionPolicyBindingSpec>, errors: Errors): void {
  if (policyName === '') errors.required(specPath.child('policyName'));
  else errors.invalidAll(specPath.child('policyName'), policyName, subdomainName(policyName, false));
  if (paramRef !== undefined) validateParamRef(paramRef, specPath.child('paramRef'), errors);
  if (matchResources !== undefined) validateMatchResources(matchResources, specPath.child('matchResources'), errors);
  validateActions(actions ?? [], specPath.child('validationActions'), errors);
}

function validateActions(actions: readonly string[], path: Path, errors: Errors): void {
  actions.forEach((action, i) => {
    if (!validationActions.includes(action)) errors.notSupported(path.index(i), action, validationActions);
    if (actions.indexOf(action) < i) errors.duplicate(path.index(i), action);
  });
  if (actions.includes('Deny') && actions.includes('Warn')) {
    errors.invalid(path, actions, 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)');
  }
  if (actions.length === 0) errors.required(path, 'at least one validation action is required');
}

function validateParamRef({ name = '', selector, parameterNotFoundAction = '' }: ParamRef, path: Path, errors: Errors): void {
  const both = 'name and selector are mutually exclusive';
  if (name !== '') {
    errors.invalidAll(path.child('name'), name, pathSegmentName(name, false));
    if (selector !== undefined) errors.forbidden(path.child('name'), both);
  }
  if (selector !== undefined) {
    validateLabelSelector(selector, path.child('selector'), errors);
    if (name !== '') errors.forbidden(path.child('selector'), both);
  }
  if (name === '' && selector === undefined) errors.required(path, 'one of name or selector must be specified');
  const at = path.child('parameterNotFoundAction');
  if (parameterNotFoundAction === '') errors.required(at);
  else if (!notFoundActions.includes(parameterNotFoundAction)) errors.notSupported(at, parameterNotFoundAction, notFoundActions);
}
