// Attaches volumes to nodes as VolumeAttachments ask (models the sidecar external-attacher).
import { formatTime } from '../../../base/time.ts';
import type { CSINode, PersistentVolume, VolumeAttachment } from '../../api/generated/types.ts';
import { PERSISTENT_VOLUMES, VOLUME_ATTACHMENTS } from '../../api/resources.ts';
import { patchRequest } from '../../client/requests.ts';
import { changeFinalizers } from './finalizers.ts';
import { FlowError } from './flow.ts';
import type { Flow } from './flow.ts';
import type { Caches } from './provisioner.ts';

const NODE_ID = 'csi.alpha.kubernetes.io/node-id';
const SHARED = new Set(['ReadWriteMany', 'ReadOnlyMany']);

/** `external-attacher/csi-example-dev`: on the attachment while it may be attached, and on its volume. */
export function finalizerOf(driver: string): string {
  return `external-attacher/${driver.replaceAll('.', '-')}`;
}

/** Whether an attachment of this driver needs anything. */
export function needsWork({ metadata, spec, status }: VolumeAttachment, driver: string): boolean {
  if (spec.attacher !== driver) return false;
  return metadata.deletionTimestamp === undefined ? status?.attached !== true : metadata.finalizers?.includes(finalizerOf(driver)) ?? false;
}

/** A volume that is going, and that no attachment needs any more, loses the attacher's finalizer. */
export function mayRelease(volume: PersistentVolume, driver: string, caches: Caches): boolean {
  const { deletionTimestamp, finalizers, name } = volume.metadata;
  if (deletionTimestamp === undefined || !(finalizers?.includes(finalizerOf(driver)) ?? false)) return false;
  return !caches.all<VolumeAttachment>('volumeattachments').some(({ spec }) => spec.source.persistentVolumeName === name);
}

export function releaseVolume(flow: Flow, volume: PersistentVolume, driver: string): void {
  changeFinalizers(flow, PERSISTENT_VOLUMES, volume.metadata.name ?? '', (finalizers) => finalizers.filter((finalizer) => finalizer !== finalizerOf(driver)));
}

function patchAttachment(flow: Flow, { metadata }: VolumeAttachment, patch: unknown, subresource = ''): void {
  flow.write(patchRequest(VOLUME_ATTACHMENTS, '', metadata.name ?? '', 'merge', patch, subresource), 404);
}

function volumeOf(flow: Flow, attachment: VolumeAttachment, caches: Caches): PersistentVolume | undefined {
  return flow.remember(() => caches.get<PersistentVolume>('persistentvolumes', attachment.spec.source.persistentVolumeName ?? ''));
}

function nodeIdOf(flow: Flow, { metadata, spec }: VolumeAttachment, driver: string, caches: Caches): string | undefined {
  return flow.remember(() => caches.get<CSINode>('csinodes', spec.nodeName)?.spec.drivers.find(({ name }) => name === driver)?.nodeID) ?? metadata.annotations?.[NODE_ID];
}

/** `nowUs` is microseconds since 1970. */
export function attach(flow: Flow, attachment: VolumeAttachment, driver: string, nowUs: number, caches: Caches): void {
  const time = flow.remember(() => formatTime(nowUs));
  const fail = (message: string): never => {
    patchAttachment(flow, attachment, { status: { attachError: { message, time } } }, 'status');
    throw new FlowError(message);
  };
  const volume = volumeOf(flow, attachment, caches);
  if (!volume) return fail(`persistentvolume "${attachment.spec.source.persistentVolumeName}" not found`);
  const finalizer = finalizerOf(driver);
  const nodeId = nodeIdOf(flow, attachment, driver, caches) ?? fail(`CSINode ${attachment.spec.nodeName} does not contain driver ${driver}`);
  const { finalizers: onVolume = [], name: volumeName = '' } = volume.metadata;
  if (!onVolume.includes(finalizer)) changeFinalizers(flow, PERSISTENT_VOLUMES, volumeName, (now) => (now.includes(finalizer) ? now : [...now, finalizer]));
  const { finalizers = [], annotations } = attachment.metadata;
  if (!finalizers.includes(finalizer) || annotations?.[NODE_ID] !== nodeId) {
    patchAttachment(flow, attachment, { metadata: { finalizers: finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer], annotations: { [NODE_ID]: nodeId } } });
  }
  const shared = volume.spec?.accessModes?.some((mode) => SHARED.has(mode)) ?? false;
  const published = flow.storage({ type: 'csi-controller-publish-volume', volumeId: volume.spec?.csi?.volumeHandle ?? '', nodeId, readonly: false, shared });
  if (published.error) return fail(`rpc error: code = ${published.error.code} desc = ${published.error.message}`);
  const publishContext = published.type === 'csi-controller-publish-volume-response' ? published.publishContext : {};
  patchAttachment(flow, attachment, { status: { attached: true, attachmentMetadata: publishContext, attachError: null } }, 'status');
}

export function detach(flow: Flow, attachment: VolumeAttachment, driver: string, nowUs: number, caches: Caches): void {
  const time = flow.remember(() => formatTime(nowUs));
  const volume = volumeOf(flow, attachment, caches);
  const nodeId = nodeIdOf(flow, attachment, driver, caches) ?? attachment.spec.nodeName;
  const { error } = flow.storage({ type: 'csi-controller-unpublish-volume', volumeId: volume?.spec?.csi?.volumeHandle ?? '', nodeId });
  if (error) {
    const message = `rpc error: code = ${error.code} desc = ${error.message}`;
    patchAttachment(flow, attachment, { status: { detachError: { message, time } } }, 'status');
    throw new FlowError(message);
  }
  if (attachment.status?.attached === true) patchAttachment(flow, attachment, { status: { attached: false, attachmentMetadata: null, detachError: null } }, 'status');
  const finalizers = (attachment.metadata.finalizers ?? []).filter((finalizer) => finalizer !== finalizerOf(driver));
  patchAttachment(flow, attachment, { metadata: { finalizers } });
}
