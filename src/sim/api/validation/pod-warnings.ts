// Warnings about pods and pod templates (models pkg/api/pod/warnings.go).
import type { Container, ContainerPort, EphemeralContainer, NodeSelectorTerm, ObjectMeta, PersistentVolumeClaimSpec, Pod, PodAffinity, PodSpec, PodTemplateSpec, Volume } from '../generated/types.ts';
import { goQuote } from '../go-format.ts';
import type { Quantity, QuantityText } from '../quantity.ts';
import { formatQuantity, parseQuantity } from '../quantity.ts';
import { deprecatedNodeLabel } from './deprecated-labels.ts';
import { Path } from './field.ts';
import { ipWarnings } from './ip.ts';
import { labelValue } from './names.ts';
import { overlapWarnings } from './overlaps.ts';
import { appArmorPrefix, seccompContainerPrefix, seccompPodAnnotation } from './pod.ts';
import { visitContainers } from './visit.ts';

type ResourceList = Readonly<Record<string, QuantityText>>;
type AnyContainer = Container | EphemeralContainer;

const emptySpec: PodSpec = { containers: [] };
const nanoPerMilli = 1_000_000n;
const maxInt64 = 9_223_372_036_854_775_807n;
const nullSelector = 'a null labelSelector results in matching no pod';

export function podWarnings(pod: Pod): readonly string[] {
  return warningsOf(pod.spec ?? emptySpec, pod.metadata, new Path('spec'), new Path('metadata'), false);
}

export function templateWarnings(template: PodTemplateSpec | undefined, path: Path): readonly string[] {
  return template === undefined ? [] : warningsOf(template.spec ?? emptySpec, template.metadata ?? {}, path.child('spec'), path.child('metadata'), true);
}

function warningsOf(spec: PodSpec, meta: ObjectMeta, path: Path, metaPath: Path, isTemplate: boolean): readonly string[] {
  const annotations = metaPath.child('annotations');
  return [
    ...nodeLabelWarnings(spec, path),
    ...annotationWarnings(meta, annotations),
    ...(spec.volumes ?? []).flatMap((volume, i) => volumeWarnings(volume, path.child('volumes').index(i))),
    ...overlapWarnings(spec.volumes ?? []),
    ...duplicateWarnings(spec, path),
    ...fractionWarnings(spec.overhead, path.child('overhead')),
    ...(spec.securityContext?.seccompProfile === undefined ? seccompWarnings(meta, seccompPodAnnotation, annotations) : []),
    ...containerWarnings(spec, meta, path, annotations, isTemplate),
    ...portWarnings(spec, path),
    ...portNameWarnings(spec, path),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0 ? [path.child('terminationGracePeriodSeconds').note('must be >= 0; negative values are invalid and will be treated as 1')] : []),
    ...podAffinityWarnings(spec.affinity?.podAffinity, path.child('affinity').child('podAffinity')),
    ...podAffinityWarnings(spec.affinity?.podAntiAffinity, path.child('affinity').child('podAntiAffinity')),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((server, i) => ipWarnings(server, path.child('dnsConfig').child('nameservers').index(i))),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, i) => ipWarnings(ip, path.child('hostAliases').index(i).child('ip'))),
  ];
}

function nodeLabelWarnings(spec: PodSpec, path: Path): readonly string[] {
  const warnings: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    const message = deprecatedNodeLabel(key);
    if (message !== undefined) warnings.push(path.child('nodeSelector').key(key).note(message));
  }
  const affinity = spec.affinity?.nodeAffinity;
  const affinityPath = path.child('affinity').child('nodeAffinity');
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.forEach((term, i) =>
    warnings.push(...nodeTermWarnings(term, false, affinityPath.child('requiredDuringSchedulingIgnoredDuringExecution').child('nodeSelectorTerms').index(i))));
  affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ preference }, i) =>
    warnings.push(...nodeTermWarnings(preference, true, affinityPath.child('preferredDuringSchedulingIgnoredDuringExecution').index(i).child('preference'))));
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, i) => {
    const at = path.child('topologySpreadConstraints').index(i);
    const message = deprecatedNodeLabel(topologyKey);
    if (message !== undefined) warnings.push(at.child('topologyKey').note(`${topologyKey} is ${message}`));
    if (labelSelector === undefined) warnings.push(at.child('labelSelector').note(nullSelector));
  });
  return warnings;
}

