import { describe, expect, it } from 'vitest';
import { formatTime } from '../../../base/time.ts';
import type { Pod } from '../../api/generated/types.ts';
import { podsToDelete } from './ranking.ts';

const NOW_US = 1_767_225_600_000_000;
const at = (secondsAgo: number): string => formatTime(NOW_US - secondsAgo * 1_000_000);

interface Look { readonly node?: string; readonly phase?: string; readonly readyFor?: number; readonly age?: number; readonly cost?: string; readonly restarts?: number; readonly sidecarRestarts?: number; readonly deleting?: boolean }

function pod(name: string, look: Look = {}): Pod {
  const { node = 'n1', phase = 'Running', readyFor = 100, age = 200, cost, restarts = 0, sidecarRestarts = 0, deleting = false } = look;
  const ready = readyFor > 0 ? [{ type: 'Ready', status: 'True', lastTransitionTime: at(readyFor) }] : [];
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, uid: `uid-${name}`, namespace: 'default', creationTimestamp: at(age), ...(cost !== undefined && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
      ...(deleting && { deletionTimestamp: at(0) }),
    },
    spec: { ...(node !== '' && { nodeName: node }), containers: [{ name: 'main' }], initContainers: [{ name: 'side', restartPolicy: 'Always' }] },
    status: {
      phase, conditions: ready, containerStatuses: [{ name: 'main', restartCount: restarts, ready: true, image: '', imageID: '' }],
      initContainerStatuses: [{ name: 'side', restartCount: sidecarRestarts, ready: true, image: '', imageID: '' }],
    },
  } as Pod;
}

/** Which of two pods goes, and by which rule. */
function first(a: Look, b: Look, related: readonly Pod[] = []): string {
  const [choice] = podsToDelete([pod('a', a), pod('b', b)], related, 1, NOW_US);
  return `${choice?.pod.metadata.name} ${choice?.rule}`;
}

describe('which pod goes first', () => {
  it.each<readonly [string, Look, Look, string]>([
    ['one without a node', { }, { node: '', phase: 'Pending', readyFor: 0 }, 'b unassigned'],
    ['a pending one', { readyFor: 0 }, { phase: 'Pending', readyFor: 0 }, 'b phase'],
    ['one that is not ready', {}, { readyFor: 0 }, 'b notReady'],
    ['the cheaper one', { cost: '5' }, { cost: '-5' }, 'b deletionCost'],
    ['the cheaper one, where one has no cost', { cost: '1' }, {}, 'b deletionCost'],
    ['not by a cost that is no number', { cost: '+10', readyFor: 4 }, { cost: '01', readyFor: 400 }, 'a readyTime'],
    ['the one that is ready for a much shorter time', { readyFor: 4000 }, { readyFor: 4 }, 'b readyTime'],
    ['any, by uid, when ready times are of one magnitude', { readyFor: 100 }, { readyFor: 99 }, 'a readyTime'],
    ['the one that restarted more', { restarts: 1 }, { restarts: 2 }, 'b restarts'],
    ['the one whose sidecar restarted more', { sidecarRestarts: 1 }, { sidecarRestarts: 2 }, 'b sidecarRestarts'],
    ['the younger one', { age: 100 }, { age: 1 }, 'b age'],
    ['any when nothing differs', {}, {}, 'a tie'],
  ])('%s', (_, a, b, expected) => {
    expect(first(a, b)).toBe(expected);
  });

  it('the one on the node with more pods of the same Deployment', () => {
    const related = [pod('x', { node: 'n1' }), pod('y', { node: 'n2' }), pod('z', { node: 'n2' }), pod('gone', { node: 'n1', deleting: true }), pod('gone2', { node: 'n1', deleting: true })];
    expect(first({ node: 'n1' }, { node: 'n2' }, related)).toBe('b colocated');
  });

  it('readiness before co-location', () => {
    expect(first({ node: 'n1', readyFor: 0 }, { node: 'n2' }, [pod('x', { node: 'n2' })])).toBe('a notReady');
  });

  it('takes the same ones whether it takes few or many', () => {
    const pods = Array.from({ length: 200 }, (_, index) => pod(`p${index}`, { restarts: (index * 37) % 101, readyFor: index % 3 === 0 ? 0 : 64 + (index % 7) }));
    const all = podsToDelete(pods, [], 150, NOW_US).map((choice) => choice.pod.metadata.name);
    expect(podsToDelete(pods, [], 10, NOW_US).map((choice) => choice.pod.metadata.name)).toEqual(all.slice(0, 10));
  });
});
