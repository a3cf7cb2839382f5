import type { GroupVersionResource } from './meta.ts';

const gvr = (group: string, version: string, resource: string): GroupVersionResource => ({ group, version, resource });

export const NAMESPACES = gvr('', 'v1', 'namespaces');
export const NODES = gvr('', 'v1', 'nodes');
export const PODS = gvr('', 'v1', 'pods');
export const EVENTS = gvr('', 'v1', 'events');
export const CONFIG_MAPS = gvr('', 'v1', 'configmaps');
export const SECRETS = gvr('', 'v1', 'secrets');
export const SERVICE_ACCOUNTS = gvr('', 'v1', 'serviceaccounts');
export const SERVICES = gvr('', 'v1', 'services');
export const PERSISTENT_VOLUMES = gvr('', 'v1', 'persistentvolumes');
export const PERSISTENT_VOLUME_CLAIMS = gvr('', 'v1', 'persistentvolumeclaims');
export const REPLICATION_CONTROLLERS = gvr('', 'v1', 'replicationcontrollers');
export const DEPLOYMENTS = gvr('apps', 'v1', 'deployments');
export const REPLICA_SETS = gvr('apps', 'v1', 'replicasets');
export const STATEFUL_SETS = gvr('apps', 'v1', 'statefulsets');
export const POD_DISRUPTION_BUDGETS = gvr('policy', 'v1', 'poddisruptionbudgets');
export const LEASES = gvr('coordination.k8s.io', 'v1', 'leases');
export const ENDPOINT_SLICES = gvr('discovery.k8s.io', 'v1', 'endpointslices');
export const STORAGE_CLASSES = gvr('storage.k8s.io', 'v1', 'storageclasses');
export const CSI_NODES = gvr('storage.k8s.io', 'v1', 'csinodes');
export const CSI_DRIVERS = gvr('storage.k8s.io', 'v1', 'csidrivers');
export const VOLUME_ATTACHMENTS = gvr('storage.k8s.io', 'v1', 'volumeattachments');
