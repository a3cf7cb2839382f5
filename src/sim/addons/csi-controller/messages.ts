// CSI's controller service: what the sidecars ask of the driver's storage. Method and field names are the interface's own.
import type { ActorId } from '../../kernel/actor.ts';

export const CSI_CONTROLLER: ActorId = 'csi-controller';
export const STORAGE_BACKEND: ActorId = 'storage-backend';

export interface RpcStatus { readonly code: 'NotFound' | 'FailedPrecondition' | 'ResourceExhausted'; readonly message: string }

interface Request<T extends string> { readonly type: T; readonly requestId: number }
interface Response<T extends string> { readonly type: T; readonly requestId: number; readonly error?: RpcStatus }

export interface CreateVolumeRequest extends Request<'csi-create-volume'> {
  /** The same name gives the same volume: a repeated request makes no second one. */
  readonly name: string;
  readonly requiredBytes: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** The node that the volume shall be reachable from; '' for any. */
  readonly preferredNode: string;
}
export interface CreateVolumeResponse extends Response<'csi-create-volume-response'> { readonly volumeId: string; readonly capacityBytes: number }
export interface DeleteVolumeRequest extends Request<'csi-delete-volume'> { readonly volumeId: string }
export type DeleteVolumeResponse = Response<'csi-delete-volume-response'>;
export interface ControllerPublishVolumeRequest extends Request<'csi-controller-publish-volume'> {
  readonly volumeId: string;
  readonly nodeId: string;
  readonly readonly: boolean;
  /** Several nodes may have it at once (MULTI_NODE access modes). */
  readonly shared: boolean;
}
export interface ControllerPublishVolumeResponse extends Response<'csi-controller-publish-volume-response'> { readonly publishContext: Readonly<Record<string, string>> }
export interface ControllerUnpublishVolumeRequest extends Request<'csi-controller-unpublish-volume'> { readonly volumeId: string; readonly nodeId: string }
export type ControllerUnpublishVolumeResponse = Response<'csi-controller-unpublish-volume-response'>;
export interface ControllerExpandVolumeRequest extends Request<'csi-controller-expand-volume'> { readonly volumeId: string; readonly requiredBytes: number }
/** `node_expansion_required` is never set: the storage grows the file system as well. */
export interface ControllerExpandVolumeResponse extends Response<'csi-controller-expand-volume-response'> { readonly capacityBytes: number }

export type CsiControllerRequest =
  | CreateVolumeRequest | DeleteVolumeRequest | ControllerPublishVolumeRequest | ControllerUnpublishVolumeRequest | ControllerExpandVolumeRequest;
export type CsiControllerResponse =
  | CreateVolumeResponse | DeleteVolumeResponse | ControllerPublishVolumeResponse | ControllerUnpublishVolumeResponse | ControllerExpandVolumeResponse;

/** A request before it has a number. */
export type CsiCall =
  | Omit<CreateVolumeRequest, 'requestId'> | Omit<DeleteVolumeRequest, 'requestId'>
  | Omit<ControllerPublishVolumeRequest, 'requestId'> | Omit<ControllerUnpublishVolumeRequest, 'requestId'>
  | Omit<ControllerExpandVolumeRequest, 'requestId'>;
