// Defaults of pods and pod templates (models pkg/apis/core/v1/defaults.go).
import type { Container, ContainerPort, EnvVar, HTTPGetAction, Lifecycle, LifecycleHandler, ObjectFieldSelector, PersistentVolumeClaimSpec, Pod, PodSpec, PodTemplateSpec, Probe, ProjectedVolumeSource, Volume, VolumeProjection } from '../generated/types.ts';
import { imageTag } from '../image-name.ts';
import { withoutDisabledFields } from './disabled.ts';
import { each, change, fill } from './fill.ts';
import { defaultPodResources, requestsFromLimits, roundResources } from './resources.ts';

const defaultedSpecs = new WeakSet<object>();

/** What every pod spec gets, in a pod or in a template. */
export function defaultPodSpec(before: PodSpec): PodSpec {
  if (defaultedSpecs.has(before)) return before;
  let spec = fill(withoutDisabledFields(before), {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
  });
  // The server has always read negative periods as one second.
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec = { ...spec, terminationGracePeriodSeconds: 1 };
  spec = serviceAccountAlias(spec);
  spec = change(spec, 'volumes', (volumes) => each(volumes, defaultVolume));
  spec = change(spec, 'containers', (containers) => each(containers, defaultContainer));
  spec = change(spec, 'initContainers', (containers) => each(containers, defaultContainer));
  spec = change(spec, 'ephemeralContainers', (containers) => each(containers, (container) => defaultContainer(container as Container) as typeof container));
  spec = change(spec, 'resources', (resources) => roundResources(resources));
  spec = change(spec, 'overhead', (overhead) => roundResources({ limits: overhead }).limits);
  if (spec.hostNetwork === true) spec = defaultHostPorts(spec);
  defaultedSpecs.add(spec);
  return spec;
}

/** serviceAccount is the old name of serviceAccountName; both are always written. */
function serviceAccountAlias(spec: PodSpec): PodSpec {
  const name = spec.serviceAccountName ?? spec.serviceAccount;
  if (name === undefined || (spec.serviceAccountName === name && spec.serviceAccount === name)) return spec;
  return { ...spec, serviceAccountName: name, serviceAccount: name };
}

export function defaultPodTemplate(template: PodTemplateSpec): PodTemplateSpec {
  return change(template, 'spec', defaultPodSpec);
}

/** Models SetObjectDefaults_Pod: templates do not get these. */
export function defaultPod(pod: Pod): Pod {
  if (pod.spec === undefined) return pod;
  let spec = defaultedPods.get(pod.spec);
  if (spec === undefined) {
    spec = defaultSpecOfPod(pod.spec);
    defaultedPods.set(pod.spec, spec).set(spec, spec);
  }
  return spec === pod.spec ? pod : { ...pod, spec };
}

/** What was made of a spec: pods of one template share theirs. */
const defaultedPods = new WeakMap<PodSpec, PodSpec>();

function defaultSpecOfPod(before: PodSpec): PodSpec {
  let spec = before;
  spec = change(spec, 'containers', (containers) => each(containers, defaultRequests));
  spec = change(spec, 'initContainers', (containers) => each(containers, defaultRequests));
  spec = defaultPodResources(spec);
  spec = fill(spec, { enableServiceLinks: true });
  return defaultPodSpec(spec);
}

function defaultRequests(container: Container): Container {
  return container.resources?.limits === undefined ? container : change(container, 'resources', requestsFromLimits);
}

/** With the host's network, ports of containers are ports of the host. */
function defaultHostPorts(spec: PodSpec): PodSpec {
  const withHostPorts = (container: Container): Container =>
    change(container, 'ports', (ports) => each(ports, (port) => (port.hostPort === undefined ? { ...port, hostPort: port.containerPort } : port)));
  return change(change(spec, 'containers', (list) => each(list, withHostPorts)), 'initContainers', (list) => each(list, withHostPorts));
}

