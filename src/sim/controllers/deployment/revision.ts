// Finding or making the ReplicaSet of the present template, and keeping revisions (models getNewReplicaSet in sync.go).
import type { Deployment, LabelSelector, ReplicaSet } from '../../api/generated/types.ts';
import { computeHash } from '../../api/hash.ts';
import { keyOf } from '../../api/meta.ts';
import { REPLICA_SETS } from '../../api/resources.ts';
import { createRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isAlreadyExists, isNamespaceTerminating, isSuccess } from '../api-errors.ts';
import type { WriteResult } from '../controller.ts';
import { controllerOf, controllerRef } from '../owners.ts';
import { SyncError, refusal } from '../steps.ts';
import { newReplicaSetAnnotations, sizeAnnotations, withAnnotations } from './annotations.ts';
import { PROGRESSING, REASON, conditionsOf, findCondition, hasProgressDeadline, newCondition, setCondition, withConditions } from './conditions.ts';
import { REVISION, TEMPLATE_HASH, maxRevision, sameTemplate, splitByTemplate, sumSpec } from './replica-sets.ts';
import { newReplicaSetSize } from './sizes.ts';
import { statusWrite, writeStatus } from './sync-state.ts';
import type { Sync } from './sync-state.ts';

const MAX_NAME = 253;

