// From a recorded HTTP request to the request that the simulated API server takes.
import type { PatchType, RequestOptions, RequestVerb } from '../../../sim/apiserver/messages.ts';
import type { RequestSpec } from '../../../sim/client/requests.ts';
import type { RecordedRequest } from './scenario.ts';

interface Target { readonly group: string; readonly version: string; readonly namespace: string; readonly resource: string; readonly name: string; readonly subresource: string }

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** `/apis/apps/v1/namespaces/x/deployments/web/scale`; the namespaces themselves are a resource too. */
function targetOf(path: string): Target {
  const [prefix, ...rest] = path.split('/').filter((part) => part !== '');
  const group = prefix === 'apis' ? (rest.shift() ?? '') : '';
  const version = rest.shift() ?? '';
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '');
  const namespace = isNamespaced ? (rest.splice(0, 2)[1] ?? '') : '';
  const [resource = '', name = '', subresource = ''] = rest;
  return { group, version, namespace, resource, name, subresource };
}

function verbOf(method: string, name: string): RequestVerb {
  switch (method) {
    case 'GET': return name === '' ? 'list' : 'get';
    case 'POST': return 'create';
    case 'PUT': return 'update';
    case 'PATCH': return 'patch';
    case 'DELETE': return name === '' ? 'deletecollection' : 'delete';
    default: throw new Error(`no verb for the method ${method}`);
  }
}

function optionsOf(query: URLSearchParams): RequestOptions {
  const text = (key: string): string | undefined => query.get(key) ?? undefined;
  const labelSelector = text('labelSelector');
  const fieldSelector = text('fieldSelector');
  const fieldManager = text('fieldManager');
  return {
    ...(labelSelector !== undefined && { labelSelector }), ...(fieldSelector !== undefined && { fieldSelector }),
    ...(fieldManager !== undefined && { fieldManager }), ...(query.has('dryRun') && { dryRun: true }), ...(query.get('force') === 'true' && { force: true }),
  };
}

/** Options of a DELETE may stand in the query instead of the body. */
function deleteOptions(query: URLSearchParams): object | undefined {
  const grace = query.get('gracePeriodSeconds');
  const propagationPolicy = query.get('propagationPolicy');
  if (grace === null && propagationPolicy === null) return undefined;
  return { apiVersion: 'v1', kind: 'DeleteOptions', ...(grace !== null && { gracePeriodSeconds: Number(grace) }), ...(propagationPolicy !== null && { propagationPolicy }) };
}

export function requestSpec({ method, path, body, contentType }: RecordedRequest): RequestSpec {
  const [pathname = '', search = ''] = path.split('?');
  const query = new URLSearchParams(search);
  const { group, version, namespace, resource, name, subresource } = targetOf(pathname);
  const verb = verbOf(method, name);
  return {
    verb, gvr: { group, version, resource }, subresource, namespace, name, options: optionsOf(query),
    patchType: verb === 'patch' ? PATCH_TYPES[contentType ?? 'application/strategic-merge-patch+json'] : undefined,
    body: body ?? (method === 'DELETE' ? deleteOptions(query) : undefined),
  };
}
