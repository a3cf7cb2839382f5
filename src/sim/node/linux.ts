// The Linux underneath: namespaces, process ids, cgroups. Names and numbers look like those that a reader finds in
// /proc and /sys/fs/cgroup of a real node.
import { hexOf } from '../../base/hex.ts';
import type { Prng } from '../../base/prng.ts';
import type { ContainerConfig, PodSandboxConfig, SandboxNamespaces } from './messages.ts';

/** Inode numbers of namespaces begin above the kernel's own (the initial ones are 4026531835 and so on). */
const FIRST_NAMESPACE = 4026532200;
/** The namespaces of the host itself, shared by pods with hostNetwork. */
export const HOST_NETWORK_NAMESPACE = 'net:[4026531840]';

/** A container id as containerd makes them: 64 hexadecimal digits. */
export function newContainerId(random: Prng): string {
  return hexOf(Array.from({ length: 8 }, () => random.uint32()));
}

/** What `unshare` gives a new sandbox; `serial` counts the sandboxes of this machine. */
export function newNamespaces(serial: number, hostNetwork: boolean): SandboxNamespaces {
  const first = FIRST_NAMESPACE + serial * 4;
  return { network: hostNetwork ? HOST_NETWORK_NAMESPACE : `net:[${first}]`, ipc: `ipc:[${first + 1}]`, uts: `uts:[${first + 2}]`, pid: `pid:[${first + 3}]` };
}

/** The name that the CNI plugin gets: /var/run/netns/cni-…, made from the sandbox's id. */
export function netnsPath(sandboxId: string): string {
  return `/var/run/netns/cni-${sandboxId.slice(0, 8)}-${sandboxId.slice(8, 12)}-${sandboxId.slice(12, 16)}-${sandboxId.slice(16, 20)}-${sandboxId.slice(20, 32)}`;
}

/** The pod's cgroup with the systemd driver, by its QoS class. */
export function podCgroup(pod: Pick<PodSandboxConfig, 'podUid' | 'qosClass'>): string {
  const uid = pod.podUid.replaceAll('-', '_');
  if (pod.qosClass === 'Guaranteed') return `/kubepods.slice/kubepods-pod${uid}.slice`;
  const qos = pod.qosClass.toLowerCase();
  return `/kubepods.slice/kubepods-${qos}.slice/kubepods-${qos}-pod${uid}.slice`;
}

export interface CgroupLimits { readonly 'memory.max': string; readonly 'cpu.max': string }

/** The limits of a container in cgroup v2's own files; the period of cpu.max is 100 ms. */
export function cgroupLimits(config: Pick<ContainerConfig, 'memoryLimitBytes' | 'cpuLimitMilli'>): CgroupLimits {
  return {
    'memory.max': config.memoryLimitBytes > 0 ? String(config.memoryLimitBytes) : 'max',
    'cpu.max': config.cpuLimitMilli > 0 ? `${config.cpuLimitMilli * 100} 100000` : 'max 100000',
  };
}
