// The Node object of a machine: what the kubelet registers, and what it reports from then on.
import { formatTime } from '../../../base/time.ts';
import type { Node, NodeCondition, NodeStatus, NodeSystemInfo } from '../../api/generated/types.ts';
import { addQuantities, canonicalQuantity, formatQuantity, parseQuantity, subtractQuantities, value } from '../../api/quantity.ts';
import { digestOf } from '../image-reference.ts';
import { internalIpOf, podCidrOf } from '../args.ts';
import type { NodeArgs } from '../args.ts';
import type { RuntimeImage } from '../messages.ts';
import type { KubeletState } from './state.ts';
import { volumesInUse } from './volumes.ts';

export const KUBELET_VERSION = 'v1.36.2';
/** The default hard eviction thresholds are what allocatable leaves out. */
const EVICTION_MEMORY = parseQuantity('100Mi');
const DISK = '100Gi';
const DISK_ALLOCATABLE_PERCENT = 90n;
const MAX_IMAGES = 50;

type Resources = Readonly<Record<string, string>>;

function capacityOf({ machine }: NodeArgs): Resources {
  const memory = formatQuantity(addQuantities(parseQuantity('0Ki'), parseQuantity(machine.memory)));
  return { cpu: canonicalQuantity(machine.cpu), 'ephemeral-storage': DISK, 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', memory, pods: String(machine.pods) };
}

function allocatableOf(capacity: Resources): Resources {
  const memory = parseQuantity(capacity['memory'] ?? '0');
  const left = subtractQuantities(memory, EVICTION_MEMORY);
  const disk = (BigInt(value(DISK)) * DISK_ALLOCATABLE_PERCENT) / 100n;
  return { ...capacity, 'ephemeral-storage': String(disk), memory: left.nano > 0n ? formatQuantity(left) : '0' };
}

const hex = (text: string): string => digestOf(text).slice('sha256:'.length);

function uuidOf(text: string): string {
  const digits = hex(text);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

/** Changes with every start of the machine. */
export function bootIdOf(nodeName: string, startedUs: number): string {
  return uuidOf(`${nodeName} boot ${startedUs}`);
}

function systemInfo(state: KubeletState): NodeSystemInfo {
  return {
    machineID: hex(`${state.nodeName} machine`).slice(0, 32), systemUUID: uuidOf(`${state.nodeName} system`), bootID: state.bootId, kernelVersion: '6.12.48+deb13-amd64',
    osImage: 'Debian GNU/Linux 13 (trixie)', containerRuntimeVersion: `containerd://${state.runtimeVersion}`, kubeletVersion: KUBELET_VERSION, kubeProxyVersion: '',
    operatingSystem: 'linux', architecture: 'amd64',
  };
}

function nodeLabels({ machine }: NodeArgs): Resources {
  const zone: Resources = machine.zone === '' ? {} : { 'topology.kubernetes.io/zone': machine.zone };
  return {
    'beta.kubernetes.io/arch': 'amd64', 'beta.kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': machine.name, 'kubernetes.io/os': 'linux',
    ...zone, ...machine.labels,
  };
}

/** The object that is POSTed when the node registers. The provider of the machine gives it its pod CIDR. */
export function initialNode(state: KubeletState, unixUs: number): Node {
  const { args } = state;
  const podCidr = podCidrOf(args.index);
  const { taints } = args.machine;
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: { name: state.nodeName, labels: nodeLabels(args), annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } },
    spec: { podCIDR: podCidr, podCIDRs: [podCidr], ...(taints && taints.length > 0 && { taints }) },
    status: nodeStatus(state, undefined, unixUs),
  };
}

const FEATURES = { recursiveReadOnlyMounts: true, userNamespaces: true };
type Fixed = Pick<NodeStatus, 'addresses' | 'capacity' | 'allocatable' | 'daemonEndpoints' | 'features' | 'runtimeHandlers'>;
const fixedParts = new WeakMap<NodeArgs, Fixed>();

/** What is so for as long as the machine is what it is. A thousand kubelets report every ten seconds. */
function fixedPart(args: NodeArgs): Fixed {
  let fixed = fixedParts.get(args);
  if (!fixed) {
    const capacity = capacityOf(args);
    fixed = {
      addresses: [{ type: 'InternalIP', address: internalIpOf(args.index) }, { type: 'Hostname', address: args.machine.name }], capacity, allocatable: allocatableOf(capacity),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } }, features: { supplementalGroupsPolicy: true },
      runtimeHandlers: [{ name: '', features: FEATURES }, { name: 'runc', features: FEATURES }],
    };
    fixedParts.set(args, fixed);
  }
  return fixed;
}

/** Everything that the kubelet reports; `old` is the status that the API has. */
export function nodeStatus(state: KubeletState, old: NodeStatus | undefined, unixUs: number): NodeStatus {
  const inUse = volumesInUse(state);
  return {
    ...fixedPart(state.args), conditions: conditions(state, old?.conditions ?? [], unixUs), nodeInfo: systemInfo(state),
    ...(state.images.length > 0 && { images: imagesOf(state.images) }),
    ...((inUse.length > 0 || old?.volumesInUse !== undefined) && { volumesInUse: inUse }),
  };
}

function imagesOf(images: readonly RuntimeImage[]): NodeStatus['images'] {
  return images.toSorted((a, b) => b.sizeBytes - a.sizeBytes || (a.ref < b.ref ? -1 : 1)).slice(0, MAX_IMAGES).map(({ names, sizeBytes }) => ({ names, sizeBytes }));
}

const PRESSURES = [
  { type: 'MemoryPressure', reason: 'KubeletHasSufficientMemory', message: 'kubelet has sufficient memory available' },
  { type: 'DiskPressure', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
  { type: 'PIDPressure', reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available' },
] as const;
/** The events that announce the first three conditions. */
export const PRESSURE_EVENTS = ['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID'] as const;

function conditions(state: KubeletState, old: readonly NodeCondition[], unixUs: number): readonly NodeCondition[] {
  const now = formatTime(unixUs);
  const made = PRESSURES.map((each) => nodeCondition(old, each.type, 'False', each.reason, each.message, now));
  const troubles = [state.runtimeTrouble, state.networkTrouble].filter((trouble) => trouble !== '');
  made.push(troubles.length === 0
    ? nodeCondition(old, 'Ready', 'True', 'KubeletReady', 'kubelet is posting ready status', now)
    : nodeCondition(old, 'Ready', 'False', 'KubeletNotReady', troubles.length === 1 ? troubles[0] as string : `[${troubles.join(', ')}]`, now));
  const types = new Set(made.map(({ type }) => type));
  return [...old.filter(({ type }) => !types.has(type)), ...made];
}

function nodeCondition(old: readonly NodeCondition[], type: string, status: string, reason: string, message: string, now: string): NodeCondition {
  const before = old.find((each) => each.type === type);
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime ?? now : now;
  return { type, status, lastHeartbeatTime: now, lastTransitionTime, reason, message };
}
