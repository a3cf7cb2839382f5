import type { PersistentVolumeClaim, Pod, PodSpec } from '../../../api/generated/types.ts';
import { parseFieldSelector } from '../../../api/selectors.ts';
import { cacheNamed } from '../../server.ts';
import type { Server } from '../../server.ts';
import type { Attributes, Decision } from './authorizer.ts';
import { bootstrapObjects, ruleAllows } from './rules.ts';

const ALLOWED: Decision = { allowed: true, authorizer: 'Node', reason: 'Node: own objects of a node' };
const PREFIX = 'system:node:';

function noOpinion(reason: string): Decision {
  return { allowed: false, authorizer: 'Node', reason };
}

/**
 * Models the Node authorizer: a kubelet may read what its own pods need, and write its own node, lease, pods' status.
 * undefined: not a node. (That a node does not write another one's objects is NodeRestriction's affair.)
 */
export function nodeDecision(server: Server, attributes: Attributes): Decision | undefined {
  const { user } = attributes;
  if (!user.name.startsWith(PREFIX) || !user.groups.includes('system:nodes')) return undefined;
  const node = user.name.slice(PREFIX.length);
  switch (attributes.group === '' ? attributes.resource : `${attributes.resource}.${attributes.group}`) {
    case 'secrets': case 'configmaps': return readByPods(server, node, attributes);
    case 'persistentvolumeclaims': case 'persistentvolumes': case 'volumeattachments.storage.k8s.io': return getByPods(server, node, attributes);
    case 'serviceaccounts': return serviceAccount(server, node, attributes);
    case 'leases.coordination.k8s.io': return ownLease(node, attributes);
    case 'csinodes.storage.k8s.io': return ownNamed(node, attributes, 'CSINode');
    case 'nodes': return ownNode(node, attributes);
    case 'pods': return ownPods(server, node, attributes);
    default: return uniform(attributes);
  }
}

function uniform(attributes: Attributes): Decision {
  const role = bootstrapObjects().clusterRoles.find(({ metadata }) => metadata.name === 'system:node');
  return (role?.rules ?? []).some((rule) => ruleAllows(rule, attributes)) ? ALLOWED : noOpinion('');
}

function ownNode(node: string, { verb, subresource, name }: Attributes): Decision {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOWED : noOpinion('');
  if (subresource !== '') return noOpinion('');
  switch (verb) {
    case 'create': case 'update': case 'patch': return ALLOWED;
    case 'get': case 'list': case 'watch':
      if (name === node) return ALLOWED;
      return noOpinion(name === '' ? `node '${node}' cannot read all nodes, only its own Node object` : `node '${node}' cannot read '${name}', only its own Node object`);
    default: return noOpinion('');
  }
}

function ownPods(server: Server, node: string, attributes: Attributes): Decision {
  const { verb, subresource, name } = attributes;
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOWED : noOpinion('');
  if (subresource === 'eviction') return verb === 'create' ? ALLOWED : noOpinion('');
  if (subresource !== '') return noOpinion('');
  switch (verb) {
    case 'create': case 'delete': return ALLOWED;
    case 'get': return related(server, node, attributes);
    case 'list': case 'watch':
      if (selectsNode(attributes.fieldSelector, node)) return ALLOWED;
      return name === '' ? noOpinion('can only list/watch pods with spec.nodeName field selector') : related(server, node, attributes);
    default: return noOpinion('');
  }
}

function selectsNode(fieldSelector: string | undefined, node: string): boolean {
  if (fieldSelector === undefined) return false;
  if (fieldSelector === `spec.nodeName=${node}`) return true;
  return parseFieldSelector(fieldSelector).some(({ field, value, negated }) => field === 'spec.nodeName' && value === node && !negated);
}

function ownLease(node: string, attributes: Attributes): Decision {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(attributes.verb)) return noOpinion('can only get, create, update, patch, or delete a node lease');
  if (attributes.namespace !== 'kube-node-lease') return noOpinion('can only access leases in the "kube-node-lease" system namespace');
  return attributes.verb === 'create' || attributes.name === node ? ALLOWED : noOpinion('can only access node lease with the same name as the requesting node');
}

function ownNamed(node: string, { verb, name, subresource }: Attributes, kind: string): Decision {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return noOpinion(`can only get, create, update, patch, or delete a ${kind}`);
  if (subresource !== '') return noOpinion(`cannot authorize ${kind} subresources`);
  return verb === 'create' || name === node ? ALLOWED : noOpinion(`can only access ${kind} with the same name as the requesting node`);
}

