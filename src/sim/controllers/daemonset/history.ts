// The revision of a DaemonSet's present template (models constructHistory in daemon/update.go).
import type { ControllerRevision, DaemonSet, Pod } from '../../api/generated/types.ts';
import { canonicalJson, computeHash } from '../../api/hash.ts';
import type { ApiObject } from '../../api/meta.ts';
import { PODS } from '../../api/resources.ts';
import { matchesSelector, selectorOf } from '../../api/selectors.ts';
import { createRequest, getRequest, patchRequest, updateRequest } from '../../client/requests.ts';
import { isAlreadyExists, isSuccess } from '../api-errors.ts';
import { claim } from '../claim.ts';
import { CONTROLLER_REVISIONS, deleteRevision, renumberRevision, revisionData } from '../history.ts';
import { controllerRef } from '../owners.ts';
import { SyncError, refusal } from '../steps.ts';
import type { Steps } from '../steps.ts';
import { DAEMON_SETS } from './resource.ts';
import { HASH_LABEL } from './template.ts';

export interface History { readonly hash: string; readonly old: readonly ControllerRevision[] }

export function constructHistory(steps: Steps, set: DaemonSet, candidates: readonly ControllerRevision[], pods: () => readonly Pod[]): History {
  const selector = selectorOf(set.spec?.selector);
  const owned = claim(steps, candidates, {
    owner: set, ownerResource: DAEMON_SETS, resource: CONTROLLER_REVISIONS, matches: (revision) => matchesSelector(selector, revision.metadata.labels),
  }).map((revision) => labelled(steps, revision));
  const data = canonicalJson(revisionData(set.spec?.template ?? {}));
  const current = owned.filter((revision) => canonicalJson(revision.data) === data);
  const old = owned.filter((revision) => !current.includes(revision));
  const number = Math.max(0, ...old.map((revision) => revision.revision)) + 1;
  const revision = current.length === 0 ? snapshot(steps, set, number) : deduplicated(steps, current, pods);
  if (revision.revision < number) renumberRevision(steps, revision, number);
  return { hash: hashOf(revision), old };
}

export function hashOf(revision: ControllerRevision): string {
  return revision.metadata.labels?.[HASH_LABEL] ?? '';
}

function labelled(steps: Steps, revision: ControllerRevision): ControllerRevision {
  if (revision.metadata.labels?.[HASH_LABEL] !== undefined) return revision;
  const labels = { ...revision.metadata.labels, [HASH_LABEL]: revision.metadata.name ?? '' };
  const next: ApiObject = { ...revision, metadata: { ...revision.metadata, labels } };
  return steps.write({ purpose: 'labelRevision', spec: updateRequest(CONTROLLER_REVISIONS, next) }).body as ControllerRevision;
}

function snapshot(steps: Steps, set: DaemonSet, number: number): ControllerRevision {
  const template = set.spec?.template ?? {};
  const hash = computeHash(template, set.status?.collisionCount);
  const { namespace = '', annotations } = set.metadata;
  const name = `${set.metadata.name}-${hash}`;
  const wanted: ControllerRevision = {
    apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: number, data: revisionData(template),
    metadata: { name, namespace, labels: { ...template.metadata?.labels, [HASH_LABEL]: hash }, ...(annotations && { annotations }), ownerReferences: [controllerRef(set)] },
  };
  steps.action('createRevision', { revision: number });
  const result = steps.attempt({ purpose: 'createRevision', spec: createRequest(CONTROLLER_REVISIONS, wanted, namespace) });
  if (isSuccess(result)) return result.body as ControllerRevision;
  if (!isAlreadyExists(result)) throw refusal(result);
  const existing = steps.write({ purpose: 'getRevision', spec: getRequest(CONTROLLER_REVISIONS, namespace, name) }).body as ControllerRevision;
  if (canonicalJson(existing.data) === canonicalJson(wanted.data)) return existing;
  countCollision(steps, set);
  throw refusal(result);
}

/** Another template has the same hash: the next sync takes another seed. */
function countCollision(steps: Steps, set: DaemonSet): void {
  const { namespace = '', name = '' } = set.metadata;
  const fresh = steps.write({ purpose: 'refetch', spec: getRequest(DAEMON_SETS, namespace, name) }).body as DaemonSet;
  if (fresh.status?.collisionCount !== set.status?.collisionCount) {
    throw new SyncError(`found a stale collision count (${set.status?.collisionCount}, expected ${fresh.status?.collisionCount}) of DaemonSet "${name}" while processing; will retry until it is updated`);
  }
  const next = { ...fresh, status: { ...fresh.status, collisionCount: (fresh.status?.collisionCount ?? 0) + 1 } } as ApiObject;
  steps.write({ purpose: 'countCollision', spec: updateRequest(DAEMON_SETS, next, 'status') });
}

/** Of several revisions with the present template the highest stays; pods of the others are labelled for it. */
function deduplicated(steps: Steps, current: readonly ControllerRevision[], pods: () => readonly Pod[]): ControllerRevision {
  const kept = current.reduce((best, revision) => (revision.revision >= best.revision ? revision : best));
  if (current.length === 1) return kept;
  for (const { metadata } of pods()) {
    if (metadata.labels?.[HASH_LABEL] === hashOf(kept)) continue;
    const patch = { metadata: { labels: { [HASH_LABEL]: hashOf(kept) } } };
    steps.write({ purpose: 'labelPod', spec: patchRequest(PODS, metadata.namespace ?? '', metadata.name ?? '', 'merge', patch) });
  }
  for (const revision of current) if (revision !== kept) deleteRevision(steps, revision);
  return kept;
}
