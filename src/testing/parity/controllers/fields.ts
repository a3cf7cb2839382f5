// Which fields of an object tell its story. A trajectory is the sequence of distinct consecutive values of these.
import type {
  APIService, ConfigMap, ControllerRevision, CronJob, CustomResourceDefinition, DaemonSet, Deployment, Endpoints, EndpointSlice,
  HorizontalPodAutoscaler, Job, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodDisruptionBudget, ReplicaSet,
  ReplicationController, ResourceQuota, Secret, Service, StatefulSet,
} from '../../../sim/api/generated/types.ts';
import type { ApiObject } from '../../../sim/api/meta.ts';
import type { Plain } from './json.ts';
import { controllerOf } from './names.ts';

interface ConditionLine { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }
type Conditioned = { readonly status?: { readonly conditions?: readonly ConditionLine[] } };

const REVISION = 'deployment.kubernetes.io/revision';
/** Conditions of pods that say nothing beyond phase and Ready. */
const PLUMBING = ['Initialized', 'PodReadyToStart', 'ContainersReady'];

function conditions(object: Conditioned): readonly string[] {
  return (object.status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status}${reason ? `/${reason}` : ''}`).sort();
}

function wordyConditions(object: Conditioned): readonly string[] {
  return (object.status?.conditions ?? []).map(({ type, status, reason, message }) => `${type}=${status}/${reason}: ${message}`).sort();
}

const deleting = (object: ApiObject): true | undefined => (object.metadata.deletionTimestamp ? true : undefined);
const annotation = (object: ApiObject, key: string): string | undefined => object.metadata.annotations?.[key];
const life = (object: ApiObject): Plain => ({ deleting: deleting(object), finalizers: object.metadata.finalizers });

function owner(object: ApiObject): string | undefined {
  const controller = controllerOf(object);
  return controller && `${controller.kind}/${controller.name}`;
}

function generations(object: ApiObject & { readonly status?: { readonly observedGeneration?: number } }): Plain {
  return { generation: object.metadata.generation, observed: object.status?.observedGeneration ?? 0 };
}

function replicaCounts(status: { readonly replicas?: number; readonly readyReplicas?: number; readonly availableReplicas?: number } | undefined): Plain {
  return { replicas: status?.replicas ?? 0, ready: status?.readyReplicas ?? 0, available: status?.availableReplicas ?? 0 };
}

interface Port { readonly name?: string; readonly port?: number; readonly protocol?: string }
const portLine = ({ name, port, protocol }: Port): string => `${name ?? ''}:${port ?? ''}/${protocol ?? 'TCP'}`;

function tally(words: readonly string[]): Plain {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function pod(object: Pod): Plain {
  const { spec, status } = object;
  const containers = status?.containerStatuses;
  return {
    phase: status?.phase,
    conditions: conditions(object).filter((line) => !PLUMBING.some((type) => line.startsWith(type))),
    reason: status?.reason,
    bound: Boolean(spec?.nodeName),
    restarts: containers?.reduce((sum, container) => sum + container.restartCount, 0) || undefined,
    waiting: containers?.map((container) => container.state?.waiting?.reason).filter(Boolean),
    nominated: status?.nominatedNodeName,
    owner: owner(object),
    gates: spec?.schedulingGates?.map((gate) => gate.name),
    ...life(object),
  };
}

function node(object: Node): Plain {
  const taints = (object.spec?.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
  return { conditions: conditions(object), taints: taints.sort(), unschedulable: object.spec?.unschedulable, deleting: deleting(object) };
}

function namespace(object: Namespace): Plain {
  return { phase: object.status?.phase, finalizers: object.spec?.finalizers, metaFinalizers: object.metadata.finalizers, conditions: wordyConditions(object) };
}

function deployment(object: Deployment): Plain {
  const { spec, status } = object;
  return {
    ...generations(object), ...replicaCounts(status), ...life(object),
    want: spec?.replicas, updated: status?.updatedReplicas ?? 0, unavailable: status?.unavailableReplicas ?? 0, terminating: status?.terminatingReplicas,
    conditions: conditions(object), revision: annotation(object, REVISION), paused: spec?.paused, collisions: status?.collisionCount,
  };
}

function replicaSet(object: ReplicaSet): Plain {
  return {
    ...replicaCounts(object.status), ...life(object),
    want: object.spec?.replicas, terminating: object.status?.terminatingReplicas, conditions: conditions(object), owner: owner(object),
    revision: annotation(object, REVISION), revisionHistory: annotation(object, `${REVISION}-history`),
    desired: annotation(object, 'deployment.kubernetes.io/desired-replicas'), max: annotation(object, 'deployment.kubernetes.io/max-replicas'),
  };
}

function replicationController(object: ReplicationController): Plain {
  return { ...replicaCounts(object.status), ...life(object), want: object.spec?.replicas, conditions: conditions(object) };
}

function statefulSet(object: StatefulSet): Plain {
  const { status } = object;
  return {
    ...generations(object), ...replicaCounts(status), ...life(object),
    want: object.spec?.replicas, current: status?.currentReplicas ?? 0, updated: status?.updatedReplicas ?? 0,
    currentRevision: status?.currentRevision, updateRevision: status?.updateRevision,
  };
}

function daemonSet(object: DaemonSet): Plain {
  const { status } = object;
  return {
    ...generations(object), ...life(object),
    desired: status?.desiredNumberScheduled, current: status?.currentNumberScheduled, ready: status?.numberReady, available: status?.numberAvailable ?? 0,
    unavailable: status?.numberUnavailable ?? 0, updated: status?.updatedNumberScheduled ?? 0, misscheduled: status?.numberMisscheduled,
  };
}

function job(object: Job): Plain {
  const { spec, status } = object;
  return {
    suspend: spec?.suspend || undefined, parallelism: spec?.parallelism, active: status?.active ?? 0, ready: status?.ready ?? 0,
    terminating: status?.terminating ?? 0, succeeded: status?.succeeded ?? 0, failed: status?.failed ?? 0, completed: status?.completedIndexes,
    failedIndexes: status?.failedIndexes, conditions: conditions(object), started: Boolean(status?.startTime),
    completionTime: status?.completionTime ? true : undefined, ...life(object),
  };
}

function cronJob({ spec, status }: CronJob): Plain {
  return {
    suspend: spec?.suspend, active: (status?.active ?? []).map((reference) => reference.name), lastSchedule: Boolean(status?.lastScheduleTime),
    lastSuccessful: Boolean(status?.lastSuccessfulTime),
  };
}

function horizontalPodAutoscaler(object: HorizontalPodAutoscaler): Plain {
  const { spec, status } = object;
  const metrics = (status?.currentMetrics ?? []).map((metric) => {
    const resource = metric.resource ?? metric.containerResource;
    return resource ? `${resource.name} utilization=${resource.current.averageUtilization ?? '-'} average=${resource.current.averageValue ?? '-'}` : metric.type;
  });
  return { min: spec?.minReplicas, max: spec?.maxReplicas, current: status?.currentReplicas, desired: status?.desiredReplicas, metrics, conditions: conditions(object) };
}

function podDisruptionBudget(object: PodDisruptionBudget): Plain {
  const { status } = object;
  return {
    currentHealthy: status?.currentHealthy, desiredHealthy: status?.desiredHealthy, disruptionsAllowed: status?.disruptionsAllowed,
    expectedPods: status?.expectedPods, disrupted: Object.keys(status?.disruptedPods ?? {}).length || undefined, conditions: conditions(object),
  };
}

function persistentVolumeClaim(object: PersistentVolumeClaim): Plain {
  const { spec, status } = object;
  return {
    phase: status?.phase, volume: spec?.volumeName, class: spec?.storageClassName, capacity: status?.capacity?.['storage'], modes: status?.accessModes,
    selectedNode: annotation(object, 'volume.kubernetes.io/selected-node'), bindCompleted: annotation(object, 'pv.kubernetes.io/bind-completed'),
    boundByController: annotation(object, 'pv.kubernetes.io/bound-by-controller'),
    owners: (object.metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind}/${name}`), conditions: conditions(object), ...life(object),
  };
}

