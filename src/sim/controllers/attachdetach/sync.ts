// One volume at one node: attached if a pod there needs it, detached when none does and the node lets go of it.
import type { CowMap, CowMultiMap } from '../../../base/cow-map.ts';
import type { AttachedVolume, Node, PersistentVolume, Pod, VolumeAttachment } from '../../api/generated/types.ts';
import { NODES, VOLUME_ATTACHMENTS } from '../../api/resources.ts';
import { createRequest, deleteRequest, patchRequest } from '../../client/requests.ts';
import { errorText, isAlreadyExists, isNotFound, isSuccess } from '../api-errors.ts';
import type { EventDraft, PlanExplanation, Round, Scope, Write, WriteResult } from '../controller.ts';
import { END, onlyResult, write } from '../writes.ts';
import { attachmentName, isAttachable, isHealthy, isManaged, isOutOfService, isShared, pairOf, podsOf, splitPair, uniqueName } from './volumes.ts';

/** How long a node that does not answer may keep a volume (maxWaitForUnmountDuration). */
const UNMOUNT_WAIT_US = 360_000_000;
/** Another operation on the same volume is under way. */
const PENDING_US = 500_000;

/** What the controller believes about one volume at one node. Immutable. */
interface Attachment {
  readonly phase: 'attaching' | 'attached' | 'detaching';
  readonly uniqueName: string;
  readonly attachmentName: string;
  /** The node still uses it, as it last said. */
  readonly mounted: boolean;
  /** When detaching was first wanted; 0: it is not. */
  readonly detachSinceUs: number;
  /** The error of the attacher that pods have been told. */
  readonly reported: string;
}

export interface State {
  readonly attachments: CowMap<Attachment>;
  /** Node → pairs; and volume (with `volume:` in front) → pairs. */
  readonly nodes: CowMultiMap<true>;
}

export type Progress =
  | { readonly step: 'create' }
  | { readonly step: 'report' }
  | { readonly step: 'unreport'; readonly attachment: Attachment }
  | { readonly step: 'delete' };

const VOLUME = 'volume:';
/** Bucket of pairs whose pods were told that the volume is elsewhere. */
const MULTI_ATTACH = 'multi-attach:';

function pairsIn(state: State, bucket: string): readonly string[] {
  return [...(state.nodes.bucket(bucket)?.keys() ?? [])].toSorted();
}

/** The pairs of a node that are attached or on the way. */
export function attachedTo(state: State, node: string): readonly string[] {
  return state.nodes.bucket(node) ? pairsIn(state, node) : [];
}

function put(state: State, pair: string, attachment: Attachment): void {
  const [node, volume] = splitPair(pair);
  state.attachments.set(pair, attachment);
  state.nodes.set(node, pair, true);
  state.nodes.set(VOLUME + volume, pair, true);
}

function drop(state: State, pair: string): void {
  const [node, volume] = splitPair(pair);
  state.attachments.delete(pair);
  state.nodes.delete(node, pair);
  state.nodes.delete(VOLUME + volume, pair);
}

export function syncPair(pair: string, state: State, scope: Scope): Round<Progress> {
  const [nodeName, volumeName] = splitPair(pair);
  const volume = scope.informer('persistentvolumes').get(volumeName) as PersistentVolume | undefined;
  const node = scope.informer('nodes').get(nodeName) as Node | undefined;
  const known = state.attachments.get(pair);
  if (volume && !isAttachable(volume, scope.informer('csidrivers')) && !known) return END;
  const name = known?.attachmentName ?? (volume ? attachmentName(volume, nodeName) : '');
  const object = scope.informer('volumeattachments').get(name) as VolumeAttachment | undefined;
  const pods = volume ? podsOf(volume, nodeName, scope) : [];
  const current = refresh(pair, known, volume, node, object, state);
  if (pods.length > 0 && volume && isManaged(node)) return attach(pair, volume, object, pods, current, state, scope);
  state.nodes.delete(MULTI_ATTACH, pair);
  return current ? detach(pair, node, object, current, state, scope) : END;
}

