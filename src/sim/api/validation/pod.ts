// Pods and pod templates (models ValidatePodCreate and ValidatePodTemplateSpec).
import type { AppArmorProfile, ObjectMeta, Pod, PodSpec, PodTemplateSpec, SeccompProfile } from '../generated/types.ts';
import { validateImageText } from './containers.ts';
import type { Errors } from './field.ts';
import { Path } from './field.ts';
import { validateAnnotations, validateLabels } from './metadata.ts';
import { localDescendingPath } from './paths.ts';
import { validatePodSpec } from './pod-spec.ts';
import { visitContainers } from './visit.ts';

export const mirrorAnnotation = 'kubernetes.io/config.mirror';
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
export const seccompPodAnnotation = 'seccomp.security.alpha.kubernetes.io/pod';
export const seccompContainerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';
export const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';

const annotationsPath = new Path('metadata').child('annotations');
const specPath = new Path('spec');
const emptySpec: PodSpec = { containers: [] };

/** Everything about a new pod besides its metadata. */
export function validatePod(pod: Pod, errors: Errors): void {
  const spec = pod.spec ?? emptySpec;
  validatePodParts(pod, errors);
  if (spec.ephemeralContainers) errors.forbidden(specPath.child('ephemeralContainers'), 'cannot be set on create');
  if (spec.nodeName && spec.schedulingGates) errors.forbidden(specPath.child('nodeName'), 'cannot be set until all schedulingGates have been cleared');
  validateProfileAgreement(pod.metadata.annotations, spec, specPath, errors);
}

/** What holds for pods at creation and ever after. */
export function validatePodParts(pod: Pod, errors: Errors): void {
  const spec = pod.spec ?? emptySpec;
  if (pod.metadata.annotations) validatePodAnnotations(pod.metadata.annotations, spec, annotationsPath, errors);
  validatePodSpec(spec, { meta: pod.metadata, isPod: true }, specPath, errors);
  if (!spec.serviceAccountName) forbidTokens(spec, errors);
  spec.containers?.forEach((container, i) => validateImageText(container, specPath.child('containers').index(i), errors));
  spec.initContainers?.forEach((container, i) => validateImageText(container, specPath.child('initContainers').index(i), errors));
}

function forbidTokens(spec: PodSpec, errors: Errors): void {
  spec.volumes?.forEach((volume, i) => {
    volume.projected?.sources?.forEach((source, j) => {
      if (source.serviceAccountToken === undefined) return;
      errors.forbidden(specPath.child('volumes').index(i).child('projected').child('sources').index(j).child('serviceAccountToken'), 'must not be specified when serviceAccountName is not set');
    });
  });
}

/** Annotations that Kubernetes reads. */
export function validatePodAnnotations(annotations: Readonly<Record<string, string>>, spec: PodSpec, path: Path, errors: Errors): void {
  const mirror = annotations[mirrorAnnotation];
  if (mirror !== undefined && !spec.nodeName) errors.invalid(path.key(mirrorAnnotation), mirror, 'must set spec.nodeName if mirror pod annotation is set');
  const cost = annotations[deletionCostAnnotation];
  if (cost !== undefined && !isDeletionCost(cost)) errors.invalid(path.key(deletionCostAnnotation), cost, 'must be a 32bit integer');
  const seccomp = annotations[seccompPodAnnotation];
  if (seccomp !== undefined) validateSeccompText(seccomp, path.child(seccompPodAnnotation), errors);
  for (const [key, value] of Object.entries(annotations)) if (key.startsWith(seccompContainerPrefix)) validateSeccompText(value, path.child(key), errors);
  for (const [key, value] of Object.entries(annotations)) {
    if (!key.startsWith(appArmorPrefix)) continue;
    const name = key.slice(appArmorPrefix.length);
    let found = false;
    visitContainers(spec, specPath, (container) => {
      found ||= container.name === name;
    });
    if (!found) errors.invalid(path.key(key), name, 'container not found');
    if (value !== '' && value !== 'runtime/default' && value !== 'unconfined' && !value.startsWith('localhost/')) errors.invalid(path.key(key), value, `invalid AppArmor profile name: ${JSON.stringify(value)}`);
  }
}