export interface Generations {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

/**
 * The new and the old ReplicaSets, with the revisions of the new one and of the Deployment brought up to date.
 * @param create make the new one if there is none
 */
export function syncRevision(sync: Sync, owned: readonly ReplicaSet[], create: boolean): Generations {
  const { current, old } = splitOnce(sync, owned);
  const revision = maxRevision(old) + 1;
  if (current) return { current: adoptRevision(sync, current, revision), old };
  return { current: create ? createReplicaSet(sync, old, revision) : undefined, old };
}

/** A sync asks several times; nothing that matters changes meanwhile unless it is rolled back. */
function splitOnce(sync: Sync, owned: readonly ReplicaSet[]): Generations {
  const template = sync.deployment.spec?.template;
  if (sync.split?.owned !== owned || sync.split.template !== template) sync.split = { owned, template, ...splitByTemplate(sync.deployment, owned) };
  return sync.split;
}

function adoptRevision(sync: Sync, current: ReplicaSet, revision: number): ReplicaSet {
  const { deployment, steps } = sync;
  const annotations = newReplicaSetAnnotations(deployment, current.metadata.annotations ?? {}, revision);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  if (annotations !== (current.metadata.annotations ?? annotations) || (current.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
    steps.action('annotateReplicaSet', { name: current.metadata.name ?? '', revision: annotations[REVISION] ?? '' });
    const next = withMinReadySeconds(withAnnotations(current, annotations), minReadySeconds);
    return steps.write({ purpose: 'annotateReplicaSet', spec: updateRequest(REPLICA_SETS, next) }).body as ReplicaSet;
  }
  const renumbered = setRevision(sync, annotations[REVISION] ?? '');
  const conditions = conditionsOf(sync.deployment.status);
  const found = hasProgressDeadline(deployment) && !findCondition(conditions, PROGRESSING);
  if (found) setProgress(sync, 'True', REASON.foundNewReplicaSet, `Found new replica set "${current.metadata.name}"`);
  if (renumbered || found) writeStatus(sync);
  return current;
}

function withMinReadySeconds(replicaSet: ReplicaSet, minReadySeconds: number): ReplicaSet {
  if (!replicaSet.spec) return replicaSet;
  const { minReadySeconds: _, ...spec } = replicaSet.spec;
  return { ...replicaSet, spec: minReadySeconds > 0 ? { ...spec, minReadySeconds } : spec };
}

/** Puts the revision on the working copy; true if it had another. */
function setRevision(sync: Sync, revision: string): boolean {
  const annotations = sync.deployment.metadata.annotations ?? {};
  if ((annotations[REVISION] ?? '') === revision) return false;
  sync.deployment = withAnnotations(sync.deployment, { ...annotations, [REVISION]: revision });
  return true;
}

function setProgress(sync: Sync, status: 'True' | 'False', reason: string, message: string): void {
  const conditions = setCondition(conditionsOf(sync.deployment.status), newCondition(PROGRESSING, status, reason, message, sync.input.unixUs));
  sync.deployment = withConditions(sync.deployment, conditions);
}

function createReplicaSet(sync: Sync, old: readonly ReplicaSet[], revision: number): ReplicaSet {
  const { steps } = sync;
  const wanted = newReplicaSet(sync.deployment, old, revision);
  const replicas = wanted.spec?.replicas ?? 0;
  const name = wanted.metadata.name ?? '';
  steps.action('createReplicaSet', { name, replicas, revision });
  const result = steps.attempt({ purpose: 'createReplicaSet', spec: createRequest(REPLICA_SETS, wanted, wanted.metadata.namespace ?? '') });
  const existing = isAlreadyExists(result) ? existingReplicaSet(sync, wanted, result) : undefined;
  if (!existing && !isSuccess(result)) failCreation(sync, name, result);
  const created = existing ?? (result.body as ReplicaSet);
  if (!existing && replicas > 0) {
    steps.event({ about: sync.deployment, type: 'Normal', reason: 'ScalingReplicaSet', message: `Scaled up replica set ${created.metadata.name} from 0 to ${replicas}` });
  }
  const renumbered = setRevision(sync, String(revision));
  const progressed = !existing && hasProgressDeadline(sync.deployment);
  if (progressed) setProgress(sync, 'True', REASON.newReplicaSetCreated, `Created new replica set "${created.metadata.name}"`);
  if (renumbered || progressed) writeStatus(sync);
  return created;
}

function newReplicaSet(deployment: Deployment, old: readonly ReplicaSet[], revision: number): ReplicaSet {
  const template = deployment.spec?.template ?? {};
  const hash = computeHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
  const { name = '', namespace } = deployment.metadata;
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const annotations = { ...newReplicaSetAnnotations(deployment, {}, revision), ...sizeAnnotations(deployment) };
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: { name: `${name.slice(0, MAX_NAME - 1 - hash.length)}-${hash}`, namespace, ownerReferences: [controllerRef(deployment)], labels, annotations },
    spec: {
      replicas: newReplicaSetSize(deployment, sumSpec(old), 0), ...(minReadySeconds > 0 && { minReadySeconds }),
      selector: withLabel(deployment.spec?.selector ?? {}, TEMPLATE_HASH, hash),
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

function withLabel(selector: LabelSelector, name: string, value: string): LabelSelector {
  return { ...selector, matchLabels: { ...selector.matchLabels, [name]: value } };
}

/**
 * The name is taken: by our own ReplicaSet that the cache did not show (a slow watch), or by another template with the
 * same hash. Then the hash gets a new seed and the next sync tries again.
 */
function existingReplicaSet(sync: Sync, wanted: ReplicaSet, result: WriteResult): ReplicaSet {
  const { steps } = sync;
  const found = steps.remember(() => sync.cached(keyOf(wanted)));
  if (!found) throw new SyncError(`replicaset.apps "${wanted.metadata.name}" not found`);
  if (controllerOf(found)?.uid === sync.deployment.metadata.uid && sameTemplate(sync.deployment.spec?.template, found.spec?.template)) return found;
  const collisionCount = (sync.deployment.status?.collisionCount ?? 0) + 1;
  steps.action('countCollision', { name: wanted.metadata.name ?? '', collisionCount });
  sync.deployment = { ...sync.deployment, status: { ...sync.deployment.status, collisionCount } };
  steps.attempt(statusWrite(sync.deployment));
  throw refusal(result);
}

function failCreation(sync: Sync, name: string, result: WriteResult): never {
  if (isNamespaceTerminating(result)) throw refusal(result);
  const message = `Failed to create new replica set "${name}": ${errorText(result)}`;
  if (hasProgressDeadline(sync.deployment)) {
    setProgress(sync, 'False', REASON.replicaSetCreateError, message);
    sync.steps.attempt(statusWrite(sync.deployment));
  }
  sync.steps.event({ about: sync.deployment, type: 'Warning', reason: REASON.replicaSetCreateError, message });
  throw refusal(result);
}
