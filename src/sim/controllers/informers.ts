// The shared caches of kube-controller-manager: one watch per resource, whatever number of controllers listen.
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Indexer, InformerSpec } from '../client/informer.ts';
import { claimOfVolume } from '../scheduler/volumes.ts';
import { RESOURCES } from './discovery.ts';
import { controllerIndexValue } from './owners.ts';

const NONE: readonly string[] = [];

/** By namespace. */
const namespace: Indexer = (object) => [object.metadata.namespace ?? ''];
/** By controller, or by namespace for orphans: what a controller may own now or adopt (models PodControllerIndex). */
const controller: Indexer = (object) => [controllerIndexValue(object)];
const nodeName: Indexer = (object) => {
  const name = (object as ApiObject as Pod).spec?.nodeName;
  return name ? [name] : NONE;
};

/** Pods by the claims that their volumes use (models PodPVCIndex). */
const claim: Indexer = (object) => {
  const pod = object as ApiObject as Pod;
  const volumes = pod.spec?.volumes;
  if (!volumes) return NONE;
  let keys: string[] | undefined;
  for (const volume of volumes) {
    const used = claimOfVolume(pod, volume);
    if (used) (keys ??= []).push(`${pod.metadata.namespace ?? ''}/${used.name}`);
  }
  return keys ?? NONE;
};

/** Slices by the service that they are for. */
const service: Indexer = ({ metadata: { namespace: of, labels } }) => {
  const name = labels?.['kubernetes.io/service-name'];
  return name ? [`${of ?? ''}/${name}`] : NONE;
};

/** The VolumeAttributesClasses that a claim or a volume has, or shall get. */
export function attributesClassesOf({ spec, status }: PersistentVolume | PersistentVolumeClaim): readonly string[] {
  const wanted = spec?.volumeAttributesClassName;
  const { currentVolumeAttributesClassName: current, modifyVolumeStatus } = (status ?? {}) as NonNullable<PersistentVolumeClaim['status']>;
  if (!wanted && !current && !modifyVolumeStatus) return NONE;
  return [...new Set([wanted, current, modifyVolumeStatus?.targetVolumeAttributesClassName])].filter((name): name is string => name !== undefined && name !== '');
}
const attributesClass: Indexer = (object) => attributesClassesOf(object as ApiObject as PersistentVolume);

/** Indexes by plural; every namespaced resource has `namespace` besides. */
const INDEXERS: Readonly<Record<string, Readonly<Record<string, Indexer>>>> = {
  pods: { controller, nodeName, claim },
  replicasets: { controller },
  controllerrevisions: { controller },
  jobs: { controller },
  endpointslices: { service },
  persistentvolumes: { attributesClass },
  persistentvolumeclaims: { attributesClass },
};

/** The indexes of a custom resource. */
export const CUSTOM_INDEXERS: InformerSpec['indexers'] = { namespace };

/** What the informer of a resource watches; by plural. */
export const INFORMERS: ReadonlyMap<string, InformerSpec> = new Map(RESOURCES.map((resource) => {
  const name = resource.gvr.resource;
  const indexers = resource.namespaced ? { namespace, ...INDEXERS[name] } : INDEXERS[name] ?? {};
  return [name, { name, gvr: resource.gvr, indexers }];
}));
