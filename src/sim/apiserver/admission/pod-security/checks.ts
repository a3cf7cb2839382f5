// The controls of the Pod Security Standards, as their versions define them (models pod-security-admission/policy).
import type { Container, ObjectMeta, PodSpec, Volume } from '../../../api/generated/types.ts';

/** What is forbidden and who does it; undefined if a pod passes. */
export interface Violation { readonly reason: string; readonly detail: string }
export type CheckPod = (metadata: ObjectMeta, spec: PodSpec) => Violation | undefined;

interface Versioned {
  /** The first minor version that checks so. */
  readonly from: number;
  readonly run: CheckPod;
  /** Baseline checks that this one takes the place of. */
  readonly overrides?: readonly string[];
}

export interface Check { readonly id: string; readonly level: 'baseline' | 'restricted'; readonly versions: readonly Versioned[] }

type Security = NonNullable<Container['securityContext']>;

function containersOf({ initContainers = [], containers, ephemeralContainers = [] }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers, ...ephemeralContainers];
}

function quoted(items: readonly string[]): string {
  return items.map((item) => `"${item}"`).join(', ');
}

function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

function sorted(items: Iterable<string>): readonly string[] {
  return [...new Set(items)].sort();
}

function named(containers: readonly string[]): string {
  return `${plural('container', containers.length)} ${quoted(containers)}`;
}

/** `pod and container "a"`. */
function setters(pod: boolean, containers: readonly string[]): readonly string[] {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [named(containers)] : [])];
}

function badContainers(spec: PodSpec, isBad: (security: Security | undefined, container: Container) => boolean): readonly string[] {
  return containersOf(spec).filter((container) => isBad(container.securityContext, container)).map(({ name }) => name);
}

function onLinux(check: CheckPod): CheckPod {
  return (metadata, spec) => (spec.os?.name === 'windows' ? undefined : check(metadata, spec));
}

/** Root in a user namespace is nobody outside of it. */
function unlessOwnUsers(check: CheckPod): CheckPod {
  return (metadata, spec) => (spec.hostUsers === false ? undefined : check(metadata, spec));
}

const allowPrivilegeEscalation: CheckPod = (_, spec) => {
  const bad = badContainers(spec, (security) => security?.allowPrivilegeEscalation !== false);
  return bad.length === 0 ? undefined : { reason: 'allowPrivilegeEscalation != false', detail: `${named(bad)} must set securityContext.allowPrivilegeEscalation=false` };
};

const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

const appArmorProfile: CheckPod = ({ annotations = {} }, spec) => {
  const isBad = (type: string | undefined): boolean => type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
  const ofPod = spec.securityContext?.appArmorProfile?.type;
  const bad = badContainers(spec, (security) => isBad(security?.appArmorProfile?.type));
  const values = [ofPod, ...containersOf(spec).map(({ securityContext }) => securityContext?.appArmorProfile?.type)].flatMap((type) => (type !== undefined && isBad(type) ? [type] : []));
  const forbidden = Object.entries(annotations).filter(([name, value]) => name.startsWith(APPARMOR_ANNOTATION) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`).sort();
  const who = [...setters(isBad(ofPod), bad), ...(forbidden.length > 0 ? [plural('annotation', forbidden.length)] : [])];
  const all = [...sorted(values), ...forbidden];
  return who.length === 0 ? undefined : { reason: plural('forbidden AppArmor profile', all.length), detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(all)}` };
};

const DEFAULT_CAPABILITIES: readonly string[] = [
  'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT',
];

const capabilitiesBaseline: CheckPod = (_, spec) => {
  const added = addedBeyond(spec, DEFAULT_CAPABILITIES);
  return added === undefined ? undefined : { reason: 'non-default capabilities', detail: added };
};

