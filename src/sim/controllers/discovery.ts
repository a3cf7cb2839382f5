// What controllers learn from the API server's discovery documents: which resources there are, and how kinds map to them.
import { apiVersionOf } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/meta.ts';

export interface Resource {
  readonly gvr: GroupVersionResource;
  readonly kind: string;
  readonly namespaced: boolean;
}

const resource = (group: string, version: string, plural: string, kind: string, namespaced = true): Resource =>
  ({ gvr: { group, version, resource: plural }, kind, namespaced });

/** Resources with the verbs delete, list and watch. */
export const RESOURCES: readonly Resource[] = [
  resource('', 'v1', 'configmaps', 'ConfigMap'),
  resource('', 'v1', 'endpoints', 'Endpoints'),
  resource('', 'v1', 'events', 'Event'),
  resource('', 'v1', 'limitranges', 'LimitRange'),
  resource('', 'v1', 'namespaces', 'Namespace', false),
  resource('', 'v1', 'nodes', 'Node', false),
  resource('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  resource('', 'v1', 'persistentvolumes', 'PersistentVolume', false),
  resource('', 'v1', 'pods', 'Pod'),
  resource('', 'v1', 'replicationcontrollers', 'ReplicationController'),
  resource('', 'v1', 'resourcequotas', 'ResourceQuota'),
  resource('', 'v1', 'secrets', 'Secret'),
  resource('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  resource('', 'v1', 'services', 'Service'),
  resource('apps', 'v1', 'controllerrevisions', 'ControllerRevision'),
  resource('apps', 'v1', 'daemonsets', 'DaemonSet'),
  resource('apps', 'v1', 'deployments', 'Deployment'),
  resource('apps', 'v1', 'replicasets', 'ReplicaSet'),
  resource('apps', 'v1', 'statefulsets', 'StatefulSet'),
  resource('batch', 'v1', 'cronjobs', 'CronJob'),
  resource('batch', 'v1', 'jobs', 'Job'),
  resource('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  resource('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  resource('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  resource('scheduling.k8s.io', 'v1', 'priorityclasses', 'PriorityClass', false),
  resource('storage.k8s.io', 'v1', 'csidrivers', 'CSIDriver', false),
  resource('storage.k8s.io', 'v1', 'csinodes', 'CSINode', false),
  resource('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', false),
  resource('storage.k8s.io', 'v1', 'volumeattachments', 'VolumeAttachment', false),
];

const byKind = new Map(RESOURCES.map((entry) => [`${apiVersionOf(entry.gvr.group, entry.gvr.version)}/${entry.kind}`, entry]));

/** The REST mapping of a kind; undefined if the server has no such kind. */
export function resourceOf(apiVersion: string, kind: string): Resource | undefined {
  return byKind.get(`${apiVersion}/${kind}`);
}
