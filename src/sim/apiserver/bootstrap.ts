// What every cluster starts with; the API server creates it itself when it has become ready.
import { DEFAULT_FLOW_SCHEMAS, DEFAULT_PRIORITY_LEVELS } from '../api/kinds/flow-control-defaults.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Context } from '../kernel/actor.ts';
import { hostAndPort, ownServiceAddress } from './config.ts';
import type { ServerConfig } from './config.ts';
import { builtInServices } from './definitions/api-services.ts';
import { keyIn } from './scheme.ts';
import { askOneself } from './own-requests.ts';
import { cacheNamed } from './server.ts';
import type { Server } from './server.ts';
import { bootstrapObjects } from './stages/authorization/rules.ts';

const LOOPBACK = /^(127\.|::1$)/;

function objectOf(apiVersion: string, kind: string, metadata: ApiObject['metadata'], content: object): ApiObject {
  return { apiVersion, kind, metadata, ...content };
}

const namespace = (name: string): ApiObject => objectOf('v1', 'Namespace', { name }, {});
const priorityClass = (name: string, value: number, description: string): ApiObject => objectOf('scheduling.k8s.io/v1', 'PriorityClass', { name }, { value, description });

const flowControl = (kind: string, name: string, spec: object): ApiObject => objectOf('flowcontrol.apiserver.k8s.io/v1', kind, { name, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } }, { spec });

/** The server's own Service and where it leads: nowhere, if that is an address that no endpoint may have. */
function ownService(config: ServerConfig): readonly ApiObject[] {
  const { host, port: targetPort } = hostAndPort(config);
  const address = ownServiceAddress(config);
  const port = { name: 'https', port: targetPort, protocol: 'TCP' };
  const service =
    objectOf('v1', 'Service', { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } }, {
      spec: {
        type: 'ClusterIP', clusterIP: address, clusterIPs: [address], sessionAffinity: 'None',
        ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort }],
      },
    });
  if (LOOPBACK.test(host)) return [service];
  return [
    service,
    objectOf('v1', 'Endpoints', { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }, {
      subsets: [{ addresses: [{ ip: host }], ports: [port] }],
    }),
    objectOf('discovery.k8s.io/v1', 'EndpointSlice', { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } }, {
      addressType: 'IPv4', endpoints: [{ addresses: [host], conditions: { ready: true } }], ports: [port],
    }),
  ];
}

/** In batches: each waits until the one before is stored. */
function batches(config: ServerConfig): readonly (readonly ApiObject[])[] {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapObjects();
  return [
    ['kube-system', 'kube-public', 'kube-node-lease', 'default'].map(namespace),
    [
      priorityClass('system-node-critical', 2_000_001_000, 'Used for system critical pods that must not be moved from their current node.'),
      priorityClass('system-cluster-critical', 2_000_000_000, 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.'),
      ...DEFAULT_PRIORITY_LEVELS.map(({ name, spec }) => flowControl('PriorityLevelConfiguration', name, spec)),
      ...ownService(config), ...builtInServices(), ...clusterRoles, ...clusterRoleBindings, ...roles, ...roleBindings,
    ],
    DEFAULT_FLOW_SCHEMAS.map(({ name, spec }) => flowControl('FlowSchema', name, spec)),
  ];
}

/** Begins with the next batch when nothing of the last one is missing. Objects that exist, or whose kind is not served, are left out. */
export function continueBootstrap(server: Server, ctx: Context): void {
  const all = batches(server.config);
  while (server.bootstrap.missing === 0 && server.bootstrap.batch < all.length) {
    for (const object of all[server.bootstrap.batch] ?? []) createOwn(server, object, ctx);
    server.bootstrap.batch++;
  }
}

function createOwn(server: Server, object: ApiObject, ctx: Context): void {
  const resource = server.scheme.resources.find(({ kind, group }) => kind.kind === object.kind && object.apiVersion === (group === '' ? kind.version : `${group}/${kind.version}`));
  if (!resource) return;
  const { namespace: where = '', name = '' } = object.metadata;
  if (cacheNamed(server, resource.name)?.getByKey(keyIn(resource, where, name))) return;
  server.bootstrap.missing++;
  askOneself(server, resource, { verb: 'create', namespace: where, body: object }, { step: 'bootstrap' }, ctx);
}