const capabilitiesRestricted: CheckPod = (_, spec) => {
  const missing = badContainers(spec, (security) => !security?.capabilities?.drop?.includes('ALL'));
  const added = addedBeyond(spec, ['NET_BIND_SERVICE']);
  const details = [...(missing.length > 0 ? [`${named(missing)} must set securityContext.capabilities.drop=["ALL"]`] : []), ...(added === undefined ? [] : [added])];
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

function addedBeyond(spec: PodSpec, allowed: readonly string[]): string | undefined {
  const added = (security: Security | undefined): readonly string[] => (security?.capabilities?.add ?? []).filter((name) => !allowed.includes(name));
  const bad = badContainers(spec, (security) => added(security).length > 0);
  const names = sorted(containersOf(spec).flatMap(({ securityContext }) => added(securityContext)));
  return bad.length === 0 ? undefined : `${named(bad)} must not include ${quoted(names)} in securityContext.capabilities.add`;
}

const hostNamespaces: CheckPod = (_, { hostNetwork, hostPID, hostIPC }) => {
  const used = [...(hostNetwork ? ['hostNetwork=true'] : []), ...(hostPID ? ['hostPID=true'] : []), ...(hostIPC ? ['hostIPC=true'] : [])];
  return used.length === 0 ? undefined : { reason: 'host namespaces', detail: used.join(', ') };
};

const hostPathVolumes: CheckPod = (_, { volumes = [] }) => {
  const bad = volumes.filter(({ hostPath }) => hostPath).map(({ name }) => name);
  return bad.length === 0 ? undefined : { reason: 'hostPath volumes', detail: `${plural('volume', bad.length)} ${quoted(bad)}` };
};

const hostPorts: CheckPod = (_, spec) => {
  const portsOf = ({ ports = [] }: Container): readonly string[] => ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
  const bad = badContainers(spec, (_security, container) => portsOf(container).length > 0);
  const ports = sorted(containersOf(spec).flatMap(portsOf));
  return bad.length === 0 ? undefined : { reason: 'hostPort', detail: `${named(bad)} ${bad.length === 1 ? 'uses' : 'use'} ${plural('hostPort', ports.length)} ${ports.join(', ')}` };
};

const hostProbes: CheckPod = (_, spec) => {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): readonly string[] => [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop]
    .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]).filter((host) => host !== undefined && host !== '') as readonly string[];
  const bad = sorted(badContainers(spec, (_security, container) => hostsOf(container).length > 0));
  const hosts = sorted(containersOf(spec).flatMap(hostsOf));
  return bad.length === 0 ? undefined : { reason: 'probe or lifecycle host', detail: `${named(bad)} ${bad.length === 1 ? 'uses' : 'use'} ${plural('probe or lifecycle host', hosts.length)} ${quoted(hosts)}` };
};

const privileged: CheckPod = (_, spec) => {
  const bad = badContainers(spec, (security) => security?.privileged === true);
  return bad.length === 0 ? undefined : { reason: 'privileged', detail: `${named(bad)} must not set securityContext.privileged=true` };
};

const procMount: CheckPod = (_, spec) => {
  const typeOf = ({ securityContext }: Container): readonly string[] => (securityContext?.procMount && securityContext.procMount !== 'Default' ? [securityContext.procMount] : []);
  const bad = badContainers(spec, (_security, container) => typeOf(container).length > 0);
  const types = sorted(containersOf(spec).flatMap(typeOf));
  return bad.length === 0 ? undefined : { reason: 'procMount', detail: `${named(bad)} must not set securityContext.procMount to ${quoted(types)}` };
};

const PLAIN_VOLUMES: readonly (keyof Volume)[] = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'];
const OTHER_VOLUMES: readonly (keyof Volume)[] = [
  'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'nfs', 'iscsi', 'glusterfs', 'rbd', 'flexVolume', 'cinder', 'cephfs', 'flocker', 'fc', 'azureFile',
  'vsphereVolume', 'quobyte', 'azureDisk', 'photonPersistentDisk', 'portworxVolume', 'scaleIO', 'storageos',
];