/** Takes over an attachment that an earlier life of this program made, and what the node says that it uses. */
function refresh(pair: string, known: Attachment | undefined, volume: PersistentVolume | undefined, node: Node | undefined, object: VolumeAttachment | undefined, state: State): Attachment | undefined {
  if (!known && (!object || !volume)) return undefined;
  const name = known?.uniqueName ?? (volume ? uniqueName(volume) : '');
  const told = node?.status?.volumesAttached?.some((entry) => entry.name === name) ?? false;
  const mounted = node ? node.status?.volumesInUse?.includes(name) ?? false : known?.mounted ?? true;
  const base: Attachment = known ?? { phase: told ? 'attached' : 'attaching', uniqueName: name, attachmentName: object?.metadata.name ?? '', mounted, detachSinceUs: 0, reported: '' };
  const next = base.mounted === mounted ? base : { ...base, mounted };
  if (next !== known) put(state, pair, next);
  return next;
}

// ---- attaching ----

function attach(pair: string, volume: PersistentVolume, object: VolumeAttachment | undefined, pods: readonly Pod[], known: Attachment | undefined, state: State, scope: Scope): Round<Progress> {
  if (object?.metadata.deletionTimestamp !== undefined) return END;
  if (!object) return create(pair, volume, pods, state, scope);
  const current = known && known.detachSinceUs !== 0 ? { ...known, detachSinceUs: 0 } : known;
  if (!current) return END;
  if (current !== known) put(state, pair, current);
  if (object.status?.attached === true) return current.phase === 'attached' ? END : attached(pair, volume, pods, current, state);
  const problem = object.status?.attachError?.message ?? '';
  if (problem === '' || problem === current.reported) return END;
  put(state, pair, { ...current, reported: problem });
  return { events: aboutPods(pods, 'Warning', 'FailedAttachVolume', `AttachVolume.Attach failed for volume "${volume.metadata.name}" : ${problem}`) };
}

function aboutPods(pods: readonly Pod[], type: 'Normal' | 'Warning', reason: string, message: string): readonly EventDraft[] {
  return pods.map((about) => ({ about, type, reason, message }));
}

function create(pair: string, volume: PersistentVolume, pods: readonly Pod[], state: State, scope: Scope): Round<Progress> {
  const [nodeName, volumeName] = splitPair(pair);
  const others = pairsIn(state, VOLUME + volumeName).filter((other) => other !== pair);
  if (others.length > 0 && !isShared(volume)) {
    const settled = others.filter((other) => state.attachments.get(other)?.phase !== 'attaching');
    return settled.length > 0 ? multiAttach(pair, volume, pods, settled, state, scope) : { requeueAfterUs: PENDING_US };
  }
  const name = attachmentName(volume, nodeName);
  const attachment: Attachment = { phase: 'attaching', uniqueName: uniqueName(volume), attachmentName: name, mounted: false, detachSinceUs: 0, reported: '' };
  const object: VolumeAttachment = {
    apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata: { name },
    spec: { attacher: volume.spec?.csi?.driver ?? '', nodeName, source: { persistentVolumeName: volumeName } },
  };
  put(state, pair, attachment);
  return { writes: [write('createAttachment', createRequest(VOLUME_ATTACHMENTS, object, ''))], progress: { step: 'create' }, explanation: explain(pair, 'attachVolume', pods.length) };
}

/** Told once; the volume's leaving the other node brings the key back. */
function multiAttach(pair: string, volume: PersistentVolume, pods: readonly Pod[], others: readonly string[], state: State, scope: Scope): Round<Progress> {
  if (state.nodes.bucket(MULTI_ATTACH)?.has(pair)) return END;
  state.nodes.set(MULTI_ATTACH, pair, true);
  const users = others.flatMap((other) => podsOf(volume, splitPair(other)[0], scope));
  const events = pods.map((about): EventDraft => {
    const message = `Multi-Attach error for volume "${volume.metadata.name}" ${usersText(about, users)}`;
    return { about, type: 'Warning', reason: 'FailedAttachVolume', message };
  });
  return { events, explanation: explain(pair, 'multiAttach', pods.length) };
}