function persistentVolume(object: PersistentVolume): Plain {
  const { spec, status } = object;
  const claim = spec?.claimRef;
  return {
    phase: status?.phase, claim: claim && `${claim.namespace}/${claim.name}`, claimHasUid: claim && Boolean(claim.uid),
    reclaim: spec?.persistentVolumeReclaimPolicy, reason: status?.reason, message: status?.message,
    boundByController: annotation(object, 'pv.kubernetes.io/bound-by-controller'), ...life(object),
  };
}

function endpoints(object: Endpoints): Plain {
  return {
    subsets: (object.subsets ?? []).map((subset) => ({
      ready: subset.addresses?.length ?? 0, notReady: subset.notReadyAddresses?.length ?? 0, ports: (subset.ports ?? []).map(portLine),
    })),
    annotations: Object.keys(object.metadata.annotations ?? {}).filter((key) => !key.includes('last-change')).sort(),
    labels: Object.keys(object.metadata.labels ?? {}).sort(),
  };
}

function endpointSlice(object: EndpointSlice): Plain {
  const states = (object.endpoints ?? []).map(({ conditions: c }) => `ready=${c?.ready ?? '-'} serving=${c?.serving ?? '-'} terminating=${c?.terminating ?? '-'}`);
  return {
    addressType: object.addressType, ports: (object.ports ?? []).map(portLine), states: tally(states),
    managedBy: object.metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
  };
}

