// ControllerRevisions: earlier templates of StatefulSets and DaemonSets (models pkg/controller/history).
import type { ControllerRevision, JsonObject, PodTemplateSpec } from '../api/generated/types.ts';
import { canonicalJson, computeHash } from '../api/hash.ts';
import type { ApiObject, GroupVersionResource } from '../api/meta.ts';
import { matchesSelector } from '../api/selectors.ts';
import type { Selector } from '../api/selectors.ts';
import type { Informer } from '../client/informer.ts';
import { createRequest, deleteRequest, getRequest, patchRequest, updateRequest } from '../client/requests.ts';
import { isAlreadyExists, isSuccess } from './api-errors.ts';
import { recheck } from './claim.ts';
import { adoptPatch, controllerOf, controllerRef, ownedIndexValue } from './owners.ts';
import { SyncError, refusal } from './steps.ts';
import type { Steps } from './steps.ts';

export const CONTROLLER_REVISIONS: GroupVersionResource = { group: 'apps', version: 'v1', resource: 'controllerrevisions' };
const HASH_LABEL = 'controller.kubernetes.io/hash';
const MAX_PREFIX = 223;

const patches = new WeakMap<PodTemplateSpec, JsonObject>();

/** What a revision stores: the strategic patch that puts the template back. The same object for the same template. */
export function revisionData(template: PodTemplateSpec): JsonObject {
  let data = patches.get(template);
  if (!data) patches.set(template, data = { spec: { template: { ...(template as JsonObject), $patch: 'replace' } } });
  return data;
}

/** The template that a revision stores. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = ((revision.data?.['spec'] as JsonObject | undefined)?.['template'] ?? {}) as JsonObject;
  return template as PodTemplateSpec;
}

/** Revisions of an owner and orphans that its selector matches, oldest revision first. */
export function revisionsOf(owner: ApiObject, selector: Selector, revisions: Informer): readonly ControllerRevision[] {
  const found: ControllerRevision[] = [];
  for (const value of [ownedIndexValue(owner), owner.metadata.namespace ?? '']) {
    for (const revision of revisions.byIndex('controller', value)) if (matchesSelector(selector, revision.metadata.labels)) found.push(revision as ControllerRevision);
  }
  return found.sort(byRevision);
}

function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  const left = `${a.metadata.creationTimestamp}/${a.metadata.name}`;
  const right = `${b.metadata.creationTimestamp}/${b.metadata.name}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A revision as it would be created for the owner's present template. */
export function newRevision(owner: ApiObject, template: PodTemplateSpec, revision: number, collisionCount: number): ControllerRevision {
  const data = revisionData(template);
  const hash = computeHash(data, collisionCount);
  const { name = '', namespace, annotations } = owner.metadata;
  return {
    apiVersion: 'apps/v1', kind: 'ControllerRevision', data, revision,
    metadata: {
      name: revisionName(name, hash), namespace, labels: { ...template.metadata?.labels, [HASH_LABEL]: hash }, ownerReferences: [controllerRef(owner)],
      ...(annotations && { annotations }),
    },
  };
}

function revisionName(prefix: string, hash: string): string {
  return `${prefix.slice(0, MAX_PREFIX)}-${hash}`;
}

export function sameRevision(a: ControllerRevision, b: ControllerRevision): boolean {
  return a.data === b.data || canonicalJson(a.data) === canonicalJson(b.data);
}

/** Creates a revision; another one with its name makes the hash take a new seed. Returns it and the collisions so far. */
export function createRevision(steps: Steps, owner: ApiObject, wanted: ControllerRevision, collisionCount: number): { readonly revision: ControllerRevision; readonly collisionCount: number } {
  const { namespace = '', name: ownerName = '' } = owner.metadata;
  for (let count = collisionCount; ; count++) {
    const name = revisionName(ownerName, computeHash(wanted.data ?? {}, count));
    const result = steps.attempt({ purpose: 'createRevision', spec: createRequest(CONTROLLER_REVISIONS, { ...wanted, metadata: { ...wanted.metadata, name } }, namespace) });
    if (isSuccess(result)) return { revision: result.body as ControllerRevision, collisionCount: count };
    if (!isAlreadyExists(result)) throw refusal(result);
    const existing = steps.write({ purpose: 'getRevision', spec: getRequest(CONTROLLER_REVISIONS, namespace, name) }).body as ControllerRevision;
    if (sameRevision(existing, wanted)) return { revision: existing, collisionCount: count };
  }
}

/** Gives an old revision a new number: it is current again. */
export function renumberRevision(steps: Steps, revision: ControllerRevision, number: number): ControllerRevision {
  if (revision.revision === number) return revision;
  return steps.write({ purpose: 'renumberRevision', spec: updateRequest(CONTROLLER_REVISIONS, { ...revision, revision: number } as ApiObject) }).body as ControllerRevision;
}

export function deleteRevision(steps: Steps, revision: ControllerRevision): void {
  const { namespace = '', name = '' } = revision.metadata;
  steps.action('deleteRevision', { name, revision: revision.revision });
  const result = steps.attempt({ purpose: 'deleteRevision', spec: deleteRequest(CONTROLLER_REVISIONS, namespace, name) });
  if (!isSuccess(result) && result.code !== 404) throw refusal(result);
}

/** Takes over orphaned revisions. */
export function adoptRevisions(steps: Steps, owner: ApiObject, ownerResource: GroupVersionResource, revisions: readonly ControllerRevision[]): readonly ControllerRevision[] {
  if (revisions.every((revision) => controllerOf(revision) !== undefined)) return revisions;
  const reason = recheck(steps, { owner, ownerResource });
  if (reason !== undefined) throw new SyncError(`can't adopt ControllerRevisions: ${reason}`);
  return revisions.map((revision) => {
    if (controllerOf(revision)) return revision;
    const { namespace = '', name = '' } = revision.metadata;
    return steps.write({ purpose: 'adoptRevision', spec: patchRequest(CONTROLLER_REVISIONS, namespace, name, 'strategic', adoptPatch(owner, revision)) }).body as ControllerRevision;
  });
}
