// The resources that a recording watches.

export interface WatchedResource { readonly group: string; readonly version: string; readonly kind: string; readonly namespaced: boolean }

const namespaced = (group: string, version: string, kind: string): WatchedResource => ({ group, version, kind, namespaced: true });
const clusterWide = (group: string, version: string, kind: string): WatchedResource => ({ group, version, kind, namespaced: false });

/** By plural. */
export const WATCHED: Readonly<Record<string, WatchedResource>> = {
  namespaces: clusterWide('', 'v1', 'Namespace'),
  nodes: clusterWide('', 'v1', 'Node'),
  pods: namespaced('', 'v1', 'Pod'),
  services: namespaced('', 'v1', 'Service'),
  endpoints: namespaced('', 'v1', 'Endpoints'),
  replicationcontrollers: namespaced('', 'v1', 'ReplicationController'),
  persistentvolumeclaims: namespaced('', 'v1', 'PersistentVolumeClaim'),
  persistentvolumes: clusterWide('', 'v1', 'PersistentVolume'),
  serviceaccounts: namespaced('', 'v1', 'ServiceAccount'),
  configmaps: namespaced('', 'v1', 'ConfigMap'),
  secrets: namespaced('', 'v1', 'Secret'),
  limitranges: namespaced('', 'v1', 'LimitRange'),
  resourcequotas: namespaced('', 'v1', 'ResourceQuota'),
  events: namespaced('', 'v1', 'Event'),
  deployments: namespaced('apps', 'v1', 'Deployment'),
  replicasets: namespaced('apps', 'v1', 'ReplicaSet'),
  statefulsets: namespaced('apps', 'v1', 'StatefulSet'),
  daemonsets: namespaced('apps', 'v1', 'DaemonSet'),
  controllerrevisions: namespaced('apps', 'v1', 'ControllerRevision'),
  jobs: namespaced('batch', 'v1', 'Job'),
  cronjobs: namespaced('batch', 'v1', 'CronJob'),
  horizontalpodautoscalers: namespaced('autoscaling', 'v2', 'HorizontalPodAutoscaler'),
  poddisruptionbudgets: namespaced('policy', 'v1', 'PodDisruptionBudget'),
  endpointslices: namespaced('discovery.k8s.io', 'v1', 'EndpointSlice'),
  storageclasses: clusterWide('storage.k8s.io', 'v1', 'StorageClass'),
  priorityclasses: clusterWide('scheduling.k8s.io', 'v1', 'PriorityClass'),
  customresourcedefinitions: clusterWide('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'),
  apiservices: clusterWide('apiregistration.k8s.io', 'v1', 'APIService'),
};
