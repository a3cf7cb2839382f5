// Gives every node a block of --cluster-cidr for its pods (models nodeipam's range allocator, IPv4).
import type { Node } from '../../api/generated/types.ts';
import { NODES } from '../../api/resources.ts';
import { patchRequest } from '../../client/requests.ts';
import { errorText, isNotFound, isSuccess } from '../api-errors.ts';
import type { Controller, Round, Scope } from '../controller.ts';
import { END, onlyResult, write } from '../writes.ts';
import { allocate, blockCidr, blockIndex, newCidrSet, parseRange } from './cidr-set.ts';
import type { CidrSet, Range } from './cidr-set.ts';

const ATTEMPTS = 3;
export interface Progress { readonly cidr: string; readonly attempt: number }

export const nodeIpamController: Controller<CidrSet, Progress> = {
  name: 'node-ipam-controller',
  serviceAccount: 'node-controller',
  eventSource: 'cidrAllocator',
  watches: ['nodes'],
  workers: 30,
  init: newCidrSet,
  clone: (set) => ({ used: set.used.clone(), next: set.next }),
  onChange({ type, object }, set, scope, enqueue) {
    const range = rangeOf(scope);
    if (!range) return;
    const { name = '' } = object.metadata;
    const podCidr = (object as Node).spec?.podCIDR ?? '';
    const index = blockIndex(range, podCidr);
    if (type === 'deleted') {
      if (index !== undefined) set.used.delete(String(index));
    } else if (podCidr === '') enqueue(name);
    else if (index !== undefined && !set.used.has(String(index))) set.used.set(String(index), name);
  },
  reconcile(name, set, scope) {
    const range = rangeOf(scope);
    const node = scope.informer('nodes').get(name) as Node | undefined;
    if (!range || !node || node.metadata.deletionTimestamp !== undefined || (node.spec?.podCIDR ?? '') !== '') return END;
    const index = allocate(set, range, name);
    if (index === undefined) return { events: [{ about: node, type: 'Normal', reason: 'CIDRNotAvailable', message: `Node ${name} status is now: CIDRNotAvailable` }], error: 'CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range' };
    return assign(name, blockCidr(range, index), 1);
  },
  proceed(name, { cidr, attempt }, results, set, scope) {
    const result = onlyResult(results);
    if (isSuccess(result)) return END;
    if (attempt < ATTEMPTS && !isNotFound(result)) return assign(name, cidr, attempt + 1);
    const range = rangeOf(scope);
    const index = range && blockIndex(range, cidr);
    if (index !== undefined) set.used.delete(String(index));
    const node = scope.informer('nodes').get(name);
    if (!node) return END;
    return { events: [{ about: node, type: 'Normal', reason: 'CIDRAssignmentFailed', message: `Node ${name} status is now: CIDRAssignmentFailed` }], error: errorText(result) };
  },
};

/** The range for nodes; undefined when --allocate-node-cidrs is off. */
function rangeOf(scope: Scope): Range | undefined {
  if (scope.option('allocate-node-cidrs') === 0) return undefined;
  const size = scope.option('node-cidr-mask-size-ipv4');
  for (const cidr of scope.text('cluster-cidr').split(',')) {
    const range = parseRange(cidr, size);
    if (range) return range;
  }
  return undefined;
}

function assign(name: string, cidr: string, attempt: number): Round<Progress> {
  return {
    writes: [write('assignCidr', patchRequest(NODES, '', name, 'strategic', { spec: { podCIDR: cidr, podCIDRs: [cidr] } }))],
    progress: { cidr, attempt },
    explanation: {
      about: 'plan', controller: 'node-ipam-controller', key: name, observed: { podCIDR: '' }, desired: { podCIDR: cidr },
      actions: [{ code: 'assignCidr', params: { cidr } }],
    },
  };
}
