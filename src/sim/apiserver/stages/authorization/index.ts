import { parseFieldSelector } from '../../../api/selectors.ts';
import { record } from '../../call.ts';
import type { Call, User } from '../../call.ts';
import type { StageOutcome } from '../../messages.ts';
import type { Server } from '../../server.ts';
import { Refusal, failure, forbidden } from '../../status.ts';
import { authorize, forbiddenText, pathDecision } from './authorizer.ts';
import type { Attributes, Decision } from './authorizer.ts';
import type { PolicyRule } from './rules.ts';

/** Asks whether the user may do this. Throws Refusal (403). */
export function authorization(server: Server, call: Call): void {
  record(call, allowed(checkRequest(server, call, call.request.verb), call.user));
}

/** Asks whether the user may do something to what the request names. Throws Refusal (403). */
export function checkRequest(server: Server, call: Call, verb: string): Decision {
  const { group, resource } = call.request;
  if (resource === '') return checkPath(server, call, verb);
  const attributes = attributesOf(call, verb);
  const decision = authorize(server, attributes);
  if (!decision.allowed) throw new Refusal(forbidden({ group, resource }, attributes.name, forbiddenText(attributes, decision)));
  return decision;
}

/** For paths outside resources, as `/healthz`. */
function checkPath(server: Server, { user, request }: Call, verb: string): Decision {
  const decision = pathDecision(server, user, verb, request.name);
  if (!decision.allowed) throw new Refusal(failure(403, 'Forbidden', `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(request.name)}`, {}));
  return decision;
}

/** Whether the user may create what an update or an apply did not find. Throws Refusal (403). */
export function authorizeCreate(server: Server, call: Call): void {
  const attributes = attributesOf(call, 'create');
  const decision = authorize(server, attributes);
  if (!decision.allowed) throw new Refusal(forbidden(call.request, attributes.name, forbiddenText(attributes, decision)));
}

function attributesOf({ request, user }: Call, verb: string): Attributes {
  const { group, version, resource, subresource, namespace, options } = request;
  const { fieldSelector } = options;
  const name = request.name === '' && fieldSelector !== undefined && fieldSelector.includes('metadata.name') ? nameIn(fieldSelector) : request.name;
  // A namespace counts as being in itself, so that a role there can allow to read it.
  const where = resource === 'namespaces' && group === '' ? request.name : namespace;
  return { user, verb, group, version, resource, subresource, namespace: where, name, fieldSelector };
}

function nameIn(fieldSelector: string): string {
  try {
    return parseFieldSelector(fieldSelector).find(({ field, negated }) => field === 'metadata.name' && !negated)?.value ?? '';
  } catch {
    return '';
  }
}

/** A rule as it stands in the role, on one line: `verbs: [get], apiGroups: [""], resources: [pods]`. */
function ruleText(rule: PolicyRule): string {
  const list = (items: readonly string[]): string => `[${items.map((item) => (item === '' || item === '*' ? JSON.stringify(item) : item)).join(', ')}]`;
  return Object.entries(rule).map(([name, items]) => `${name}: ${list(items as readonly string[])}`).join(', ');
}

const outcomes = new WeakMap<Decision, StageOutcome>();

function allowed(decision: Decision, user: User): StageOutcome {
  let outcome = outcomes.get(decision);
  if (!outcome) {
    const { authorizer, reason, rule } = decision;
    const code = authorizer === 'RBAC' ? 'allowedByRole' : authorizer === 'Node' ? 'allowedByNode' : authorizer === 'AlwaysAllow' ? 'alwaysAllowed' : 'allowedByGroup';
    outcomes.set(decision, outcome = { stage: 'authorization', outcome: 'passed', code, params: { reason, user: user.name, ...(rule && { rule: ruleText(rule) }) } });
  }
  return outcome;
}
