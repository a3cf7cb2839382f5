// VolumeAttachments (models pkg/registry/storage/volumeattachment).
import type { VolumeAttachment, VolumeError } from '../generated/types.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { validateDriverName } from '../validation/drivers.ts';
import type { Errors } from '../validation/field.ts';
import { byteLength, Path } from '../validation/field.ts';
import { immutable } from '../validation/metadata.ts';
import { dns1123Subdomain, rangeMessage, subdomainName } from '../validation/names.ts';
import { defineKind, keep, keepMeta } from './define.ts';

const maxMetadataBytes = 256 * 1024;
const maxMessageBytes = 1024;
const specPath = new Path('spec');
const statusPath = new Path('status');

function validateError(error: VolumeError | undefined, path: Path, errors: Errors): void {
  if (error === undefined) return;
  if (byteLength(error.message ?? '') > maxMessageBytes) errors.tooLong(path.child('message'), maxMetadataBytes);
  if ((error.errorCode ?? 0) < 0) errors.invalid(path.child('errorCode'), error.errorCode, rangeMessage(0, 2_147_483_647));
}

function validateAttachment(attachment: VolumeAttachment, errors: Errors): void {
  const { spec, status } = attachment;
  validateDriverName(spec?.attacher ?? '', specPath.child('attacher'), errors);
  const sourcePath = specPath.child('source');
  const name = spec?.source?.persistentVolumeName;
  const inline = spec?.source?.inlineVolumeSpec;
  if (name === undefined && inline === undefined) errors.required(sourcePath, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName');
  else if (name !== undefined && inline !== undefined) errors.forbidden(sourcePath, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName');
  else if (name === '') errors.required(sourcePath.child('persistentVolumeName'), 'must specify non empty persistentVolumeName');
  const node = spec?.nodeName ?? '';
  errors.invalidAll(specPath.child('nodeName'), node, dns1123Subdomain(node));
  let size = 0;
  for (const [key, value] of Object.entries(status?.attachmentMetadata ?? {})) size += byteLength(key) + byteLength(value);
  if (size > maxMetadataBytes) errors.tooLong(statusPath.child('attachmentMetadata'), maxMetadataBytes);
  validateError(status?.attachError, statusPath.child('attachError'), errors);
  validateError(status?.detachError, statusPath.child('detachError'), errors);
  if (name !== undefined) errors.invalidAll('spec.source.persistentVolumeName', name, dns1123Subdomain(name));
}

/** The spec as the error prints it. */
function shownSpec(attachment: VolumeAttachment): unknown {
  const { spec } = attachment;
  return { Attacher: spec?.attacher ?? '', Source: { PersistentVolumeName: spec?.source?.persistentVolumeName ?? null, InlineVolumeSpec: spec?.source?.inlineVolumeSpec ?? null }, NodeName: spec?.nodeName ?? '' };
}

export const volumeAttachmentKind = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttachment', plural: 'volumeattachments', namespaced: false,
  subresources: ['status'],
  schema: schemaName('storage.v1', 'VolumeAttachment'),
  unconditionalUpdate: false,
  nameRule: subdomainName,
  prepareForCreate: (attachment) => ({ ...attachment, status: { attached: false } }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: validateAttachment,
  validateUpdate: (next, old, errors, checks) => {
    checks.all();
    immutable(next.spec, old.spec, specPath, errors, shownSpec(next));
  },
  status: {
    prepareForUpdate: (next, old) => keepMeta(keep(next, old, 'spec'), old),
    validateUpdate: (next, old, errors, checks) => {
      checks.all();
      immutable(next.spec, old.spec, specPath, errors, shownSpec(next));
    },
  },
  row: (attachment, nowMs) => [
    attachment.metadata.name ?? '', attachment.spec?.attacher ?? '', attachment.spec?.source?.persistentVolumeName ?? '', attachment.spec?.nodeName ?? '',
    attachment.status?.attached ?? false, age(attachment.metadata.creationTimestamp, nowMs),
  ],
});
