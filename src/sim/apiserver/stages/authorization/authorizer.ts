// The question "may this user do that?", and the authorizers that answer it (--authorization-mode).
import type { User } from '../../call.ts';
import type { AuthorizationMode } from '../../config.ts';
import type { Server } from '../../server.ts';
import { nodeDecision } from './node.ts';
import { rbacDecision, rbacPathDecision } from './rbac.ts';
import type { PolicyRule } from './rules.ts';

/** What is asked (authorizer.Attributes). `name` comes from the path or a field selector on metadata.name. */
export interface Attributes {
  readonly user: User;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector: string | undefined;
}

/** `reason` says what allowed it, or why an authorizer had no opinion; `rule` is the rule of the role that did. */
export interface Decision { readonly allowed: boolean; readonly authorizer: 'group' | AuthorizationMode | 'none'; readonly reason: string; readonly rule?: PolicyRule }

const MASTERS: Decision = { allowed: true, authorizer: 'group', reason: 'system:masters' };
const NO_OPINION: Decision = { allowed: false, authorizer: 'none', reason: '' };
const ALLOWED: Decision = { allowed: true, authorizer: 'AlwaysAllow', reason: '' };
const DENIED: Decision = { allowed: false, authorizer: 'none', reason: 'Everything is forbidden.' };

/** Asks the authorizers in their order; the first one that allows it counts. */
export function authorize(server: Server, attributes: Attributes): Decision {
  if (attributes.user.groups.includes('system:masters')) return MASTERS;
  return firstAllowing(server, (mode) => (mode === 'Node' ? nodeDecision(server, attributes) : rbacDecision(server, attributes)));
}

/** The same for a path outside resources, about which the Node authorizer knows nothing. */
export function pathDecision(server: Server, user: User, verb: string, path: string): Decision {
  if (user.groups.includes('system:masters')) return MASTERS;
  return firstAllowing(server, (mode) => (mode === 'Node' ? undefined : rbacPathDecision(server, user, verb, path)));
}

function firstAllowing({ config }: Server, decide: (mode: 'Node' | 'RBAC') => Decision | undefined): Decision {
  let reasons = '';
  for (const mode of config.authorizationModes) {
    const decision = mode === 'AlwaysAllow' ? ALLOWED : mode === 'AlwaysDeny' ? DENIED : decide(mode);
    if (decision?.allowed) return decision;
    if (decision && decision.reason !== '') reasons += reasons === '' ? decision.reason : `, ${decision.reason}`;
  }
  return reasons === '' ? NO_OPINION : { allowed: false, authorizer: 'none', reason: reasons };
}

/** The words of a 403 (responsewriters.forbiddenMessage). */
export function forbiddenText({ user, verb, group, resource, subresource, namespace }: Attributes, decision: Decision): string {
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const text = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)} in API group "${group}" ${where}`;
  return decision.reason === '' ? text : `${text}: ${decision.reason}`;
}