/** Names of pods in other namespaces are not told. */
function usersText(pod: Pod, users: readonly Pod[]): string {
  if (users.length === 0) return "Volume is already exclusively attached to one node and can't be attached to another";
  const local = users.filter(({ metadata }) => metadata.namespace === pod.metadata.namespace).map(({ metadata }) => metadata.name);
  const foreign = users.length - local.length;
  if (local.length === 0) return `Volume is already used by ${foreign} pod(s) in different namespaces`;
  return `Volume is already used by pod(s) ${local.join(', ')}${foreign > 0 ? ` and ${foreign} pod(s) in different namespaces` : ''}`;
}

function attached(pair: string, volume: PersistentVolume, pods: readonly Pod[], current: Attachment, state: State): Round<Progress> {
  put(state, pair, { ...current, phase: 'attached', reported: '' });
  state.nodes.delete(MULTI_ATTACH, pair);
  const events = aboutPods(pods, 'Normal', 'SuccessfulAttachVolume', `AttachVolume.Attach succeeded for volume "${volume.metadata.name}" `);
  return { writes: [reportAttached(splitPair(pair)[0], state)], events, progress: { step: 'report' }, explanation: explain(pair, 'reportAttached', pods.length) };
}

/** status.volumesAttached tells the kubelet which volumes it may use. */
function reportAttached(nodeName: string, state: State): Write {
  const list: AttachedVolume[] = [];
  for (const pair of attachedTo(state, nodeName)) {
    const attachment = state.attachments.get(pair);
    if (attachment?.phase === 'attached') list.push({ name: attachment.uniqueName, devicePath: '' });
  }
  const patch = { status: { volumesAttached: list.length > 0 ? list : null } };
  return write('reportAttached', patchRequest(NODES, '', nodeName, 'strategic', patch, 'status'));
}

// ---- detaching ----

function detach(pair: string, node: Node | undefined, object: VolumeAttachment | undefined, current: Attachment, state: State, scope: Scope): Round<Progress> {
  if (!object) {
    drop(state, pair);
    return END;
  }
  if (object.metadata.deletionTimestamp !== undefined) return END;
  const since = current.detachSinceUs === 0 ? scope.nowUs : current.detachSinceUs;
  const waitedUs = scope.nowUs - since;
  if (since !== current.detachSinceUs) put(state, pair, { ...current, detachSinceUs: since });
  const force = !isHealthy(node) && waitedUs >= UNMOUNT_WAIT_US && scope.option('disable-force-detach-on-timeout') === 0;
  if (current.mounted && !force && !isOutOfService(node)) {
    return current.detachSinceUs === 0 || !isHealthy(node) ? { requeueAfterUs: Math.max(UNMOUNT_WAIT_US - waitedUs, 1_000_000) } : END;
  }
  const next: Attachment = { ...current, detachSinceUs: since, phase: 'detaching' };
  put(state, pair, next);
  const explanation = explain(pair, force ? 'forceDetachVolume' : 'detachVolume', 0);
  if (current.phase !== 'attached' || !node) return { ...remove(next), explanation };
  // The kubelet is told before the volume goes.
  return { writes: [reportAttached(splitPair(pair)[0], state)], progress: { step: 'unreport', attachment: next }, explanation };
}

function remove({ attachmentName: name }: Attachment): Round<Progress> {
  return { writes: [write('deleteAttachment', deleteRequest(VOLUME_ATTACHMENTS, '', name))], progress: { step: 'delete' } };
}

export function onWritten(pair: string, progress: Progress, results: readonly WriteResult[], state: State): Round<Progress> {
  const result = onlyResult(results);
  const fine = isSuccess(result) || isNotFound(result);
  switch (progress.step) {
    case 'create': {
      if (isSuccess(result) || isAlreadyExists(result)) return END;
      drop(state, pair);
      return { error: errorText(result) };
    }
    case 'report': return fine ? END : { error: errorText(result) };
    case 'unreport': {
      if (fine) return remove(progress.attachment);
      put(state, pair, { ...progress.attachment, phase: 'attached' });
      return { error: errorText(result) };
    }
    case 'delete': return fine ? END : { error: errorText(result) };
  }
}

function explain(pair: string, code: string, pods: number): PlanExplanation {
  const [node, volume] = splitPair(pair);
  return {
    about: 'plan', controller: 'persistentvolume-attach-detach-controller', key: pairOf(node, volume), observed: { pods },
    desired: { attached: pods > 0 ? 1 : 0 }, actions: [{ code, params: { node, volume } }],
  };
}