/** A decimal number of 32 bits without a leading zero or plus. */
function isDeletionCost(text: string): boolean {
  return /^(?:0|-?[1-9][0-9]*)$/.test(text) && Number(text) >= -2_147_483_648 && Number(text) <= 2_147_483_647;
}

function validateSeccompText(profile: string, path: Path, errors: Errors): void {
  if (profile === 'runtime/default' || profile === 'docker/default' || profile === 'unconfined') return;
  if (profile.startsWith('localhost/')) localDescendingPath(profile.slice('localhost/'.length), path, errors);
  else errors.invalid(path, profile, 'must be a valid seccomp profile');
}

/** Old annotations and new fields for seccomp and AppArmor may not contradict each other. */
function validateProfileAgreement(annotations: ObjectMeta['annotations'], spec: PodSpec, path: Path, errors: Errors): void {
  if (annotations === undefined) return;
  const own = spec.securityContext;
  compareProfiles(own?.seccompProfile, annotations[seccompPodAnnotation], 'seccomp', path.child('securityContext').child('seccompProfile'), errors);
  visitContainers(spec, path, (container, at) => {
    compareProfiles(container.securityContext?.seccompProfile, annotations[seccompContainerPrefix + container.name], 'seccomp', at.child('securityContext').child('seccompProfile'), errors);
  });
  if (spec.os?.name === 'windows') return;
  visitContainers(spec, path, (container, at) => {
    const profile = container.securityContext?.appArmorProfile ?? own?.appArmorProfile;
    compareProfiles(profile, annotations[appArmorPrefix + container.name], 'apparmor', at.child('securityContext').child('appArmorProfile'), errors);
  });
}

function compareProfiles(profile: SeccompProfile | AppArmorProfile | undefined, annotation: string | undefined, what: 'seccomp' | 'apparmor', path: Path, errors: Errors): void {
  if (profile === undefined || annotation === undefined) return;
  const typeDiffers = (): void => errors.forbidden(path.child('type'), `${what} type in annotation and field must match`);
  if (profile.type === 'Unconfined') {
    if (annotation !== 'unconfined') typeDiffers();
  } else if (profile.type === 'RuntimeDefault') {
    if (annotation !== 'runtime/default' && !(what === 'seccomp' && annotation === 'docker/default')) typeDiffers();
  } else if (profile.type === 'Localhost') {
    if (!annotation.startsWith('localhost/')) typeDiffers();
    else if (annotation.slice('localhost/'.length) !== profile.localhostProfile) errors.forbidden(path.child('localhostProfile'), `${what} profile in annotation and field must match`);
  }
}

const goodTemplates = new WeakSet<object>();

/** A template of pods. Templates are immutable and shared: one that was found good is not looked at again. */
export function validatePodTemplateSpec(template: PodTemplateSpec, path: Path, errors: Errors): void {
  if (goodTemplates.has(template)) return;
  const count = errors.length;
  const spec = template.spec ?? emptySpec;
  const { labels, annotations } = template.metadata ?? {};
  if (labels) validateLabels(labels, path.child('labels'), errors);
  if (annotations) {
    validateAnnotations(annotations, path.child('annotations'), errors);
    validatePodAnnotations(annotations, spec, path.child('annotations'), errors);
  }
  validatePodSpec(spec, { isPod: false }, path.child('spec'), errors);
  validateProfileAgreement(annotations, spec, path.child('spec'), errors);
  if (spec.ephemeralContainers) errors.forbidden(path.child('spec').child('ephemeralContainers'), 'ephemeral containers not allowed in pod template');
  if (errors.length === count) goodTemplates.add(template);
}