const restrictedVolumes: CheckPod = (_, { volumes = [] }) => {
  const bad = volumes.filter((volume) => !PLAIN_VOLUMES.some((type) => volume[type]));
  const types = sorted(bad.map((volume) => OTHER_VOLUMES.find((type) => volume[type]) ?? 'unknown'));
  const names = bad.map(({ name }) => name);
  return bad.length === 0 ? undefined : {
    reason: 'restricted volume types',
    detail: `${plural('volume', bad.length)} ${quoted(names)} ${bad.length === 1 ? 'uses' : 'use'} ${plural('restricted volume type', types.length)} ${quoted(types)}`,
  };
};

const runAsNonRoot: CheckPod = (_, spec) => {
  const ofPod = spec.securityContext?.runAsNonRoot;
  const who = setters(ofPod === false, badContainers(spec, (security) => security?.runAsNonRoot === false));
  if (who.length > 0) return { reason: 'runAsNonRoot != true', detail: `${who.join(' and ')} must not set securityContext.runAsNonRoot=false` };
  const silent = ofPod === true ? [] : badContainers(spec, (security) => security?.runAsNonRoot === undefined);
  return silent.length === 0 ? undefined : { reason: 'runAsNonRoot != true', detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: CheckPod = (_, spec) => {
  const who = setters(spec.securityContext?.runAsUser === 0, badContainers(spec, (security) => security?.runAsUser === 0));
  return who.length === 0 ? undefined : { reason: 'runAsUser=0', detail: `${who.join(' and ')} must not set runAsUser=0` };
};

function seLinuxOptions(allowed: readonly string[]): CheckPod {
  return (_, spec) => {
    const all = [spec.securityContext?.seLinuxOptions, ...containersOf(spec).map(({ securityContext }) => securityContext?.seLinuxOptions)];
    const isBad = (options: Security['seLinuxOptions']): boolean => options !== undefined && (!allowed.includes(options.type ?? '') || !!options.user || !!options.role);
    const who = setters(isBad(spec.securityContext?.seLinuxOptions), badContainers(spec, (security) => isBad(security?.seLinuxOptions)));
    const types = sorted(all.flatMap((options) => (options?.type && !allowed.includes(options.type) ? [options.type] : [])));
    const data = [
      ...(types.length > 0 ? [`${plural('type', types.length)} ${quoted(types)}`] : []), ...(all.some((options) => options?.user) ? ['user may not be set'] : []),
      ...(all.some((options) => options?.role) ? ['role may not be set'] : []),
    ];
    return who.length === 0 ? undefined : { reason: 'seLinuxOptions', detail: `${who.join(' and ')} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}` };
  };
}

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';

/** Before the field existed. */
const seccompAnnotations: CheckPod = ({ annotations = {} }, spec) => {
  const names = [SECCOMP_POD, ...containersOf(spec).map(({ name }) => SECCOMP_CONTAINER + name)];
  const isBad = (value: string | undefined): boolean => value !== undefined && value !== 'runtime/default' && value !== 'docker/default' && !value.startsWith('localhost/');
  const bad = sorted(names.filter((name) => isBad(annotations[name])).map((name) => `${name}=${JSON.stringify(annotations[name])}`));
  return bad.length === 0 ? undefined : { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', bad.length)} ${bad.join(', ')}` };
};

function isBadSeccomp(profile: Security['seccompProfile']): boolean {
  return profile !== undefined && profile.type !== 'RuntimeDefault' && profile.type !== 'Localhost';
}

const seccompBaseline: CheckPod = (_, spec) => {
  const ofPod = spec.securityContext?.seccompProfile;
  const who = setters(isBadSeccomp(ofPod), badContainers(spec, (security) => isBadSeccomp(security?.seccompProfile)));
  const profiles = [ofPod, ...containersOf(spec).map(({ securityContext }) => securityContext?.seccompProfile)];
  const values = sorted(profiles.flatMap((profile) => (profile && isBadSeccomp(profile) ? [profile.type] : [])));
  return who.length === 0 ? undefined : { reason: 'seccompProfile', detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${quoted(values)}` };
};

const seccompRestricted: CheckPod = (metadata, spec) => {
  const explicit = seccompBaseline(metadata, spec);
  if (explicit || spec.securityContext?.seccompProfile) return explicit;
  const silent = badContainers(spec, (security) => !security?.seccompProfile);
  return silent.length === 0 ? undefined : { reason: 'seccompProfile', detail: `pod or ${named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` };
};

const SYSCTLS: readonly string[] = ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start'];
const SYSCTLS_27 = [...SYSCTLS, 'net.ipv4.ip_local_reserved_ports'];
const SYSCTLS_29 = [...SYSCTLS_27, 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes'];
const SYSCTLS_32 = [...SYSCTLS_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

function sysctls(allowed: readonly string[]): CheckPod {
  return (_, spec) => {
    const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.includes(name));
    return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
  };
}

const windowsHostProcess: CheckPod = (_, spec) => {
  const who = setters(spec.securityContext?.windowsOptions?.hostProcess === true, badContainers(spec, (security) => security?.windowsOptions?.hostProcess === true));
  return who.length === 0 ? undefined : { reason: 'hostProcess', detail: `${who.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true` };
};

const SELINUX_TYPES: readonly string[] = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

function baseline(id: string, ...versions: readonly Versioned[]): Check {
  return { id, level: 'baseline', versions };
}

function restricted(id: string, ...versions: readonly Versioned[]): Check {
  return { id, level: 'restricted', versions };
}

/** In the order in which violations are told: by level, then by id. */
export const CHECKS: readonly Check[] = [
  baseline('appArmorProfile', { from: 0, run: appArmorProfile }),
  baseline('capabilities_baseline', { from: 0, run: capabilitiesBaseline }),
  baseline('hostNamespaces', { from: 0, run: hostNamespaces }),
  baseline('hostPathVolumes', { from: 0, run: hostPathVolumes }),
  baseline('hostPorts', { from: 0, run: hostPorts }),
  baseline('hostProbesAndHostLifecycle', { from: 34, run: hostProbes }),
  baseline('privileged', { from: 0, run: privileged }),
  baseline('procMount', { from: 0, run: procMount }, { from: 35, run: unlessOwnUsers(procMount) }),
  baseline('seLinuxOptions', { from: 0, run: seLinuxOptions(SELINUX_TYPES) }, { from: 31, run: seLinuxOptions([...SELINUX_TYPES, 'container_engine_t']) }),
  baseline('seccompProfile_baseline', { from: 0, run: seccompAnnotations }, { from: 19, run: seccompBaseline }),
  baseline('sysctls', { from: 0, run: sysctls(SYSCTLS) }, { from: 27, run: sysctls(SYSCTLS_27) }, { from: 29, run: sysctls(SYSCTLS_29) }, { from: 32, run: sysctls(SYSCTLS_32) }),
  baseline('windowsHostProcess', { from: 0, run: windowsHostProcess }),
  restricted('allowPrivilegeEscalation', { from: 8, run: allowPrivilegeEscalation }, { from: 25, run: onLinux(allowPrivilegeEscalation) }),
  restricted('capabilities_restricted', { from: 22, run: capabilitiesRestricted, overrides: ['capabilities_baseline'] }, { from: 25, run: onLinux(capabilitiesRestricted), overrides: ['capabilities_baseline'] }),
  restricted('procMount_restricted', { from: 35, run: procMount, overrides: ['procMount'] }),
  restricted('restrictedVolumes', { from: 0, run: restrictedVolumes, overrides: ['hostPathVolumes'] }),
  restricted('runAsNonRoot', { from: 0, run: runAsNonRoot }, { from: 35, run: unlessOwnUsers(runAsNonRoot) }),
  restricted('runAsUser', { from: 23, run: runAsUser }, { from: 35, run: unlessOwnUsers(runAsUser) }),
  restricted('seccompProfile_restricted', { from: 19, run: seccompRestricted, overrides: ['seccompProfile_baseline'] }, { from: 25, run: onLinux(seccompRestricted), overrides: ['seccompProfile_baseline'] }),
];
