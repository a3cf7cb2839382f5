// The question "may this user do that?", and the authorizers that answer it (--authorization-mode=Node,RBAC).
import type { User } from '../../call.ts';
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
export interface Decision { readonly allowed: boolean; readonly authorizer: 'group' | 'Node' | 'RBAC' | 'none'; readonly reason: string; readonly rule?: PolicyRule }

const MASTERS: Decision = { allowed: true, authorizer: 'group', reason: 'system:masters' };
const NO_OPINION: Decision = { allowed: false, authorizer: 'none', reason: '' };

/** Asks the authorizers in their order; the first one that allows it counts. */
export function authorize(server: Server, attributes: Attributes): Decision {
  if (attributes.user.groups.includes('system:masters')) return MASTERS;
  const byNode = nodeDecision(server, attributes);
  if (byNode?.allowed) return byNode;
  const byRole = rbacDecision(server, attributes);
  if (byRole.allowed) return byRole;
  const reasons = [byNode?.reason ?? '', byRole.reason].filter((reason) => reason !== '');
  return reasons.length === 0 ? NO_OPINION : { allowed: false, authorizer: 'none', reason: reasons.join(', ') };
}

/** The same for a path outside resources. */
export function pathDecision(server: Server, user: User, verb: string, path: string): Decision {
  return user.groups.includes('system:masters') ? MASTERS : rbacPathDecision(server, user, verb, path);
}

/** The words of a 403 (responsewriters.forbiddenMessage). */
export function forbiddenText({ user, verb, group, resource, subresource, namespace }: Attributes, decision: Decision): string {
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const text = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)} in API group "${group}" ${where}`;
  return decision.reason === '' ? text : `${text}: ${decision.reason}`;
}