function readByPods(server: Server, node: string, attributes: Attributes): Decision {
  if (!['get', 'list', 'watch'].includes(attributes.verb)) return noOpinion('can only read resources of this type');
  if (attributes.subresource !== '') return noOpinion('cannot read subresource');
  if (attributes.namespace === '') return noOpinion('can only read namespaced object of this type');
  return related(server, node, attributes);
}

function getByPods(server: Server, node: string, attributes: Attributes): Decision {
  const { verb, resource, subresource } = attributes;
  if (resource === 'persistentvolumeclaims' && subresource === 'status') return verb === 'update' || verb === 'patch' ? related(server, node, attributes) : noOpinion('can only get/update/patch this type');
  if (verb !== 'get') return noOpinion('can only get individual resources of this type');
  return subresource === '' ? related(server, node, attributes) : noOpinion('cannot get subresource');
}

function serviceAccount(server: Server, node: string, attributes: Attributes): Decision {
  const { verb, subresource, name } = attributes;
  if (verb === 'get' && subresource === '') return related(server, node, attributes);
  if (verb !== 'create' || name === '') return noOpinion('can only create tokens for individual service accounts');
  return subresource === 'token' ? related(server, node, attributes) : noOpinion('can only create token subresource of serviceaccount');
}

/** Whether a pod of the node leads to the object; the node's pods are few, so no graph is kept. */
function related(server: Server, node: string, attributes: Attributes): Decision {
  if (attributes.name === '') return noOpinion('No Object name found');
  const pods = cacheNamed(server, 'pods')?.list({ namespace: '', name: '', labels: undefined, fields: [{ field: 'spec.nodeName', value: node, negated: false }], view: undefined }) ?? [];
  const found = attributes.resource === 'volumeattachments' ? attachedTo(server, node, attributes.name) : (pods as readonly Pod[]).some((pod) => leadsTo(server, pod, attributes));
  return found ? ALLOWED : noOpinion(`no relationship found between node '${node}' and this object`);
}

function attachedTo(server: Server, node: string, name: string): boolean {
  const attachment = cacheNamed(server, 'volumeattachments.storage.k8s.io')?.get('', name) as { readonly spec?: { readonly nodeName?: string } } | undefined;
  return attachment?.spec?.nodeName === node;
}

function leadsTo(server: Server, { metadata, spec }: Pod, { resource, namespace, name }: Attributes): boolean {
  if (!spec || (metadata.namespace !== namespace && resource !== 'persistentvolumes')) return false;
  switch (resource) {
    case 'pods': return metadata.name === name;
    case 'serviceaccounts': return spec.serviceAccountName === name;
    case 'secrets': return secretsOf(spec).has(name);
    case 'configmaps': return configMapsOf(spec).has(name);
    case 'persistentvolumeclaims': return claimsOf(metadata.name ?? '', spec).has(name);
    case 'persistentvolumes': return [...claimsOf(metadata.name ?? '', spec)].some((claim) => volumeOf(server, metadata.namespace ?? '', claim) === name);
    default: return false;
  }
}

function volumeOf(server: Server, namespace: string, claim: string): string | undefined {
  const found = cacheNamed(server, 'persistentvolumeclaims')?.get(namespace, claim) as PersistentVolumeClaim | undefined;
  return found?.spec?.volumeName;
}

function claimsOf(pod: string, { volumes = [] }: PodSpec): ReadonlySet<string> {
  return new Set(volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }) => [persistentVolumeClaim?.claimName, ephemeral ? `${pod}-${name}` : undefined]).filter((name) => name !== undefined));
}

function secretsOf(spec: PodSpec): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name } of spec.imagePullSecrets ?? []) if (name) names.add(name);
  for (const { secret, projected, csi } of spec.volumes ?? []) {
    for (const name of [secret?.secretName, csi?.nodePublishSecretRef?.name, ...(projected?.sources ?? []).map((source) => source.secret?.name)]) if (name) names.add(name);
  }
  for (const { env = [], envFrom = [] } of containersOf(spec)) {
    for (const name of [...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name), ...envFrom.map(({ secretRef }) => secretRef?.name)]) if (name) names.add(name);
  }
  return names;
}

function configMapsOf(spec: PodSpec): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { configMap, projected } of spec.volumes ?? []) {
    for (const name of [configMap?.name, ...(projected?.sources ?? []).map((source) => source.configMap?.name)]) if (name) names.add(name);
  }
  for (const { env = [], envFrom = [] } of containersOf(spec)) {
    for (const name of [...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name), ...envFrom.map(({ configMapRef }) => configMapRef?.name)]) if (name) names.add(name);
  }
  return names;
}

type ContainerRefs = Pick<PodSpec['containers'][number], 'env' | 'envFrom'>;

function containersOf(spec: PodSpec): readonly ContainerRefs[] {
  return [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
}