function service(object: Service): Plain {
  const { spec } = object;
  return {
    type: spec?.type, clusterIP: spec?.clusterIP === 'None' ? 'None' : spec?.clusterIP ? 'set' : undefined, selector: spec?.selector,
    ports: (spec?.ports ?? []).map(({ name, port, targetPort, protocol }) => `${name ?? ''}:${port}->${targetPort}/${protocol}`), ...life(object),
  };
}

function custom(object: ApiObject & { readonly spec?: unknown; readonly status?: unknown }): Plain {
  return { generation: object.metadata.generation, spec: object.spec, status: object.status, ...life(object) };
}

const present = (): Plain => ({ present: true });
/** A reader of one kind behind the type of all objects; the table's key says which kind it is. */
type Reader = (object: ApiObject) => Plain;
const reader = <T extends ApiObject>(read: (object: T) => Plain): Reader => (object) => read(object as T);

const READERS: Readonly<Record<string, Reader>> = {
  pods: reader(pod),
  nodes: reader(node),
  namespaces: reader(namespace),
  deployments: reader(deployment),
  replicasets: reader(replicaSet),
  replicationcontrollers: reader(replicationController),
  statefulsets: reader(statefulSet),
  daemonsets: reader(daemonSet),
  jobs: reader(job),
  cronjobs: reader(cronJob),
  horizontalpodautoscalers: reader(horizontalPodAutoscaler),
  poddisruptionbudgets: reader(podDisruptionBudget),
  persistentvolumeclaims: reader(persistentVolumeClaim),
  persistentvolumes: reader(persistentVolume),
  endpoints: reader(endpoints),
  endpointslices: reader(endpointSlice),
  services: reader(service),
  serviceaccounts: (object) => ({ present: true, deleting: deleting(object) }),
  configmaps: reader((object: ConfigMap) => ({ keys: Object.keys(object.data ?? {}).sort(), ...life(object) })),
  secrets: reader((object: Secret) => ({ type: object.type, keys: Object.keys(object.data ?? {}).sort(), finalizers: object.metadata.finalizers })),
  limitranges: present,
  resourcequotas: reader(({ status }: ResourceQuota) => ({ hard: status?.hard, used: status?.used })),
  controllerrevisions: reader((object: ControllerRevision) => ({ revision: object.revision, owner: owner(object) })),
  storageclasses: present,
  priorityclasses: present,
  customresourcedefinitions: reader((object: CustomResourceDefinition) => ({ conditions: conditions(object), ...life(object) })),
  apiservices: reader((object: APIService) => ({ conditions: conditions(object) })),
};

/** The telling fields of an object, without those that are unset or empty. */
export function keyFields(plural: string, object: ApiObject): Plain {
  const fields = (READERS[plural] ?? custom)(object);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)));
}
