// What may change in a pod once it exists (models ValidatePodUpdate and its relatives).
import type { Container, EphemeralContainer, NodeAffinity, NodeSelectorTerm, Pod, PodSpec, Toleration } from '../generated/types.ts';
import { unifiedDiff } from '../difflib.ts';
import { indentedInternal, internalForm } from '../internal-form.ts';
import type { UpdateChecks } from '../kinds/define.ts';
import { validateTolerations } from './affinity.ts';
import type { Errors } from './field.ts';
import { Path } from './field.ts';
import { equal } from './metadata.ts';
import { rangeMessage } from './names.ts';
import { appArmorPrefix, mirrorAnnotation, validatePodParts } from './pod.ts';

const metadataAnnotations = new Path('metadata').child('annotations');
const specPath = new Path('spec');
const emptySpec: PodSpec = { containers: [] };
const maxInt32 = 2_147_483_647;

const updatable = '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),'
  + '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export function validatePodUpdate(next: Pod, old: Pod, errors: Errors, checks: UpdateChecks): void {
  checks.metadata();
  checks.names();
  validatePodParts(next, errors);
  validateAnnotationUpdates(next, old, errors);
  const after = next.spec ?? emptySpec;
  const before = old.spec ?? emptySpec;
  if (!validateContainerUpdates(after.containers, before.containers, specPath.child('containers'), errors)) return;
  if (!validateContainerUpdates(after.initContainers, before.initContainers, specPath.child('initContainers'), errors)) return;
  if (!validateDeadline(after, before, errors)) return;
  validateAddedTolerations(after.tolerations ?? [], before.tolerations ?? [], specPath.child('tolerations'), errors);
  validateDeletedGates(after, before, errors);
  if (equal(after, before)) return;
  const rest = before.schedulingGates === undefined ? withoutUpdates(after, before) : withoutGatedUpdates(withoutUpdates(after, before), before, errors);
  if (equal(rest, before)) return;
  const difference = unifiedDiff(indentedInternal(before, 'core.PodSpec'), indentedInternal(rest, 'core.PodSpec'));
  errors.forbidden(specPath, `pod updates may not change fields other than ${updatable}\n${difference}`);
}

/** Annotations that are fixed at creation. */
export function validateAnnotationUpdates(next: Pod, old: Pod, errors: Errors): void {
  const after = next.metadata.annotations ?? {};
  const before = old.metadata.annotations ?? {};
  for (const key of Object.keys(before)) {
    if (after[key] === before[key]) continue;
    if (key.startsWith(appArmorPrefix)) errors.forbidden(metadataAnnotations.key(key), 'may not remove or update AppArmor annotations');
    if (key === mirrorAnnotation) errors.forbidden(metadataAnnotations.key(key), 'may not remove or update mirror pod annotation');
  }
  for (const key of Object.keys(after)) {
    if (before[key] !== undefined) continue;
    if (key.startsWith(appArmorPrefix)) errors.forbidden(metadataAnnotations.key(key), 'may not add AppArmor annotations');
    if (key === mirrorAnnotation) errors.forbidden(metadataAnnotations.key(key), 'may not add mirror pod annotation');
  }
}

/** False if containers came or went: then nothing else is compared. */
function validateContainerUpdates(next: readonly Container[] | null | undefined, old: readonly Container[] | null | undefined, path: Path, errors: Errors): boolean {
  const [after, before] = [next ?? [], old ?? []];
  if (after.length !== before.length) {
    errors.forbidden(path, 'pod updates may not add or remove containers');
    return false;
  }
  after.forEach((container, i) => {
    const image = container.image ?? '';
    if (image === '') errors.required(path.index(i).child('image'));
    if (image.trim() !== image) errors.invalid(path.index(i).child('image'), image, 'must not have leading or trailing whitespace');
  });
  return true;
}

function validateDeadline(after: PodSpec, before: PodSpec, errors: Errors): boolean {
  const path = specPath.child('activeDeadlineSeconds');
  const deadline = after.activeDeadlineSeconds;
  const previous = before.activeDeadlineSeconds;
  if (deadline === undefined) {
    if (previous !== undefined) errors.invalid(path, null, 'must not update from a positive integer to nil value');
    return true;
  }
  if (deadline < 0 || deadline > maxInt32) errors.invalid(path, deadline, rangeMessage(0, maxInt32));
  else if (previous !== undefined && previous < deadline) errors.invalid(path, deadline, 'must be less than or equal to previous value');
  else return true;
  return false;
}

function validateAddedTolerations(after: readonly Toleration[], before: readonly Toleration[], path: Path, errors: Errors): void {
  const kept = before.every((old) => after.some((toleration) => equal({ ...toleration, tolerationSeconds: undefined }, { ...old, tolerationSeconds: undefined })));
  if (!kept) errors.forbidden(path, 'existing toleration can not be modified except its tolerationSeconds');
  else validateTolerations(after, path, errors);
}

