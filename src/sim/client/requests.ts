import type { GroupVersionResource, ApiObject } from '../api/meta.ts';
import type { PatchType, RequestOptions, RequestVerb } from '../apiserver/messages.ts';

/** What a component asks of the API server; the client adds who asks and a number. */
export interface RequestSpec {
  readonly verb: RequestVerb;
  readonly gvr: GroupVersionResource;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly options: RequestOptions;
  readonly patchType: PatchType | undefined;
  readonly body: unknown;
}

export const NO_OPTIONS: RequestOptions = {};

function spec(verb: RequestVerb, gvr: GroupVersionResource, namespace: string, name: string, body: unknown, subresource = '',
  options: RequestOptions = NO_OPTIONS, patchType?: PatchType): RequestSpec {
  return { verb, gvr, subresource, namespace, name, options, patchType, body };
}

export function getRequest(gvr: GroupVersionResource, namespace: string, name: string): RequestSpec {
  return spec('get', gvr, namespace, name, undefined);
}

export function listRequest(gvr: GroupVersionResource, namespace: string, options: RequestOptions): RequestSpec {
  return spec('list', gvr, namespace, '', undefined, '', options);
}

export function watchRequest(gvr: GroupVersionResource, namespace: string, options: RequestOptions): RequestSpec {
  return spec('watch', gvr, namespace, '', undefined, '', options);
}

export function createRequest(gvr: GroupVersionResource, object: unknown, namespace: string, subresource = '', name = ''): RequestSpec {
  return spec('create', gvr, namespace, name, object, subresource);
}

/** PUT of the object or its subresource; its resourceVersion makes it fail if somebody was faster. */
export function updateRequest(gvr: GroupVersionResource, object: ApiObject, subresource = ''): RequestSpec {
  return spec('update', gvr, object.metadata.namespace ?? '', object.metadata.name ?? '', object, subresource);
}

export function patchRequest(gvr: GroupVersionResource, namespace: string, name: string, patchType: PatchType, patch: unknown, subresource = ''): RequestSpec {
  return spec('patch', gvr, namespace, name, patch, subresource, NO_OPTIONS, patchType);
}

/** `deleteOptions` as in the API: gracePeriodSeconds, preconditions, propagationPolicy. */
export function deleteRequest(gvr: GroupVersionResource, namespace: string, name: string, deleteOptions?: unknown): RequestSpec {
  return spec('delete', gvr, namespace, name, deleteOptions);
}