export function nodeTermWarnings(term: NodeSelectorTerm, checkValues: boolean, path: Path): readonly string[] {
  const warnings: string[] = [];
  term.matchExpressions?.forEach(({ key, values }, i) => {
    const at = path.child('matchExpressions').index(i);
    const message = deprecatedNodeLabel(key);
    if (message !== undefined) warnings.push(at.child('key').note(`${key} is ${message}`));
    if (checkValues) values?.forEach((value, j) => warnings.push(...labelValue(value).map((problem) => at.child('values').index(j).note(`${value} is invalid, ${problem}`))));
  });
  return warnings;
}

const deprecatedAnnotations: readonly (readonly [string, string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];

function annotationWarnings(meta: ObjectMeta, path: Path): readonly string[] {
  return deprecatedAnnotations.filter(([key]) => meta.annotations?.[key] !== undefined).map(([key, message]) => path.key(key).note(message));
}

const deprecatedVolumes = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['ephemeral', ''],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const;

function volumeWarnings(volume: Volume, path: Path): readonly string[] {
  return deprecatedVolumes.flatMap(([source, message]) => {
    if (volume[source] === undefined) return [];
    if (source !== 'ephemeral') return [path.child(source === 'storageos' ? 'storageOS' : source).note(message)];
    const template = volume.ephemeral?.volumeClaimTemplate;
    return template === undefined ? [] : claimWarnings(template.spec, path.child('ephemeral').child('volumeClaimTemplate').child('spec'));
  });
}

/** Amounts of storage with parts of bytes. */
export function claimWarnings(spec: PersistentVolumeClaimSpec, path: Path): readonly string[] {
  const at = path.child('resources');
  return [...fractionWarnings(spec.resources?.requests, at.child('requests'), ['storage']), ...fractionWarnings(spec.resources?.limits, at.child('limits'), ['storage'])];
}

/** Whether the thousandths are no multiple of 1000, as Go's 64 bits see them: large amounts wrap around, or are 0 with a decimal suffix. */
function hasFraction(amount: Quantity, text: QuantityText): boolean {
  const milli = amount.nano / nanoPerMilli;
  if (milli <= maxInt64) return milli % 1000n !== 0n;
  return (amount.format === 'BinarySI' || /^\d+$/.test(String(text))) && BigInt.asIntN(64, milli) % 1000n !== 0n;
}

function fractionWarnings(list: ResourceList | undefined, path: Path, names: readonly string[] = ['memory', 'ephemeral-storage']): readonly string[] {
  if (list === undefined) return [];
  return names.flatMap((name) => {
    const text = list[name];
    if (text === undefined) return [];
    const amount = parseQuantity(text);
    return !hasFraction(amount, text) ? [] : [path.key(name).note(`fractional byte value ${goQuote(formatQuantity(amount))} is invalid, must be an integer`)];
  });
}

function duplicateWarnings(spec: PodSpec, path: Path): readonly string[] {
  const warnings: string[] = [];
  const addresses = new Set<string>();
  spec.hostAliases?.forEach(({ ip }, i) => {
    if (addresses.has(ip)) warnings.push(path.child('hostAliases').index(i).child('ip').note(`duplicate ip ${goQuote(ip)}`));
    addresses.add(ip);
  });
  const secrets = new Set<string>();
  const secretsPath = path.child('imagePullSecrets');
  spec.imagePullSecrets?.forEach(({ name = '' }, i) => {
    if (secrets.has(name)) warnings.push(secretsPath.index(i).child('name').note(`duplicate name ${goQuote(name)}`));
    secrets.add(name);
  });
  spec.imagePullSecrets?.forEach(({ name = '' }, i) => {
    if (name === '') warnings.push(secretsPath.index(i).child('name').note('invalid empty name ""'));
  });
  return warnings;
}

function seccompWarnings(meta: ObjectMeta, key: string, path: Path): readonly string[] {
  return meta.annotations?.[key] === undefined ? [] : [path.key(key).note('non-functional in v1.27+; use the "seccompProfile" field instead')];
}

function containerWarnings(spec: PodSpec, meta: ObjectMeta, path: Path, annotations: Path, isTemplate: boolean): readonly string[] {
  const warnings: string[] = [];
  visitContainers(spec, path, (container, at) => {
    if (container.securityContext?.seccompProfile === undefined) warnings.push(...seccompWarnings(meta, seccompContainerPrefix + container.name, annotations));
    if (isTemplate && container.securityContext?.appArmorProfile === undefined) {
      const key = appArmorPrefix + container.name;
      const annotation = meta.annotations?.[key];
      if (annotation !== undefined && !saysTheSame(annotation, spec)) warnings.push(annotations.key(key).note('deprecated since v1.30; use the "appArmorProfile" field instead'));
    }
    const resources = at.child('resources');
    for (const name of ['memory', 'ephemeral-storage']) {
      warnings.push(...fractionWarnings(container.resources?.limits, resources.child('limits'), [name]), ...fractionWarnings(container.resources?.requests, resources.child('requests'), [name]));
    }
    warnings.push(...envWarnings(container, at));
  });
  return warnings;
}

function saysTheSame(annotation: string, spec: PodSpec): boolean {
  const profile = spec.securityContext?.appArmorProfile;
  if (profile === undefined) return false;
  if (annotation === 'unconfined') return profile.type === 'Unconfined';
  if (annotation === 'runtime/default') return profile.type === 'RuntimeDefault';
  return profile.type === 'Localhost' && annotation === `localhost/${profile.localhostProfile ?? ''}`;
}

/** Variables that replace an earlier one of the same name without referring to it. */
function envWarnings(container: AnyContainer, path: Path): readonly string[] {
  const names = new Set<string>();
  return (container.env ?? []).flatMap(({ name, value = '', valueFrom }, i) => {
    const reference = `$(${name})`;
    const hides = names.has(name) && (valueFrom !== undefined || value === reference || !value.includes(reference));
    names.add(name);
    return hides ? [path.child('env').index(i).note(`hides previous definition of ${goQuote(name)}, which may be dropped when using apply`)] : [];
  });
}

/** As Go prints a port with %+v. */
function goPort({ name = '', hostPort = 0, containerPort, protocol, hostIP = '' }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol ?? ''} HostIP:${hostIP}}`;
}

function portWarnings(spec: PodSpec, path: Path): readonly string[] {
  const warnings: string[] = [];
  const known = new Map<string, { readonly at: Path; readonly port: ContainerPort }[]>();
  visitContainers(spec, path, (container, containerPath) => container.ports?.forEach((port, i) => {
    const at = containerPath.child('ports').index(i);
    if (port.hostIP && !port.hostPort) warnings.push(at.note(`hostIP set without hostPort: ${goPort(port)}`));
    const key = `${port.containerPort}/${port.protocol ?? ''}`;
    const others = known.get(key) ?? [];
    for (const other of others) {
      const clash = portClash(port, other.port);
      if (clash !== undefined) warnings.push(at.note(`${clash} port definition with ${String(other.at)}`));
    }
    known.set(key, [...others, { at, port }]);
  }));
  return warnings;
}

function portClash(port: ContainerPort, other: ContainerPort): string | undefined {
  const sameHostPort = (port.hostPort ?? 0) === (other.hostPort ?? 0);
  if (sameHostPort && (port.hostIP ?? '') === (other.hostIP ?? '')) return 'duplicate';
  if (!port.hostPort || !other.hostPort) return 'overlapping';
  return sameHostPort && !port.hostIP !== !other.hostIP ? 'dangerously ambiguous' : undefined;
}

function portNameWarnings(spec: PodSpec, path: Path): readonly string[] {
  const warnings: string[] = [];
  const known = new Map<string, Path>();
  visitContainers(spec, path, (container, containerPath) => container.ports?.forEach(({ name }, i) => {
    if (!name) return;
    const at = containerPath.child('ports').index(i);
    const other = known.get(name);
    if (other === undefined) known.set(name, at);
    else warnings.push(at.note(`duplicate port name ${goQuote(name)} with ${String(other)}, services and probes that select ports by name will use ${String(other)}`));
  }));
  return warnings;
}

function podAffinityWarnings(affinity: PodAffinity | undefined, path: Path): readonly string[] {
  const required = path.child('requiredDuringSchedulingIgnoredDuringExecution');
  const preferred = path.child('preferredDuringSchedulingIgnoredDuringExecution');
  return [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ labelSelector }, i) =>
      (labelSelector === undefined ? [required.index(i).child('labelSelector').note(nullSelector)] : [])),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ podAffinityTerm }, i) =>
      (podAffinityTerm.labelSelector === undefined ? [preferred.index(i).child('podAffinityTerm').child('labelSelector').note(nullSelector)] : [])),
  ];
}
