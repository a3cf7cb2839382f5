// Which objects belong to an owner: adopting orphans, releasing what is no longer meant (models
// BaseControllerRefManager.ClaimObject) as steps of a sync.
import type { ApiObject, GroupVersionResource } from '../api/meta.ts';
import { getRequest, patchRequest } from '../client/requests.ts';
import { errorText, isInvalid, isNotFound, isSuccess } from './api-errors.ts';
import type { WriteResult } from './controller.ts';
import { adoptPatch, adoptionRefusal, controllerOf, releasePatch } from './owners.ts';
import { SyncError } from './steps.ts';
import type { Steps } from './steps.ts';

export interface ClaimRules {
  readonly owner: ApiObject;
  readonly ownerResource: GroupVersionResource;
  readonly resource: GroupVersionResource;
  /** Comes and goes with the ownership. */
  readonly finalizer?: string;
  matches(candidate: ApiObject): boolean;
  /** Told of each patched object. */
  wrote?(object: ApiObject): void;
}

/**
 * Of the candidates (owned ones and orphans) those that the sync works with. An adopted one is still the version of the
 * cache, without its new owner, as in the real controllers. Throws SyncError when something could not be claimed.
 */
export function claim<T extends ApiObject>(steps: Steps, candidates: readonly T[], rules: ClaimRules): readonly T[] {
  const deleting = rules.owner.metadata.deletionTimestamp !== undefined;
  const claimed: T[] = [];
  const errors: string[] = [];
  let refusal: string | undefined | null = null;
  for (const candidate of candidates) {
    const matches = rules.matches(candidate);
    if (controllerOf(candidate)) {
      if (matches) claimed.push(candidate);
      else if (!deleting) release(steps, rules, candidate, errors);
    } else if (matches && !deleting && candidate.metadata.deletionTimestamp === undefined) {
      if (refusal === null) refusal = recheck(steps, rules);
      if (adopt(steps, rules, candidate, refusal, errors)) claimed.push(candidate);
    }
  }
  if (errors.length > 0) throw new SyncError(errors.join(', '));
  return claimed;
}

/** Why the owner must not adopt, by a fresh read; undefined: it may. */
export function recheck(steps: Steps, { owner, ownerResource }: Pick<ClaimRules, 'owner' | 'ownerResource'>): string | undefined {
  const { namespace = '', name = '' } = owner.metadata;
  const answer = steps.attempt({ purpose: 'recheckOwner', spec: getRequest(ownerResource, namespace, name) });
  return isSuccess(answer) ? adoptionRefusal(owner, answer.body) : `can't recheck DeletionTimestamp: ${errorText(answer)}`;
}

function adopt(steps: Steps, rules: ClaimRules, object: ApiObject, refusal: string | undefined, errors: string[]): boolean {
  const { namespace, name, uid } = object.metadata;
  if (refusal !== undefined) {
    errors.push(`can't adopt ${object.kind} ${namespace}/${name} (${uid}): ${refusal}`);
    return false;
  }
  steps.action(`adopt${object.kind}`, { name: name ?? '' });
  const result = patch(steps, rules, `adopt${object.kind}`, object, adoptPatch(rules.owner, object, rules.finalizer));
  if (!isSuccess(result) && !isNotFound(result)) errors.push(errorText(result));
  return isSuccess(result);
}

function release(steps: Steps, rules: ClaimRules, object: ApiObject, errors: string[]): void {
  steps.action(`release${object.kind}`, { name: object.metadata.name ?? '' });
  const result = patch(steps, rules, `release${object.kind}`, object, releasePatch(rules.owner, object, rules.finalizer));
  if (!isSuccess(result) && !isNotFound(result) && !isInvalid(result)) errors.push(errorText(result));
}

function patch(steps: Steps, rules: ClaimRules, purpose: string, object: ApiObject, body: unknown): WriteResult {
  const { namespace = '', name = '' } = object.metadata;
  const result = steps.attempt({ purpose, spec: patchRequest(rules.resource, namespace, name, 'strategic', body) });
  if (isSuccess(result)) rules.wrote?.(result.body);
  return result;
}
