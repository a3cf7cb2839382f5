import type { Node, Pod } from '../../api/generated/types.ts';
import { milliValue, quantityValue, parseQuantity, value } from '../../api/quantity.ts';
import type { Quantity } from '../../api/quantity.ts';
import { forbid, lookUp } from './plugin.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { podAmounts } from './quota/pod-resources.ts';

const OS = 'kubernetes.io/os';
const NANO_PER_MILLI = 1_000_000n;

/** Models PodResizeValidator: a running pod cannot grow beyond what its node has. */
export const podResizeValidator: AdmissionPlugin = {
  name: 'PodResizeValidator',
  resources: ['pods/resize'],
  operations: ['UPDATE'],
  validate(object, attributes) {
    const pod = object as Pod;
    const nodeName = pod.spec?.nodeName ?? '';
    if (nodeName === '' || attributes.old?.metadata.generation === pod.metadata.generation) return;
    const node = lookUp(attributes, 'nodes', '', nodeName) as Node | undefined;
    if (!node) return forbid(attributes, pod, `node ${JSON.stringify(nodeName)} not found`);
    const system = node.metadata.labels?.[OS] ?? 'linux';
    if (system !== 'linux') forbid(attributes, pod, `pod resize is only supported on linux nodes, node ${JSON.stringify(nodeName)} is ${JSON.stringify(system)}`, [{ reason: 'UnsupportedPlatform', message: '' }]);
    const lacking = lackingText(pod, node);
    if (lacking !== '') forbid(attributes, pod, `node didn't have enough allocatable resources: ${lacking}`, [{ reason: 'NodeCapacity', message: '' }]);
  },
};

/** Cores in thousandths, memory in bytes. */
function lackingText({ spec }: Pod, { status }: Node): string {
  const requests = spec ? podAmounts(spec, 'requests') : new Map<string, Quantity>();
  const { cpu = '0', memory = '0' } = status?.allocatable ?? {};
  const cores = requests.get('cpu');
  const bytes = requests.get('memory');
  const texts: string[] = [];
  if (cores && cores.nano > parseQuantity(cpu).nano) texts.push(`cpu, requested: ${milliOf(cores)}, allocatable: ${milliValue(cpu)}`);
  if (bytes && bytes.nano > parseQuantity(memory).nano) texts.push(`memory, requested: ${quantityValue(bytes)}, allocatable: ${value(memory)}`);
  return texts.join('; ');
}

function milliOf({ nano }: Quantity): bigint {
  return (nano + NANO_PER_MILLI - 1n) / NANO_PER_MILLI;
}
