// Attaches volumes to the nodes of the pods that use them, and detaches them when those are done (models
// volume/attachdetach with the CSI plugin: an attachment is a VolumeAttachment that the driver's attacher carries out).
import { CowMap, CowMultiMap } from '../../../base/cow-map.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttachment } from '../../api/generated/types.ts';
import { keyFor } from '../../api/meta.ts';
import type { Change } from '../../client/informer.ts';
import type { Controller, Enqueue, Scope } from '../controller.ts';
import { attachedTo, onWritten, syncPair } from './sync.ts';
import type { Progress, State } from './sync.ts';
import { isHealthy, isOutOfService, nodesOfClaim, pairOf, volumesOfPod } from './volumes.ts';

/** The reconciler looks ten times a second. */
const LOOP_US = 100_000;

export const attachDetachController: Controller<State, Progress> = {
  name: 'persistentvolume-attach-detach-controller',
  serviceAccount: 'attachdetach-controller',
  eventSource: 'attachdetach-controller',
  watches: ['pods', 'nodes', 'persistentvolumes', 'persistentvolumeclaims', 'volumeattachments', 'csidrivers'],
  workers: 10,
  init: () => ({ attachments: new CowMap(), nodes: new CowMultiMap() }),
  clone: ({ attachments, nodes }) => ({ attachments: attachments.clone(), nodes: nodes.clone() }),
  onChange(change, state, scope, enqueue) {
    switch (change.informer) {
      case 'pods': onPod(change, scope, enqueue); return;
      case 'persistentvolumeclaims': onClaim(change.object as PersistentVolumeClaim, scope, enqueue); return;
      case 'persistentvolumes': onVolume(change.object as PersistentVolume, scope, enqueue); return;
      case 'volumeattachments': onAttachment(change, scope, enqueue); return;
      case 'nodes': onNode(change, state, enqueue);
    }
  },
  reconcile: (pair, state, scope) => syncPair(pair, state, scope),
  proceed: (pair, progress, results, state) => onWritten(pair, progress, results, state),
};

/** Until the reconciler's next look. */
function untilLoop({ nowUs }: Scope): number {
  return LOOP_US - (nowUs % LOOP_US);
}

function onPod({ type, object, old }: Change, scope: Scope, enqueue: Enqueue): void {
  const pod = object as Pod;
  const { nodeName = '' } = pod.spec ?? {};
  if (nodeName === '') return;
  const before = old as Pod | undefined;
  // Being bound, finishing and disappearing are what matters.
  if (type === 'updated' && before?.spec?.nodeName === nodeName && before.status?.phase === pod.status?.phase) return;
  volumesOfPod(pod, scope, (volume) => enqueue(pairOf(nodeName, volume), untilLoop(scope)));
}

function onClaim(claim: PersistentVolumeClaim, scope: Scope, enqueue: Enqueue): void {
  const { volumeName = '' } = claim.spec ?? {};
  if (volumeName !== '') nodesOfClaim(claim, scope, (node) => enqueue(pairOf(node, volumeName), untilLoop(scope)));
}

function onVolume({ metadata, spec }: PersistentVolume, scope: Scope, enqueue: Enqueue): void {
  const { namespace, name = '' } = spec?.claimRef ?? {};
  if (spec?.csi && name !== '') nodesOfClaim(keyFor(namespace, name), scope, (node) => enqueue(pairOf(node, metadata.name ?? ''), untilLoop(scope)));
}

function onAttachment({ type, object }: Change, scope: Scope, enqueue: Enqueue): void {
  const { spec } = object as VolumeAttachment;
  const volume = spec.source.persistentVolumeName ?? '';
  enqueue(pairOf(spec.nodeName, volume));
  if (type !== 'deleted') return;
  // Another node may have waited for it.
  const { namespace, name = '' } = (scope.informer('persistentvolumes').get(volume) as PersistentVolume | undefined)?.spec?.claimRef ?? {};
  if (name !== '') nodesOfClaim(keyFor(namespace, name), scope, (node) => enqueue(pairOf(node, volume), untilLoop(scope)));
}

function onNode({ object, old, type }: Change, state: State, enqueue: Enqueue): void {
  const node = object as Node;
  const before = old as Node | undefined;
  const attached = attachedTo(state, node.metadata.name ?? '');
  if (attached.length === 0) return;
  const same = type === 'updated' && before?.status?.volumesInUse === node.status?.volumesInUse && isHealthy(before) === isHealthy(node) && isOutOfService(before) === isOutOfService(node);
  if (!same) for (const pair of attached) enqueue(pair);
}
