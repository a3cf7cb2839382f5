// Binds claims to volumes and gives volumes back when their claims go (models volume/persistentvolume pv_controller).
import { CowMap } from '../../../base/cow-map.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import type { Controller, PlanExplanation, Round, Scope } from '../controller.ts';
import { beginSteps, continueSteps, runSteps } from '../steps.ts';
import type { Action, Journal } from '../steps.ts';
import { END } from '../writes.ts';
import { store } from './binder.ts';
import type { State, Work } from './binder.ts';
import { syncClaim } from './sync-claim.ts';
import { syncVolume } from './sync-volume.ts';

const NAME = 'persistentvolume-binder-controller';
const VOLUME = 'volume/';
const CLAIM = 'claim/';

type Subject = { readonly kind: 'claim'; readonly claim: PersistentVolumeClaim } | { readonly kind: 'volume'; readonly volume: PersistentVolume };
export type Progress = Journal<Subject>;

export const persistentVolumeController: Controller<State, Progress> = {
  name: NAME,
  serviceAccount: 'persistent-volume-binder',
  eventSource: 'persistentvolume-controller',
  watches: ['persistentvolumes', 'persistentvolumeclaims', 'storageclasses', 'pods'],
  // One at a time: two claims must not choose the same volume.
  workers: 1,
  periodUs: 15_000_000,
  periodOption: 'pvclaimbinder-sync-period',
  init: () => ({ volumes: new CowMap(), claims: new CowMap() }),
  clone: ({ volumes, claims }) => ({ volumes: volumes.clone(), claims: claims.clone() }),
  onChange({ informer, object }, _state, _scope, enqueue) {
    if (informer === 'persistentvolumes') enqueue(VOLUME + keyOf(object));
    else if (informer === 'persistentvolumeclaims') enqueue(CLAIM + keyOf(object));
  },
  reconcile(key, state, scope) {
    if (key === '') return resync(scope);
    if (key.startsWith(CLAIM)) return beginClaim(key.slice(CLAIM.length), state, scope);
    return beginVolume(key.slice(VOLUME.length), state, scope);
  },
  proceed: (_key, progress, results, state, scope) => run(continueSteps(progress, results), state, scope),
};

/** Looks at everything again: what nobody tells this controller about is found out so, such as a volume that suits a waiting claim. */
function resync(scope: Scope): Round<Progress> {
  const enqueue: string[] = [];
  scope.informer('persistentvolumeclaims').objects.forEach((_, key) => enqueue.push(CLAIM + key));
  scope.informer('persistentvolumes').objects.forEach((_, key) => enqueue.push(VOLUME + key));
  return { enqueue };
}

function beginClaim(key: string, state: State, scope: Scope): Round<Progress> {
  const claim = scope.informer('persistentvolumeclaims').get(key) as PersistentVolumeClaim | undefined;
  if (!claim) {
    // The volume of a claim that is gone can be released at once.
    const volume = state.claims.get(key)?.spec?.volumeName ?? '';
    state.claims.delete(key);
    return volume === '' ? END : { enqueue: [VOLUME + volume] };
  }
  return store(state.claims, claim) ? run(beginSteps({ kind: 'claim', claim }), state, scope) : END;
}

function beginVolume(name: string, state: State, scope: Scope): Round<Progress> {
  const volume = scope.informer('persistentvolumes').get(name) as PersistentVolume | undefined;
  if (!volume) {
    const reference = state.volumes.get(name)?.spec?.claimRef;
    state.volumes.delete(name);
    return reference ? { enqueue: [CLAIM + keyFor(reference.namespace, reference.name ?? '')] } : END;
  }
  return store(state.volumes, volume) ? run(beginSteps({ kind: 'volume', volume }), state, scope) : END;
}

/** A sync that fails is not repeated: the next look at everything repeats it. */
function run(journal: Progress, state: State, scope: Scope): Round<Progress> {
  const enqueue: string[] = [];
  const { error: _forgiven, ...round } = runSteps(journal, (subject, steps) => {
    const work: Work = { state, scope, steps, enqueue };
    if (subject.kind === 'claim') syncClaim(work, subject.claim);
    else syncVolume(work, subject.volume);
    return {};
  }, explain);
  return enqueue.length > 0 ? { ...round, enqueue } : round;
}

function explain(subject: Subject, actions: readonly Action[]): PlanExplanation {
  const object = subject.kind === 'claim' ? subject.claim : subject.volume;
  const phase = object.status?.phase ?? '';
  return { about: 'plan', controller: NAME, key: keyOf(object), observed: { phase }, desired: { phase: 'Bound' }, actions };
}
