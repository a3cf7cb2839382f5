// The `authorizer` of CEL expressions: may the user, or a service account, do this? (models apiserver/pkg/cel/library/authz.go)
import type { Environment } from '@marcbachmann/cel-js';

/** What is asked; `path` instead of a resource for paths outside resources. */
export interface AuthorizerQuestion {
  /** undefined: the user of the request. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string } | undefined;
  readonly verb: string;
  readonly path: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector: string | undefined;
}
export interface AuthorizerAnswer { readonly allowed: boolean; readonly reason: string }
export type Ask = (question: AuthorizerQuestion) => AuthorizerAnswer;

type Check = Omit<AuthorizerQuestion, 'verb'>;

const anything: Check = { serviceAccount: undefined, path: '', group: '', resource: '', subresource: '', namespace: '', name: '', fieldSelector: undefined };
const prefix = 'kubernetes.authorization.';

/** The library tells types by their constructor. */
class Decision {
  readonly answer: AuthorizerAnswer;

  constructor(answer: AuthorizerAnswer) {
    this.answer = answer;
  }
}

class Asked {
  readonly ask: Ask;
  readonly check: Check;

  constructor(ask: Ask, check: Check) {
    this.ask = ask;
    this.check = check;
  }
}
class PathCheck extends Asked {}
class GroupCheck extends Asked {}
class ResourceCheck extends Asked {}

class Authorizer extends Asked {
  readonly requestResource: ResourceCheck;

  constructor(ask: Ask, check: Check, requestResource: ResourceCheck) {
    super(ask, check);
    this.requestResource = requestResource;
  }
}

/** What `authorizer` stands for while a request is looked at; `requestResource` is what the request itself names. */
export function authorizerValue(ask: Ask, requestResource: Pick<Check, 'group' | 'resource' | 'subresource' | 'namespace' | 'name'>): unknown {
  return new Authorizer(ask, anything, new ResourceCheck(ask, { ...anything, ...requestResource }));
}

function filled(text: string, what: string): string {
  if (text.trim() === '') throw new Error(`${what} must not be empty`);
  return text;
}

/** Makes `authorizer` known. */
export function declareAuthorizer(env: Environment): void {
  for (const [name, ctor] of [['Decision', Decision], ['PathCheck', PathCheck], ['GroupCheck', GroupCheck], ['ResourceCheck', ResourceCheck]] as const) env.registerType(prefix + name, ctor);
  env.registerType(`${prefix}Authorizer`, { ctor: Authorizer, fields: { requestResource: `${prefix}ResourceCheck` } });
  env.registerVariable('authorizer', `${prefix}Authorizer`);
  const method = <T>(on: string, signature: string, returns: string, run: (self: T, ...texts: readonly string[]) => unknown): void => {
    env.registerFunction(`${prefix}${on}.${signature}: ${returns}`, run);
  };
  method<Authorizer>('Authorizer', 'path(string)', `${prefix}PathCheck`, ({ ask, check }, path = '') => new PathCheck(ask, { ...check, path: filled(path, 'path') }));
  method<Authorizer>('Authorizer', 'group(string)', `${prefix}GroupCheck`, ({ ask, check }, group = '') => new GroupCheck(ask, { ...check, group }));
  method<Authorizer>('Authorizer', 'serviceAccount(string, string)', `${prefix}Authorizer`, ({ ask, check, requestResource }, namespace = '', name = '') => {
    const serviceAccount = { namespace, name };
    return new Authorizer(ask, { ...check, serviceAccount }, new ResourceCheck(ask, { ...requestResource.check, serviceAccount }));
  });
  method<GroupCheck>('GroupCheck', 'resource(string)', `${prefix}ResourceCheck`, ({ ask, check }, resource = '') => new ResourceCheck(ask, { ...check, resource: filled(resource, 'resource') }));
  for (const part of ['subresource', 'namespace', 'name', 'fieldSelector'] as const) {
    method<ResourceCheck>('ResourceCheck', `${part}(string)`, `${prefix}ResourceCheck`, ({ ask, check }, text = '') => new ResourceCheck(ask, { ...check, [part]: text }));
  }
  // Permissions by label are not a thing that roles have.
  method<ResourceCheck>('ResourceCheck', 'labelSelector(string)', `${prefix}ResourceCheck`, (self) => self);
  for (const on of ['PathCheck', 'ResourceCheck']) {
    method<Asked>(on, 'check(string)', `${prefix}Decision`, ({ ask, check }, verb = '') => new Decision(ask({ ...check, verb })));
  }
  method<Decision>('Decision', 'allowed()', 'bool', ({ answer }) => answer.allowed);
  method<Decision>('Decision', 'reason()', 'string', ({ answer }) => answer.reason);
  method<Decision>('Decision', 'errored()', 'bool', () => false);
  method<Decision>('Decision', 'error()', 'string', () => '');
}
