// Containers of pods: main, init and ephemeral ones.
import type { Container, ContainerPort, ContainerResizePolicy, ContainerRestartRule, EphemeralContainer, PodSpec, Volume } from '../generated/types.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import type { Errors, Path } from './field.ts';
import { validateDevices, validateMounts } from './mounts.ts';
import { dns1123Label, portName, portNumber } from './names.ts';
import { validateLifecycle, validateProbe } from './probes.ts';
import { validateContainerResourceName, validateRequirements } from './resources.ts';
import { validateContainerSecurity } from './security.ts';

/** What containers are checked against. */
export interface PodContext {
  readonly spec: PodSpec;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claimNames: readonly string[];
  readonly hostUsers: boolean;
}

export const protocols = ['SCTP', 'TCP', 'UDP'];
const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const messagePolicies = ['File', 'FallbackToLogsOnError'];

function validatePorts(ports: readonly ContainerPort[], path: Path, errors: Errors): void {
  const names = new Set<string>();
  for (let i = 0; i < ports.length; i++) {
    const port = ports[i] as ContainerPort;
    const at = path.index(i);
    if (port.name) {
      const messages = portName(port.name);
      errors.invalidAll(at.child('name'), port.name, messages);
      if (messages.length === 0 && names.has(port.name)) errors.duplicate(at.child('name'), port.name);
      if (messages.length === 0) names.add(port.name);
    }
    if (!port.containerPort) errors.required(at.child('containerPort'));
    else errors.invalidAll(at.child('containerPort'), port.containerPort, portNumber(port.containerPort));
    if (port.hostPort) errors.invalidAll(at.child('hostPort'), port.hostPort, portNumber(port.hostPort));
    if (!port.protocol) errors.required(at.child('protocol'));
    else if (!protocols.includes(port.protocol)) errors.notSupported(at.child('protocol'), port.protocol, protocols);
  }
}

const resizeResources = ['cpu', 'memory'];
const resizePolicies = ['NotRequired', 'RestartContainer'];

function validateResizePolicy(policies: readonly ContainerResizePolicy[], podRestartPolicy: string, path: Path, errors: Errors): void {
  const seen = new Set<string>();
  policies.forEach(({ resourceName, restartPolicy }, i) => {
    if (seen.has(resourceName)) errors.duplicate(path.index(i), resourceName);
    seen.add(resourceName);
    if (resourceName === '') errors.required(path);
    else if (!resizeResources.includes(resourceName)) errors.notSupported(path, resourceName, resizeResources);
    if (restartPolicy === '') errors.required(path);
    else if (!resizePolicies.includes(restartPolicy)) errors.notSupported(path, restartPolicy, resizePolicies);
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') errors.invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
  });
}

/** What all containers have in common. */
function validateCommon(container: Container, pod: PodContext, path: Path, errors: Errors): void {
  if (container.name === '') errors.required(path.child('name'));
  else errors.invalidAll(path.child('name'), container.name, dns1123Label(container.name));
  if (!container.image) errors.required(path.child('image'));
  const policy = container.terminationMessagePolicy ?? '';
  if (policy === '') errors.required(path.child('terminationMessagePolicy'));
  else if (!messagePolicies.includes(policy)) errors.notSupported(path.child('terminationMessagePolicy'), policy, messagePolicies);
  if (container.ports) validatePorts(container.ports, path.child('ports'), errors);
  if (container.env) validateEnv(container.env, path.child('env'), errors);
  if (container.envFrom) validateEnvFrom(container.envFrom, path.child('envFrom'), errors);
  if (container.volumeMounts) validateMounts(container, pod.volumes, path.child('volumeMounts'), errors);
  if (container.volumeDevices) validateDevices(container, pod.volumes, path.child('volumeDevices'), errors);
  const pull = container.imagePullPolicy ?? '';
  if (pull === '') errors.required(path.child('imagePullPolicy'));
  else if (!pullPolicies.includes(pull)) errors.notSupported(path.child('imagePullPolicy'), pull, pullPolicies);
  validateRequirements(container.resources, validateContainerResourceName, pod.claimNames, path.child('resources'), errors);
  if (container.resizePolicy) validateResizePolicy(container.resizePolicy, pod.spec.restartPolicy ?? '', path.child('resizePolicy'), errors);
  validateContainerSecurity(container.securityContext, pod.hostUsers, path.child('securityContext'), errors);
}

const restartPolicies = ['Always', 'Never', 'OnFailure'];
const ruleActions = ['Restart', 'RestartAllContainers'];
const ruleOperators = ['In', 'NotIn'];

function validateRestartPolicy(container: Container, path: Path, errors: Errors): void {
  const { restartPolicy, restartPolicyRules } = container;
  const rules = restartPolicyRules ?? [];
  const at = path.child('restartPolicy');
  if (restartPolicy === undefined) {
    if (rules.length === 0) return;
    errors.required(at, 'must specify restartPolicy when restart rules are used');
  } else if (!restartPolicies.includes(restartPolicy)) {
    errors.notSupported(at, restartPolicy, restartPolicies);
  }
  const rulesPath = path.child('restartPolicyRules');
  if (rules.length > 20) errors.tooMany(rulesPath, rules.length, 20);
  rules.forEach((rule, i) => validateRestartRule(rule, rulesPath.index(i), errors));
}