/** Containers of all kinds. */
export function defaultContainer(before: Container): Container {
  let container = before;
  if (container.imagePullPolicy === undefined || container.terminationMessagePath === undefined || container.terminationMessagePolicy === undefined) {
    container = fill(container, {
      imagePullPolicy: imageTag(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    });
  }
  container = change(container, 'ports', (ports) => each(ports, defaultPort));
  container = change(container, 'env', (variables) => each(variables, defaultVariable));
  container = change(container, 'resources', (resources) => roundResources(resources));
  container = change(container, 'livenessProbe', defaultProbe);
  container = change(container, 'readinessProbe', defaultProbe);
  container = change(container, 'startupProbe', defaultProbe);
  return change(container, 'lifecycle', defaultLifecycle);
}

function defaultPort(port: ContainerPort): ContainerPort {
  return fill(port, { protocol: 'TCP' });
}

function defaultVariable(variable: EnvVar): EnvVar {
  return change(variable, 'valueFrom', (source) => change(change(source, 'fieldRef', defaultFieldRef), 'fileKeyRef', (ref) => fill(ref, { optional: false })));
}

function defaultFieldRef(selector: ObjectFieldSelector): ObjectFieldSelector {
  return fill(selector, { apiVersion: 'v1' });
}

export function defaultProbe(probe: Probe): Probe {
  const filled = fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  return change(change(filled, 'httpGet', defaultHttpGet), 'grpc', (grpc) => fill(grpc, { service: '' }));
}

function defaultHttpGet(action: HTTPGetAction): HTTPGetAction {
  return fill(action, { path: '/', scheme: 'HTTP' });
}

function defaultLifecycle(lifecycle: Lifecycle): Lifecycle {
  const handler = (value: LifecycleHandler): LifecycleHandler => change(value, 'httpGet', defaultHttpGet);
  return change(change(lifecycle, 'postStart', handler), 'preStop', handler);
}

const volumeMode = { defaultMode: 0o644 };

/** A volume without a source is an emptyDir. */
export function defaultVolume(before: Volume): Volume {
  let volume = before;
  if (Object.keys(volume).length === (volume.name === undefined ? 0 : 1)) return { ...volume, emptyDir: {} };
  volume = change(volume, 'hostPath', (source) => fill(source, { type: '' }));
  volume = change(volume, 'secret', (source) => fill(source, volumeMode));
  volume = change(volume, 'configMap', (source) => fill(source, volumeMode));
  volume = change(volume, 'downwardAPI', (source) => fill(change(source, 'items', (items) => each(items, (item) => change(item, 'fieldRef', defaultFieldRef))), volumeMode));
  volume = change(volume, 'projected', defaultProjected);
  volume = change(volume, 'ephemeral', (source) => change(source, 'volumeClaimTemplate', (template) => change(template, 'spec', defaultClaimSpec)));
  volume = change(volume, 'image', (source) => fill(source, { pullPolicy: imageTag(source.reference ?? '') === 'latest' ? 'Always' : 'IfNotPresent' }));
  volume = change(volume, 'iscsi', (source) => fill(source, { iscsiInterface: 'default' }));
  volume = change(volume, 'rbd', (source) => fill(source, { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' }));
  volume = change(volume, 'azureDisk', (source) => fill(source, { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' }));
  return change(volume, 'scaleIO', (source) => fill(source, { storageMode: 'ThinProvisioned', fsType: 'xfs' }));
}

function defaultProjected(source: ProjectedVolumeSource): ProjectedVolumeSource {
  return fill(change(source, 'sources', (sources) => each(sources, defaultProjection)), volumeMode);
}

function defaultProjection(projection: VolumeProjection): VolumeProjection {
  const downward = change(projection, 'downwardAPI', (source) => change(source, 'items', (items) => each(items, (item) => change(item, 'fieldRef', defaultFieldRef))));
  return change(downward, 'serviceAccountToken', (token) => fill(token, { expirationSeconds: 3600 }));
}

export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  return change(fill(spec, { volumeMode: 'Filesystem' }), 'resources', (resources) => roundResources(resources));
}
