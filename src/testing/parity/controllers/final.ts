// The objects that are left at the end, without what differs from run to run.
import type { ApiObject } from '../../../sim/api/meta.ts';
import { by, isPlain, textOf } from './json.ts';
import type { Plain } from './json.ts';
import type { Names } from './names.ts';

type Mutable = { [key: string]: unknown };

const VOLATILE = new Set([
  'uid', 'resourceVersion', 'managedFields', 'creationTimestamp', 'selfLink', 'lastHeartbeatTime', 'lastProbeTime', 'lastUpdateTime', 'imageID', 'containerID',
]);

/** A copy without volatile members, nulls and empty objects, with placeholders for names. */
function cleaned(value: unknown, names: Names): unknown {
  if (typeof value === 'string') return names.text(value);
  if (Array.isArray(value)) return value.map((member) => cleaned(member, names));
  if (!isPlain(value)) return value;
  const result: Mutable = {};
  for (const key of Object.keys(value).sort()) {
    const member = VOLATILE.has(key) || value[key] === undefined ? null : cleaned(value[key], names);
    if (member === null || (isPlain(member) && Object.keys(member).length === 0)) continue;
    result[names.text(key)] = member;
  }
  return result;
}

const child = (object: Mutable, key: string): Mutable | undefined => (isPlain(object[key]) ? (object[key] as Mutable) : undefined);
const list = (object: Mutable | undefined, key: string): Mutable[] => ((object?.[key] ?? []) as Mutable[]);

/** Keeps the members of a list that pass; a list that becomes empty disappears. */
function keep(object: Mutable, key: string, passes: (member: Mutable) => boolean): void {
  const kept = list(object, key).filter(passes);
  if (kept.length > 0) object[key] = kept;
  else delete object[key];
}

const text = (member: unknown): string => (typeof member === 'string' ? member : '');
const notTheToken = (member: Mutable): boolean => !text(member['name']).startsWith('kube-api-access-');

function tidyPod(object: Mutable): void {
  const spec = child(object, 'spec') ?? {};
  keep(spec, 'volumes', notTheToken);
  for (const container of list(spec, 'containers')) keep(container, 'volumeMounts', notTheToken);
  const status = child(object, 'status');
  delete status?.['podIPs'];
  delete status?.['hostIPs'];
}

function tidyService(object: Mutable): void {
  const spec = child(object, 'spec');
  for (const port of list(spec, 'ports')) if (port['nodePort']) port['nodePort'] = '<nodePort>';
  delete spec?.['clusterIPs'];
}

/** Subsets and addresses are ordered by a hash over generated addresses. */
function tidyEndpoints(object: Mutable): void {
  for (const subset of list(object, 'subsets'))
    for (const key of ['addresses', 'notReadyAddresses']) if (subset[key]) list(subset, key).sort(by(textOf));
  if (object['subsets']) list(object, 'subsets').sort(by((subset) => textOf(subset['ports'])));
}

function tidyRootCertificate(object: Mutable): void {
  if (child(object, 'metadata')?.['name'] !== 'kube-root-ca.crt') return;
  const data = child(object, 'data');
  for (const key of Object.keys(data ?? {})) (data as Mutable)[key] = '<data>';
}

const TIDY: Readonly<Record<string, (object: Mutable) => void>> = {
  pods: tidyPod,
  services: tidyService,
  endpoints: tidyEndpoints,
  endpointslices: (object) => {
    object['endpoints'] = list(object, 'endpoints').sort(by(textOf));
  },
  configmaps: tidyRootCertificate,
  customresourcedefinitions: (object) => {
    delete object['spec'];
  },
};

/** Capacity, addresses and system information of nodes are the fake kubelet's own: only the rest is compared. */
function finalNode(object: Mutable): Plain {
  const { name, labels, annotations } = child(object, 'metadata') ?? {};
  return { metadata: { name, labels, ...(annotations ? { annotations } : {}) }, spec: object['spec'], status: { conditions: child(object, 'status')?.['conditions'] } };
}

export function finalObject(plural: string, object: ApiObject, names: Names): Plain {
  const result = cleaned(object, names) as Mutable;
  delete child(result, 'metadata')?.['generateName'];
  if (plural === 'nodes') return finalNode(result);
  TIDY[plural]?.(result);
  const status = child(result, 'status');
  if (Array.isArray(status?.['conditions'])) list(status, 'conditions').sort(by((condition) => text(condition['type'])));
  return result;
}

/** Sorts equal-named objects by what they contain; the node decides last. */
export function contentKey(object: Plain): string {
  const whole = textOf(object);
  return whole.replace(/"(nodeName|hostIP)":"[^"]*",?/g, '') + whole;
}
