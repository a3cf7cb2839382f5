import type { Pod, RuntimeClass, Toleration } from '../../api/generated/types.ts';
import { compareQuantities, parseQuantity } from '../../api/quantity.ts';
import { sameContent } from '../object.ts';
import { forbid, lookUp } from './plugin.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';

type Amounts = Readonly<Record<string, string | number>>;
const NO_AMOUNTS: Amounts = {};

/** Models RuntimeClass: a pod takes over what its runtime class costs and where it may run. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  resources: ['pods'],
  operations: ['CREATE'],
  admit(object, attributes) {
    const pod = object as Pod;
    const found = classOf(pod, attributes);
    if (!found) return pod;
    return withScheduling(withOverhead(pod, found, attributes), found, attributes);
  },
  validate(object, attributes) {
    const pod = object as Pod;
    const overhead = classOf(pod, attributes)?.overhead?.podFixed;
    if (!overhead && pod.spec?.overhead) forbid(attributes, pod, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
    if (overhead && !sameAmounts(overhead, pod.spec?.overhead)) forbid(attributes, pod, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  },
};

function classOf(pod: Pod, attributes: Attributes): RuntimeClass | undefined {
  const name = pod.spec?.runtimeClassName;
  if (name === undefined) return undefined;
  return (lookUp(attributes, 'runtimeclasses.node.k8s.io', '', name) as RuntimeClass | undefined) ?? forbid(attributes, pod, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
}

function sameAmounts(a: Amounts, b: Amounts = NO_AMOUNTS): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] !== undefined && b[name] !== undefined && compareQuantities(parseQuantity(a[name]), parseQuantity(b[name])) === 0);
}

function withOverhead(pod: Pod, { overhead }: RuntimeClass, attributes: Attributes): Pod {
  if (!overhead || !pod.spec) return pod;
  const own = pod.spec.overhead ?? NO_AMOUNTS;
  if (Object.keys(own).length > 0 && !sameAmounts(overhead.podFixed ?? NO_AMOUNTS, own)) forbid(attributes, pod, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  return { ...pod, spec: { ...pod.spec, overhead: overhead.podFixed } } as Pod;
}

function withScheduling(pod: Pod, { scheduling }: RuntimeClass, attributes: Attributes): Pod {
  if (!scheduling || !pod.spec) return pod;
  const { nodeSelector = {}, tolerations = [] } = pod.spec;
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = nodeSelector[key];
    if (own !== undefined && own !== value) forbid(attributes, pod, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`);
  }
  const selector = { ...nodeSelector, ...scheduling.nodeSelector };
  const merged = mergeTolerations(tolerations, scheduling.tolerations ?? []);
  return {
    ...pod, spec: { ...pod.spec, ...(Object.keys(selector).length > 0 ? { nodeSelector: selector } : {}), ...(merged.length > 0 ? { tolerations: merged } : {}) },
  };
}

/** Of several tolerations of which one tolerates all that the other does, only that one stays (tolerations.MergeTolerations). */
function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): readonly Toleration[] {
  const all = [...first, ...second];
  const left: Toleration[] = [];
  all.forEach((toleration, i) => {
    const later = all.slice(i + 1);
    const covered = later.some((other) => isSuperset(other, toleration) && !sameContent(other, toleration)) || left.some((other) => isSuperset(other, toleration));
    if (!covered) left.push(toleration);
  });
  return left;
}

function isSuperset(wide: Toleration, narrow: Toleration): boolean {
  const { key = '', operator = 'Equal', value = '', effect = '', tolerationSeconds } = wide;
  if (sameContent(wide, narrow)) return true;
  if (key !== (narrow.key ?? '') && !(key === '' && operator === 'Exists')) return false;
  if (effect !== (narrow.effect ?? '') && effect !== '') return false;
  if (effect === 'NoExecute' && tolerationSeconds !== undefined && (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > tolerationSeconds)) return false;
  return operator === 'Exists' || ((narrow.operator ?? 'Equal') === 'Equal' && value === (narrow.value ?? ''));
}
