// Annotations by which a Deployment and its ReplicaSets keep the history of a rollout (models deployment/util).
import type { Deployment, ReplicaSet } from '../../api/generated/types.ts';
import { REVISION, parseInteger } from './replica-sets.ts';
import { DESIRED_REPLICAS, MAX_REPLICAS, desiredReplicas, maxSurge } from './sizes.ts';

type Annotations = Readonly<Record<string, string>>;

const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const ROLLBACK_TO = 'deprecated.deployment.rollback.to';
/** Annotations that belong to one of the two objects and are not copied to the other. */
const OWN = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, ROLLBACK_TO]);
const MAX_HISTORY_LENGTH = 2000;

export function withAnnotations<T extends Deployment | ReplicaSet>(object: T, annotations: Annotations): T {
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** desired-replicas and max-replicas as they should be. */
export function sizeAnnotations(deployment: Deployment): Annotations {
  const desired = desiredReplicas(deployment);
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + maxSurge(deployment)) };
}

export function hasAnnotations(object: ReplicaSet, wanted: Annotations): boolean {
  return Object.entries(wanted).every(([name, value]) => object.metadata.annotations?.[name] === value);
}

/**
 * The annotations of the new ReplicaSet: the Deployment's own ones copied, the revision raised to `revision`, and the
 * revision that it had before (it is rolled back to) put into its history. The same object if nothing changes.
 */
export function newReplicaSetAnnotations(deployment: Deployment, before: Annotations, revision: number): Annotations {
  let next = before;
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!OWN.has(name) && before[name] !== value) next = { ...next, [name]: value };
  }
  const oldText = before[REVISION];
  const old = oldText === undefined || oldText === '' ? 0 : parseInteger(oldText);
  if (old === undefined || old >= revision) return next;
  next = { ...next, [REVISION]: String(revision) };
  if (oldText === undefined) return next;
  const history = extendHistory(before[REVISION_HISTORY] ?? '', oldText);
  return history === undefined ? next : { ...next, [REVISION_HISTORY]: history };
}

/** Drops the oldest revisions when the list becomes too long; undefined if even the new one does not fit. */
function extendHistory(history: string, revision: string): string | undefined {
  if (history === '') return revision;
  const revisions = history.split(',');
  let length = history.length + revision.length + 1;
  while (length > MAX_HISTORY_LENGTH && revisions.length > 0) length -= (revisions.shift() as string).length + 1;
  return length <= MAX_HISTORY_LENGTH ? [...revisions, revision].join(',') : undefined;
}

/** The Deployment's annotations after a rollback: its own kind of annotations stay, all others come from the ReplicaSet. */
export function annotationsFrom(deployment: Deployment, replicaSet: ReplicaSet): Annotations {
  const kept = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => OWN.has(name));
  const taken = Object.entries(replicaSet.metadata.annotations ?? {}).filter(([name]) => !OWN.has(name));
  return Object.fromEntries([...kept, ...taken]);
}
