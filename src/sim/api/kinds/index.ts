// All kinds that the API serves. A new kind is one file here and one line in this list.
import type { Kind } from '../kind.ts';
import { apiServiceKind } from './api-service.ts';
import { certificateSigningRequestKind } from './certificate-signing-request.ts';
import { configMapKind } from './config-map.ts';
import { controllerRevisionKind } from './controller-revision.ts';
import { cronJobKind } from './cron-job.ts';
import { csiDriverKind } from './csi-driver.ts';
import { csiNodeKind } from './csi-node.ts';
import { csiStorageCapacityKind } from './csi-storage-capacity.ts';
import { customResourceDefinitionKind } from './custom-resource-definition.ts';
import { daemonSetKind } from './daemon-set.ts';
import { deploymentKind } from './deployment.ts';
import { deviceClassKind, resourceClaimKind, resourceClaimTemplateKind, resourceSliceKind } from './dynamic-resources.ts';
import { endpointSliceKind } from './endpoint-slice.ts';
import { endpointsKind } from './endpoints.ts';
import { eventKind } from './event.ts';
import { eventsEventKind } from './events-event.ts';
import { horizontalPodAutoscalerV1Kind } from './horizontal-pod-autoscaler-v1.ts';
import { horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler.ts';
import { ingressClassKind } from './ingress-class.ts';
import { ingressKind } from './ingress.ts';
import { jobKind } from './job.ts';
import { leaseKind } from './lease.ts';
import { limitRangeKind } from './limit-range.ts';
import { namespaceKind } from './namespace.ts';
import { networkPolicyKind } from './network-policy.ts';
import { notSimulated } from './not-simulated.ts';
import { nodeKind } from './node.ts';
import { persistentVolumeClaimKind } from './persistent-volume-claim.ts';
import { persistentVolumeKind } from './persistent-volume.ts';
import { podDisruptionBudgetKind } from './pod-disruption-budget.ts';
import { podTemplateKind } from './pod-template.ts';
import { podKind } from './pod.ts';
import { flowSchemaKind } from './flow-schema.ts';
import { priorityClassKind } from './priority-class.ts';
import { priorityLevelConfigurationKind } from './priority-level-configuration.ts';
import { clusterRoleBindingKind, clusterRoleKind, roleBindingKind, roleKind } from './rbac.ts';
import { replicaSetKind } from './replica-set.ts';
import { replicationControllerKind } from './replication-controller.ts';
import { resourceQuotaKind } from './resource-quota.ts';
import { runtimeClassKind } from './runtime-class.ts';
import { secretKind } from './secret.ts';
import { serviceAccountKind } from './service-account.ts';
import { ipAddressKind, serviceCidrKind } from './service-cidr.ts';
import { serviceKind } from './service.ts';
import { statefulSetKind } from './stateful-set.ts';
import { storageClassKind } from './storage-class.ts';
import { validatingAdmissionPolicyBindingKind, validatingAdmissionPolicyKind } from './validating-admission-policy.ts';
import { volumeAttachmentKind } from './volume-attachment.ts';
import { volumeAttributesClassKind } from './volume-attributes-class.ts';

export const allKinds: readonly Kind[] = [
  configMapKind,
  endpointsKind,
  eventKind,
  limitRangeKind,
  namespaceKind,
  nodeKind,
  persistentVolumeKind,
  persistentVolumeClaimKind,
  podKind,
  podTemplateKind,
  replicationControllerKind,
  resourceQuotaKind,
  secretKind,
  serviceKind,
  serviceAccountKind,
  controllerRevisionKind,
  daemonSetKind,
  deploymentKind,
  replicaSetKind,
  statefulSetKind,
  horizontalPodAutoscalerKind,
  horizontalPodAutoscalerV1Kind,
  cronJobKind,
  certificateSigningRequestKind,
  jobKind,
  leaseKind,
  endpointSliceKind,
  eventsEventKind,
  ipAddressKind,
  ingressKind,
  ingressClassKind,
  networkPolicyKind,
  serviceCidrKind,
  podDisruptionBudgetKind,
  runtimeClassKind,
  clusterRoleKind,
  clusterRoleBindingKind,
  roleKind,
  roleBindingKind,
  deviceClassKind,
  resourceClaimKind,
  resourceClaimTemplateKind,
  resourceSliceKind,
  flowSchemaKind,
  priorityClassKind,
  priorityLevelConfigurationKind,
  csiNodeKind,
  csiDriverKind,
  csiStorageCapacityKind,
  storageClassKind,
  volumeAttachmentKind,
  volumeAttributesClassKind,
  customResourceDefinitionKind,
  validatingAdmissionPolicyKind,
  validatingAdmissionPolicyBindingKind,
  apiServiceKind,
  ...notSimulated.map(({ kind }) => kind),
];

const resources = new Map(allKinds.map((kind) => [`${kind.group}/${kind.version}/${kind.plural}`, kind]));
const kinds = new Map(allKinds.map((kind) => [`${kind.group === '' ? '' : `${kind.group}/`}${kind.version} ${kind.kind}`, kind]));

/** The kind behind a resource: `('apps', 'v1', 'deployments')`. */
export function byResource(group: string, version: string, plural: string): Kind | undefined {
  return resources.get(`${group}/${version}/${plural}`);
}

/** The kind of objects with this apiVersion and kind: `('apps/v1', 'Deployment')`. */
export function byKind(apiVersion: string, kind: string): Kind | undefined {
  return kinds.get(`${apiVersion} ${kind}`);
}
