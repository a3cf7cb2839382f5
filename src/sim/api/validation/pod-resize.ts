// What the resize subresource may change: cpu and memory, and nothing may be taken away (models ValidatePodResize).
import type { UpdateChecks } from '../kinds/define.ts';
import type { Container, Pod, PodSpec, ResourceRequirements } from '../generated/types.ts';
import { qosClass } from '../qos.ts';
import type { QuantityText } from '../quantity.ts';
import type { Errors } from './field.ts';
import { Path } from './field.ts';
import { equal } from './metadata.ts';
import { mirrorAnnotation, validatePodParts } from './pod.ts';

type ResourceList = Readonly<Record<string, QuantityText>>;

const specPath = new Path('spec');
const emptySpec: PodSpec = { containers: [] };
const onlyThese = 'only cpu and memory resources are mutable';

export function validatePodResize(next: Pod, old: Pod, errors: Errors, checks: UpdateChecks): void {
  checks.metadata();
  checks.names();
  validatePodParts(next, errors);
  const after = next.spec ?? emptySpec;
  const before = old.spec ?? emptySpec;
  const refused = old.metadata.annotations?.[mirrorAnnotation] !== undefined ? 'static' : before.os?.name === 'windows' ? 'windows' : undefined;
  if (refused !== undefined) {
    errors.list.length = 0;
    errors.forbidden('', `${refused} pods cannot be resized`);
    return;
  }
  if ((old.status?.qosClass ?? qosClass(before)) !== qosClass(after)) errors.invalid(specPath, next.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing');
  if (!nodeCanResize(old)) errors.forbidden(specPath, 'Pod running on node without support for resize');
  const podLevel = hasResources(before) || hasResources(after);
  if (podLevel) validatePodLevel(after, before, errors);
  if (!sameContainers(after, before, errors)) return;
  validateRemovals(after.initContainers, before.initContainers, specPath.child('initContainers'), errors);
  validateRemovals(after.containers, before.containers, specPath.child('containers'), errors);
  validateOtherChanges(after, before, podLevel, errors);
}

/** Nodes that can resize report the resources of running containers. */
function nodeCanResize(pod: Pod): boolean {
  const running = pod.status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

function hasResources(spec: PodSpec): boolean {
  return Object.keys(spec.resources?.requests ?? {}).length + Object.keys(spec.resources?.limits ?? {}).length > 0;
}

function removed(after: ResourceList | undefined, before: ResourceList | undefined): boolean {
  return Object.keys(before ?? {}).some((name) => after?.[name] === undefined);
}

function validatePodLevel(after: PodSpec, before: PodSpec, errors: Errors): void {
  const path = specPath.child('resources');
  if (before.resources !== undefined && after.resources === undefined) {
    errors.forbidden(path, 'pod-level resources cannot be removed');
    return;
  }
  if (removed(after.resources?.requests, before.resources?.requests)) errors.forbidden(path.child('requests'), 'pod-level resource requests cannot be removed');
  if (removed(after.resources?.limits, before.resources?.limits)) errors.forbidden(path.child('limits'), 'pod-level resource limits cannot be removed');
  if (!sameWithoutCompute(after.resources, before.resources)) errors.forbidden(specPath, 'only cpu and memory resources are mutable at pod-level');
}

function sameContainers(after: PodSpec, before: PodSpec, errors: Errors): boolean {
  const count = errors.length;
  for (const member of ['containers', 'initContainers'] as const) {
    const list = after[member] ?? [];
    const old = before[member] ?? [];
    if (list.length !== old.length) errors.forbidden(specPath.child(member), `${member} may not be added or removed on resize`);
    else list.forEach(({ name }, i) => {
      if (old[i]?.name !== name) errors.forbidden(specPath.child(member).index(i).child('name'), `${member} may not be renamed or reordered on resize`);
    });
  }
  return errors.length === count;
}

function validateRemovals(after: readonly Container[] | undefined, before: readonly Container[] | undefined, path: Path, errors: Errors): void {
  before?.forEach(({ resources }, i) => {
    const now = after?.[i]?.resources;
    const at = path.index(i).child('resources');
    if (removed(now?.requests, resources?.requests)) errors.forbidden(at.child('requests'), 'resource requests cannot be removed');
    if (removed(now?.limits, resources?.limits)) errors.forbidden(at.child('limits'), 'resource limits cannot be removed');
  });
}

function withoutCompute(list: ResourceList | undefined): ResourceList {
  const { cpu: _, memory: __, ...rest } = list ?? {};
  return rest;
}

function sameWithoutCompute(after: ResourceRequirements | undefined, before: ResourceRequirements | undefined): boolean {
  return equal(withoutCompute(after?.requests), withoutCompute(before?.requests)) && equal(withoutCompute(after?.limits), withoutCompute(before?.limits)) && equal(after?.claims ?? [], before?.claims ?? []);
}

/** Apart from cpu and memory of its resources; claims are dropped on the way, so that containers with claims differ. */
function sameContainer(after: Container, before: Container): boolean {
  const claims = (before.resources?.claims ?? []).length;
  return claims === 0 && sameWithoutCompute({ ...after.resources, claims: [] }, before.resources) && equal({ ...after, resources: undefined }, { ...before, resources: undefined });
}

function validateOtherChanges(after: PodSpec, before: PodSpec, podLevel: boolean, errors: Errors): void {
  after.containers.forEach((container, i) => {
    if (!sameContainer(container, before.containers[i] ?? container)) errors.forbidden(specPath, onlyThese);
  });
  after.initContainers?.forEach((container, i) => {
    const old = before.initContainers?.[i] ?? container;
    const at = specPath.child('initContainers').index(i);
    if (!sameContainer(container, old)) errors.forbidden(at, 'only cpu and memory resources for init or sidecar containers are mutable');
    if (equal(container, old) || container.restartPolicy === 'Always') return;
    for (const { restartPolicy } of container.resizePolicy ?? []) {
      if (restartPolicy === 'RestartContainer') errors.forbidden(at, 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized');
    }
  });
  if (errors.length > 0) return;
  const rest = { ...after, containers: before.containers, initContainers: before.initContainers, ...(podLevel ? { resources: before.resources } : {}) };
  if (!equal(rest, before)) errors.forbidden(specPath, onlyThese);
}
