// Tells kubelets how long they may cache secrets and config maps: longer in larger clusters (models pkg/controller/ttl).
import type { Node } from '../api/generated/types.ts';
import { NODES } from '../api/resources.ts';
import { patchRequest } from '../client/requests.ts';
import { errorText, isNotFound, isSuccess } from './api-errors.ts';
import type { Controller } from './controller.ts';
import { END, onlyResult, write } from './writes.ts';

const ANNOTATION = 'node.alpha.kubernetes.io/ttl';

/** Steps overlap, so that a cluster at a border does not go back and forth. */
const STEPS: readonly { readonly min: number; readonly max: number; readonly seconds: number }[] = [
  { min: 0, max: 100, seconds: 0 }, { min: 90, max: 500, seconds: 15 }, { min: 450, max: 1000, seconds: 30 },
  { min: 900, max: 2000, seconds: 60 }, { min: 1800, max: Infinity, seconds: 300 },
];

export interface State { nodes: number; step: number }

function secondsOf(step: number): number {
  return STEPS[step]?.seconds ?? 0;
}

export const ttlController: Controller<State, 'annotate'> = {
  name: 'ttl-controller',
  watches: ['nodes'],
  workers: 5,
  init: () => ({ nodes: 0, step: 0 }),
  clone: (state) => ({ ...state }),
  onChange({ type, object }, state, _scope, enqueue) {
    if (type === 'added') state.nodes++;
    if (type === 'deleted') state.nodes--;
    if (state.nodes > (STEPS[state.step]?.max ?? 0)) state.step++;
    if (state.nodes < (STEPS[state.step]?.min ?? 0)) state.step--;
    if (type !== 'deleted' && (object as Node).metadata.annotations?.[ANNOTATION] !== String(secondsOf(state.step))) enqueue(object.metadata.name ?? '');
  },
  reconcile(name, state, scope) {
    const wanted = String(secondsOf(state.step));
    const node = scope.informer('nodes').get(name);
    if (!node || node.metadata.annotations?.[ANNOTATION] === wanted) return END;
    const patch = { metadata: { annotations: { [ANNOTATION]: wanted } } };
    return { writes: [write('annotate', patchRequest(NODES, '', name, 'strategic', patch))], progress: 'annotate' };
  },
  proceed(_name, _progress, results) {
    const result = onlyResult(results);
    return isSuccess(result) || isNotFound(result) ? END : { error: errorText(result) };
  },
};
