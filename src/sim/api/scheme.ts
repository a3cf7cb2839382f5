// Which kinds the real server's Go schemes know. Only decode errors depend on it: a known kind at the wrong path is
// refused with other words than an unknown one.
import { openApiSchemas } from './schema.ts';
import { apiVersionOf } from './meta.ts';

const legacyScheme = 'pkg/api/legacyscheme/scheme.go:30';

/** The source line that "no kind … is registered" names. */
export function schemeOf(group: string): string {
  if (group === 'apiextensions.k8s.io') return 'k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:55';
  if (group === 'apiregistration.k8s.io') return 'k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:28';
  return legacyScheme;
}

/** Versions that are no longer served but still decodable. */
const retiredKinds: Readonly<Record<string, readonly string[]>> = {
  'apps/v1beta1': ['ControllerRevision', 'Deployment', 'Scale', 'StatefulSet'],
  'apps/v1beta2': ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'Scale', 'StatefulSet'],
  'extensions/v1beta1': ['DaemonSet', 'Deployment', 'Ingress', 'NetworkPolicy', 'ReplicaSet', 'Scale'],
  'batch/v1beta1': ['CronJob'],
  'autoscaling/v2beta1': ['HorizontalPodAutoscaler'],
  'autoscaling/v2beta2': ['HorizontalPodAutoscaler'],
  'policy/v1beta1': ['Eviction', 'PodDisruptionBudget'],
  'networking.k8s.io/v1beta1': ['IPAddress', 'Ingress', 'IngressClass', 'ServiceCIDR'],
  'discovery.k8s.io/v1beta1': ['EndpointSlice'],
  'events.k8s.io/v1beta1': ['Event'],
  'rbac.authorization.k8s.io/v1alpha1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'rbac.authorization.k8s.io/v1beta1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'scheduling.k8s.io/v1alpha1': ['PriorityClass'],
  'scheduling.k8s.io/v1beta1': ['PriorityClass'],
  'storage.k8s.io/v1alpha1': ['CSIStorageCapacity', 'VolumeAttachment', 'VolumeAttributesClass'],
  'storage.k8s.io/v1beta1': ['CSIDriver', 'CSINode', 'CSIStorageCapacity', 'StorageClass', 'VolumeAttachment', 'VolumeAttributesClass'],
  'coordination.k8s.io/v1beta1': ['Lease', 'LeaseCandidate'],
  'node.k8s.io/v1alpha1': ['RuntimeClass'],
  'node.k8s.io/v1beta1': ['RuntimeClass'],
  'certificates.k8s.io/v1beta1': ['CertificateSigningRequest', 'ClusterTrustBundle', 'PodCertificateRequest'],
  'admissionregistration.k8s.io/v1beta1': ['MutatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'ValidatingWebhookConfiguration'],
};
/** Registered for every group and version. */
const optionKinds = ['CreateOptions', 'DeleteOptions', 'GetOptions', 'ListOptions', 'PatchOptions', 'UpdateOptions', 'WatchEvent'];

let registered: Map<string, Set<string>> | undefined;

/** Whether a scheme of the real server knows this kind in this version. */
export function isRegistered(apiVersion: string, kind: string): boolean {
  registered ??= collect();
  return registered.get(apiVersion)?.has(kind) ?? false;
}

interface GroupVersionKind { readonly group: string; readonly version: string; readonly kind: string }

function collect(): Map<string, Set<string>> {
  const kinds = new Map<string, Set<string>>();
  const add = (apiVersion: string, names: readonly string[]): void => {
    const known = kinds.get(apiVersion) ?? new Set(optionKinds);
    for (const name of names) known.add(name);
    kinds.set(apiVersion, known);
  };
  for (const schema of Object.values(openApiSchemas())) {
    const served = (schema['x-kubernetes-group-version-kind'] ?? []) as unknown as readonly GroupVersionKind[];
    for (const { group, version, kind } of served) add(apiVersionOf(group, version), [kind]);
  }
  for (const [apiVersion, names] of Object.entries(retiredKinds)) add(apiVersion, names.flatMap((name) => [name, `${name}List`]));
  return kinds;
}