function validateRestartRule(rule: ContainerRestartRule, path: Path, errors: Errors): void {
  if (!ruleActions.includes(rule.action)) errors.notSupported(path.child('action'), rule.action ?? '', ruleActions);
  const codes = rule.exitCodes;
  const at = path.child('exitCodes');
  if (codes === undefined) {
    errors.required(at, 'must be specified');
    return;
  }
  if (!ruleOperators.includes(codes.operator)) errors.notSupported(at.child('operator'), codes.operator ?? '', ruleOperators);
  if ((codes.values ?? []).length > 255) errors.tooMany(at.child('values'), codes.values?.length ?? 0, 255);
}

function validateProbes(container: Container, graceSeconds: number | undefined, path: Path, errors: Errors): void {
  validateProbe(container.livenessProbe, 'livenessProbe', graceSeconds, path, errors);
  validateProbe(container.readinessProbe, 'readinessProbe', graceSeconds, path, errors);
  validateProbe(container.startupProbe, 'startupProbe', graceSeconds, path, errors);
}

/** No port of the host twice. */
function validateHostPorts(containers: readonly Container[], path: Path, errors: Errors): void {
  let seen: Set<string> | undefined;
  containers.forEach((container, i) => {
    container.ports?.forEach((port, j) => {
      if (!port.hostPort) return;
      const key = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`;
      seen ??= new Set();
      if (seen.has(key)) errors.duplicate(path.index(i).child('ports').index(j).child('hostPort'), key);
      seen.add(key);
    });
  });
}

export function validateContainers(pod: PodContext, path: Path, errors: Errors): void {
  const { containers, terminationGracePeriodSeconds: grace, os } = pod.spec;
  if (!containers || containers.length === 0) {
    errors.required(path);
    return;
  }
  for (let i = 0; i < containers.length; i++) {
    const container = containers[i] as Container;
    const at = path.index(i);
    validateCommon(container, pod, at, errors);
    if (containers.findIndex(({ name }) => name === container.name) < i) errors.duplicate(at.child('name'), container.name);
    if (container.lifecycle) validateLifecycle(container.lifecycle, grace, os?.name, at.child('lifecycle'), errors);
    validateProbes(container, grace, at, errors);
    validateRestartPolicy(container, at, errors);
  }
  validateHostPorts(containers, path, errors);
}

const onlySidecars = 'may not be set for init containers without restartPolicy=Always';

export function validateInitContainers(pod: PodContext, path: Path, errors: Errors): void {
  const { terminationGracePeriodSeconds: grace, os, containers } = pod.spec;
  const names = new Set((containers ?? []).map(({ name }) => name));
  pod.spec.initContainers?.forEach((container, i) => {
    const at = path.index(i);
    validateCommon(container, pod, at, errors);
    if (container.restartPolicy !== undefined) validateRestartPolicy(container, at, errors);
    else if (container.restartPolicyRules) errors.required(at.child('restartPolicy'), 'must specify restartPolicy when restart rules are used');
    if (names.has(container.name)) errors.duplicate(at.child('name'), container.name);
    else if (container.name !== '') names.add(container.name);
    validateHostPorts([container], path, errors);
    if (container.restartPolicy === 'Always') {
      if (container.lifecycle) validateLifecycle(container.lifecycle, grace, os?.name, at.child('lifecycle'), errors);
      validateProbes(container, grace, at, errors);
      return;
    }
    for (const part of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) if (container[part] !== undefined) errors.forbidden(at.child(part), onlySidecars);
    container.resizePolicy?.forEach(({ restartPolicy }, j) => {
      if (restartPolicy === 'RestartContainer') errors.invalid(at.child('resizePolicy').index(j).child('restartPolicy'), restartPolicy, "must not be set to 'RestartContainer' for non-sidecar initContainers");
    });
  });
}

/** Members that ephemeral containers may not have, in the order of the type. */
const notEphemeral = ['ports', 'resources', 'resizePolicy', 'restartPolicy', 'restartPolicyRules', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const;
const notForEphemeral = 'cannot be set for an Ephemeral Container';

function isSet(value: unknown): boolean {
  return value !== undefined && !(typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((member) => member === undefined));
}

export function validateEphemeralContainers(pod: PodContext, path: Path, errors: Errors): void {
  const { ephemeralContainers, containers, initContainers } = pod.spec;
  if (ephemeralContainers === undefined) return;
  const targets = new Set([...(containers ?? []), ...(initContainers ?? [])].map(({ name }) => name));
  const names = new Set(targets);
  ephemeralContainers.forEach((ephemeral: EphemeralContainer, i) => {
    const at = path.index(i);
    const container = ephemeral as Container & EphemeralContainer;
    validateCommon(container, pod, at, errors);
    validateImageText(container, at, errors);
    if (names.has(container.name)) errors.duplicate(at.child('name'), container.name);
    names.add(container.name);
    if (ephemeral.targetContainerName && !targets.has(ephemeral.targetContainerName)) errors.notFound(at.child('targetContainerName'), ephemeral.targetContainerName);
    for (const part of notEphemeral) if (isSet(container[part]) || (part === 'lifecycle' && container.lifecycle !== undefined)) errors.forbidden(at.child(part), notForEphemeral);
    container.volumeMounts?.forEach((mount, j) => {
      if (mount.subPath) errors.forbidden(at.child('volumeMounts').index(j).child('subPath'), notForEphemeral);
      if (mount.subPathExpr) errors.forbidden(at.child('volumeMounts').index(j).child('subPathExpr'), notForEphemeral);
    });
  });
}

/** Images of pods, unlike those of templates, may not be padded. */
export function validateImageText(container: Container, path: Path, errors: Errors): void {
  const image = container.image ?? '';
  if (image.trim() !== image) errors.invalid(path.child('image'), image, 'must not have leading or trailing whitespace');
}
