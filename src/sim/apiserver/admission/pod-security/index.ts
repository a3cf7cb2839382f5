import type { CronJob, Deployment, Namespace, ObjectMeta, Pod, PodSpec, PodTemplate, PodTemplateSpec } from '../../../api/generated/types.ts';
import type { ApiObject, FieldError } from '../../../api/meta.ts';
import { resourceOf, warn } from '../../call.ts';
import { sameContent } from '../../object.ts';
import { Refusal, invalid } from '../../status.ts';
import { forbid, lookUp, lookUpAll } from '../plugin.ts';
import type { AdmissionPlugin, Attributes } from '../plugin.ts';
import { CHECKS } from './checks.ts';
import type { CheckPod, Violation } from './checks.ts';
import { compareLevels, levelText, policyOf } from './policy.ts';
import type { LevelVersion } from './policy.ts';

const MAX_PODS_TO_CHECK = 3000;

/** Models PodSecurity: pods must keep to the standard that their namespace's labels enforce; templates only earn a warning. */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  resources: [
    'pods', 'pods/ephemeralcontainers', 'pods/resize', 'namespaces', 'replicationcontrollers', 'podtemplates', 'replicasets.apps', 'deployments.apps', 'statefulsets.apps',
    'daemonsets.apps', 'jobs.batch', 'cronjobs.batch',
  ],
  operations: ['CREATE', 'UPDATE'],
  validate(object, attributes) {
    if (!object) return;
    switch (resourceOf(attributes.call).name) {
      case 'namespaces': return validateNamespace(object as Namespace, attributes);
      case 'pods': return validatePod(object as Pod, attributes);
      default: return validateTemplate(object, attributes);
    }
  },
};

// ---- evaluation ----

/** The newest version that defines a check; later ones are the same. */
const NEWEST = Math.max(...CHECKS.flatMap(({ versions }) => versions.map(({ from }) => from)));
const chosen = new Map<string, readonly CheckPod[]>();

function checksFor(at: LevelVersion): readonly CheckPod[] {
  const key = levelText(at);
  let checks = chosen.get(key);
  if (checks) return checks;
  const minor = at.version === 'latest' ? NEWEST : Math.min(at.version, NEWEST);
  const current = CHECKS.filter(({ level }) => level === 'baseline' || at.level === 'restricted')
    .map(({ id, versions }) => ({ id, version: versions.findLast(({ from }) => from <= minor) }));
  const overridden = new Set(current.flatMap(({ version }) => version?.overrides ?? []));
  chosen.set(key, checks = current.flatMap(({ id, version }) => (version && !overridden.has(id) ? [version.run] : [])));
  return checks;
}

function violationsOf(at: LevelVersion, metadata: ObjectMeta, spec: PodSpec): readonly Violation[] {
  if (at.level === 'privileged') return [];
  return checksFor(at).flatMap((check) => check(metadata, spec) ?? []);
}

function violationText(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}

// ---- pods and what makes them ----

function labelsOfNamespace(attributes: Attributes): Readonly<Record<string, string>> | undefined {
  return lookUp(attributes, 'namespaces', '', attributes.call.request.namespace)?.metadata.labels;
}

function validatePod(pod: Pod, attributes: Attributes): void {
  const { policy } = policyOf(labelsOfNamespace(attributes));
  const { enforce, warn: warning } = policy;
  if (!pod.spec || (enforce.level === 'privileged' && warning.level === 'privileged')) return;
  if (attributes.old && !isSignificant(pod.spec, (attributes.old as Pod).spec)) return;
  const violations = violationsOf(enforce, pod.metadata, pod.spec);
  if (violations.length > 0) forbid(attributes, pod, `violates PodSecurity "${levelText(enforce)}": ${violationText(violations)}`);
  warnOf(attributes, warning, pod.metadata, pod.spec);
}