function validateDeletedGates(after: PodSpec, before: PodSpec, errors: Errors): void {
  after.schedulingGates?.forEach(({ name }, i) => {
    if (before.schedulingGates?.some((gate) => gate.name === name)) return;
    errors.forbidden(specPath.child('schedulingGates').index(i).child('name'), `only deletion is allowed, but found new scheduling gate '${name}'`);
  });
}

/** The new spec with everything that may change put back. */
function withoutUpdates(after: PodSpec, before: PodSpec): PodSpec {
  const oldImages = (containers: readonly Container[], old: readonly Container[] | undefined): readonly Container[] =>
    containers.map((container, i) => ({ ...container, image: old?.[i]?.image }));
  const grace = (before.terminationGracePeriodSeconds ?? 0) < 0 && after.terminationGracePeriodSeconds === 1 ? before.terminationGracePeriodSeconds : after.terminationGracePeriodSeconds;
  return {
    ...after,
    containers: oldImages(after.containers, before.containers),
    ...(after.initContainers ? { initContainers: oldImages(after.initContainers, before.initContainers) } : {}),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    schedulingGates: before.schedulingGates,
    tolerations: before.tolerations,
    terminationGracePeriodSeconds: grace,
  };
}

/** While a pod waits at its gates its node selector and node affinity may become narrower. */
function withoutGatedUpdates(after: PodSpec, before: PodSpec, errors: Errors): PodSpec {
  const selectorKept = Object.entries(before.nodeSelector ?? {}).every(([key, value]) => after.nodeSelector?.[key] === value);
  if (!selectorKept) errors.invalid(specPath.child('nodeSelector'), after.nodeSelector ?? null, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)');
  const oldAffinity = before.affinity?.nodeAffinity;
  const newAffinity = after.affinity?.nodeAffinity;
  const next: PodSpec = { ...after, nodeSelector: before.nodeSelector };
  if (equal(oldAffinity, newAffinity)) return next;
  validateNodeAffinityUpdate(newAffinity, oldAffinity, specPath.child('affinity').child('nodeAffinity'), errors);
  const { nodeAffinity: _, ...others } = after.affinity ?? {};
  if (before.affinity === undefined && Object.keys(others).length === 0) return { ...next, affinity: undefined };
  return { ...next, affinity: { ...others, ...(oldAffinity ? { nodeAffinity: oldAffinity } : {}) } };
}

function validateNodeAffinityUpdate(after: NodeAffinity | undefined, before: NodeAffinity | undefined, path: Path, errors: Errors): void {
  const old = before?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (old.length === 0) return;
  const at = path.child('requiredDuringSchedulingIgnoredDuringExecution').child('nodeSelectorTerms');
  const terms = after?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const shown = (term: NodeSelectorTerm | undefined): unknown => internalForm(term, 'core.NodeSelectorTerm');
  if (terms.length !== old.length) {
    errors.invalid(at, after === undefined ? null : terms.map(shown), 'no additions/deletions to non-empty NodeSelectorTerms list are allowed');
    return;
  }
  old.forEach((term, i) => {
    if (!hasOnlyAdditions(terms[i], term)) errors.invalid(at.index(i), shown(terms[i]), 'only additions are allowed (no mutations or deletions)');
  });
}

/** The old requirements must still be there, first and in their order; a term without any may not get some. */
function hasOnlyAdditions(after: NodeSelectorTerm | undefined, before: NodeSelectorTerm): boolean {
  const count = (term: NodeSelectorTerm | undefined): number => (term?.matchExpressions ?? []).length + (term?.matchFields ?? []).length;
  if (count(before) === 0) return count(after) === 0;
  const startsWith = (list: readonly unknown[] = [], old: readonly unknown[] = []): boolean => old.every((item, i) => i < list.length && equal(list[i], item));
  return startsWith(after?.matchExpressions, before.matchExpressions) && startsWith(after?.matchFields, before.matchFields);
}

/** The subresource that adds debug containers: it can only add. */
export function validateEphemeralContainersUpdate(next: Pod, old: Pod, errors: Errors, checks: UpdateChecks): void {
  checks.metadata();
  checks.names();
  validatePodParts(next, errors);
  validateAnnotationUpdates(next, old, errors);
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) {
    errors.list.length = 0;
    errors.forbidden('', 'static pods do not support ephemeral containers');
    return;
  }
  const path = specPath.child('ephemeralContainers');
  const after = new Map((next.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
  old.spec?.ephemeralContainers?.forEach((container: EphemeralContainer) => {
    const now = after.get(container.name);
    if (now === undefined) {
      errors.forbidden(path, `existing ephemeral containers "${container.name}" may not be removed\n`);
    } else if (!equal(container, now)) {
      const difference = unifiedDiff(indentedInternal(container, 'core.EphemeralContainer'), indentedInternal(now, 'core.EphemeralContainer'));
      errors.forbidden(path, `existing ephemeral containers "${container.name}" may not be changed\n${difference}`);
    }
  });
}
