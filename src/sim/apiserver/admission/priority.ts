import type { Pod, PriorityClass } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { forbid, lookUp, lookUpAll } from './plugin.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';

const CLASSES = 'priorityclasses.scheduling.k8s.io';

interface Priority { readonly className: string; readonly value: number; readonly preemptionPolicy: 'Never' | 'PreemptLowerPriority' }

/** Models Priority: the number that a pod's class stands for is written into the pod; one class at most is the default. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  resources: ['pods', 'priorityclasses.scheduling.k8s.io'],
  operations: ['CREATE', 'UPDATE'],
  admit(object, attributes) {
    if (object.kind !== 'Pod') return object;
    return attributes.operation === 'CREATE' ? admitPod(object as Pod, attributes) : kept(object as Pod, attributes.old as Pod);
  },
  validate(object, attributes) {
    if (object?.kind === 'PriorityClass') checkDefault(object as PriorityClass, attributes);
  },
};

function admitPod(pod: Pod, attributes: Attributes): Pod {
  const { className, value, preemptionPolicy } = priorityOf(pod, attributes);
  const { spec } = pod;
  if (spec?.priority !== undefined && spec.priority !== value) {
    forbid(attributes, pod, `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`);
  }
  if (spec?.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    forbid(attributes, pod, `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`);
  }
  const next = { ...spec, ...(className === '' ? {} : { priorityClassName: className }), priority: value, preemptionPolicy };
  return { ...pod, spec: next as Pod['spec'] };
}

function kept(pod: Pod, old: Pod): Pod {
  const { priority: value, preemptionPolicy } = old.spec ?? {};
  const missing = (pod.spec?.priority === undefined && value !== undefined) || (pod.spec?.preemptionPolicy === undefined && preemptionPolicy !== undefined);
  if (!missing) return pod;
  return { ...pod, spec: { ...pod.spec, priority: pod.spec?.priority ?? value, preemptionPolicy: pod.spec?.preemptionPolicy ?? preemptionPolicy } as Pod['spec'] };
}

function priorityOf(pod: Pod, attributes: Attributes): Priority {
  const wanted = pod.spec?.priorityClassName ?? '';
  const found = wanted === '' ? defaultClass(attributes) : (lookUp(attributes, CLASSES, '', wanted) as PriorityClass | undefined);
  if (wanted !== '' && !found) forbid(attributes, pod, `no PriorityClass with name ${wanted} was found`);
  return { className: found?.metadata.name ?? '', value: found?.value ?? 0, preemptionPolicy: found?.preemptionPolicy ?? 'PreemptLowerPriority' };
}

/** Of several defaults, which should not be, the lowest counts. */
function defaultClass(attributes: Attributes): PriorityClass | undefined {
  const defaults = (lookUpAll(attributes, CLASSES, '') as readonly PriorityClass[]).filter(({ globalDefault }) => globalDefault);
  return defaults.toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}

function checkDefault(wanted: PriorityClass, attributes: Attributes): void {
  const current = wanted.globalDefault ? defaultClass(attributes) : undefined;
  if (!current || (attributes.operation === 'UPDATE' && current.metadata.name === wanted.metadata.name)) return;
  forbid(attributes, wanted as ApiObject, `PriorityClass ${current.metadata.name ?? ''} is already marked as default. Only one default can exist`);
}