/** Pods that exist keep running: only another image or another container is looked at. */
function isSignificant(spec: PodSpec, old: PodSpec | undefined): boolean {
  const changed = (now: PodSpec['containers'] = [], before: PodSpec['containers'] = []): boolean => now.length !== before.length || now.some(({ image }, i) => image !== before[i]?.image);
  if (changed(spec.containers, old?.containers) || changed(spec.initContainers, old?.initContainers)) return true;
  return (spec.ephemeralContainers ?? []).some(({ name, image }) => !old?.ephemeralContainers?.some((other) => other.name === name && other.image === image));
}

function validateTemplate(object: ApiObject, attributes: Attributes): void {
  const { policy } = policyOf(labelsOfNamespace(attributes));
  if (policy.warn.level === 'privileged') return;
  const template = templateOf(object);
  if (template?.spec) warnOf(attributes, policy.warn, template.metadata ?? {}, template.spec);
}

function templateOf(object: ApiObject): PodTemplateSpec | undefined {
  switch (object.kind) {
    case 'PodTemplate': return (object as PodTemplate).template;
    case 'CronJob': return (object as CronJob).spec?.jobTemplate.spec?.template;
    default: return (object as Deployment).spec?.template;
  }
}

function warnOf({ call }: Attributes, at: LevelVersion, metadata: ObjectMeta, spec: PodSpec): void {
  const violations = violationsOf(at, metadata, spec);
  if (violations.length > 0) warn(call, [`would violate PodSecurity "${levelText(at)}": ${violationText(violations)}`]);
}

// ---- namespaces ----

function validateNamespace(namespace: Namespace, attributes: Attributes): void {
  const { policy, errors } = policyOf(namespace.metadata.labels);
  const before = attributes.old && policyOf(attributes.old.metadata.labels);
  if (errors.length > 0 && !(before && sameContent(errors, before.errors))) refuse(namespace, errors);
  if (!before) return;
  const { enforce } = policy;
  const was = before.policy.enforce;
  if (enforce.level === 'privileged' || (enforce.version === was.version && compareLevels(enforce.level, was.level) <= 0)) return;
  warn(attributes.call, warningsOfExisting(attributes, namespace.metadata.name ?? '', enforce));
}

function refuse({ metadata }: Namespace, errors: readonly FieldError[]): never {
  throw new Refusal(invalid('', 'Namespace', metadata.name ?? '', errors));
}

/** Which of the namespace's pods would no longer be let in, told once per kind of violation. */
function warningsOfExisting(attributes: Attributes, namespace: string, enforce: LevelVersion): readonly string[] {
  const pods = prioritized(lookUpAll(attributes, 'pods', namespace) as readonly Pod[]);
  const found = new Map<string, { name: string; count: number }>();
  for (const { metadata, spec } of pods.slice(0, MAX_PODS_TO_CHECK)) {
    const reasons = spec ? violationsOf(enforce, metadata, spec).map(({ reason }) => reason).join(', ') : '';
    if (reasons === '') continue;
    const name = metadata.name ?? '';
    const same = found.get(reasons);
    found.set(reasons, { name: same && same.name < name ? same.name : name, count: (same?.count ?? 0) + 1 });
  }
  const checked = pods.length > MAX_PODS_TO_CHECK ? [`new PodSecurity enforce level only checked against the first ${MAX_PODS_TO_CHECK} of ${pods.length} existing pods`] : [];
  if (found.size === 0) return checked;
  const others = (count: number): string => (count === 1 ? '' : count === 2 ? ' (and 1 other pod)' : ` (and ${count - 1} other pods)`);
  const lines = [...found].map(([reasons, { name, count }]) => `${name}${others(count)}: ${reasons}`).sort();
  return [...checked, `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${levelText(enforce)}"`, ...lines];
}

/** One pod of each controller before the others. */
function prioritized(pods: readonly Pod[]): readonly Pod[] {
  const seen = new Set<string>();
  const first: Pod[] = [];
  const rest: Pod[] = [];
  for (const pod of pods) {
    const uid = pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
    (uid !== undefined && seen.has(uid) ? rest : first).push(pod);
    if (uid !== undefined) seen.add(uid);
  }
  return [...first, ...rest];
}
