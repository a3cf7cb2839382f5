// Which requests a policy or a binding is about (models admission/plugin/policy/matching).
import type { MatchResources, NamedRuleWithOperations } from '../../../api/generated/types.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { matchesLabelSelector } from '../../../api/selectors.ts';
import { resourceOf } from '../../call.ts';
import type { Resource } from '../../scheme.ts';
import type { Attributes } from '../plugin.ts';
import { lookUp } from '../plugin.ts';

/** The request as policies see it. */
export interface Subject {
  readonly attributes: Attributes;
  readonly object: ApiObject | undefined;
  readonly old: ApiObject | undefined;
  /** The namespace of the request; that of a Namespace is itself. */
  readonly namespace: string;
  readonly name: string;
}

export function subjectOf(object: ApiObject | undefined, attributes: Attributes): Subject {
  const { call, old } = attributes;
  const { request } = call;
  const name = request.name || object?.metadata.name || '';
  return { attributes, object, old, name, namespace: isNamespace(resourceOf(call)) ? name : request.namespace };
}

export function isNamespace({ name }: Resource): boolean {
  return name === 'namespaces';
}

/** The resource under which a rule wants the request: its own or, where Equivalent will do, another version; undefined: not matched. */
export function matchedResource(match: MatchResources, subject: Subject): Resource | undefined {
  const { resourceRules = [], excludeResourceRules = [] } = match;
  if (!matchesNamespace(match, subject) || !matchesObject(match, subject)) return undefined;
  const versions = versionsOf(match, subject);
  if (versions.some((resource) => excludeResourceRules.some((rule) => matchesRule(rule, resource, subject)))) return undefined;
  return resourceRules.length === 0 ? versions[0] : versions.find((resource) => resourceRules.some((rule) => matchesRule(rule, resource, subject)));
}

/** Selectors of namespaces let pass what is in none. */
function matchesNamespace({ namespaceSelector = {} }: MatchResources, subject: Subject): boolean {
  return subject.namespace === '' || matchesLabelSelector(namespaceSelector, namespaceLabels(subject));
}

function namespaceLabels({ attributes, object, namespace }: Subject): Readonly<Record<string, string>> | undefined {
  if (isNamespace(resourceOf(attributes.call)) && attributes.call.request.subresource === '' && object) return object.metadata.labels;
  return lookUp(attributes, 'namespaces', '', namespace)?.metadata.labels;
}

function matchesObject({ objectSelector = {} }: MatchResources, { object, old }: Subject): boolean {
  return [object, old].some((each) => each !== undefined && matchesLabelSelector(objectSelector, each.metadata.labels));
}

/** The request's own resource first, then other versions of it. */
function versionsOf({ matchPolicy }: MatchResources, { attributes }: Subject): readonly Resource[] {
  const own = resourceOf(attributes.call);
  if (matchPolicy !== 'Equivalent') return [own];
  return [own, ...attributes.server.scheme.resources.filter((other) => other !== own && other.prefix === own.prefix)];
}

function includes(items: readonly string[] | undefined, wanted: string): boolean {
  return items !== undefined && (items.includes('*') || items.includes(wanted));
}

function matchesRule({ operations, apiGroups, apiVersions, resources = [], resourceNames = [], scope = '*' }: NamedRuleWithOperations, resource: Resource, subject: Subject): boolean {
  const { attributes, name, namespace } = subject;
  const { subresource } = attributes.call.request;
  const isClusterScoped = namespace === '' || isNamespace(resource);
  return includes(operations, attributes.operation) && includes(apiGroups, resource.group) && includes(apiVersions, resource.kind.version)
    && (scope === '*' || (scope === 'Cluster') === isClusterScoped)
    && resources.some((text) => matchesName(text, resource.resource, subresource))
    && (resourceNames.length === 0 || resourceNames.includes(name));
}

/** `pods`, `pods/log`, `pods/*`, `*`: all resources but no subresources. */
function matchesName(text: string, resource: string, subresource: string): boolean {
  const slash = text.indexOf('/');
  const wanted = slash < 0 ? text : text.slice(0, slash);
  const wantedSubresource = slash < 0 ? '' : text.slice(slash + 1);
  return (wanted === '*' || wanted === resource) && (wantedSubresource === '*' || wantedSubresource === subresource);
}
