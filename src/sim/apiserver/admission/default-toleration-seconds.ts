import type { Pod, Toleration } from '../../api/generated/types.ts';
import type { AdmissionPlugin } from './plugin.ts';

const DEFAULT_SECONDS = 300;
const NOT_READY: Toleration = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: DEFAULT_SECONDS };
const UNREACHABLE: Toleration = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: DEFAULT_SECONDS };
const BOTH = [NOT_READY, UNREACHABLE];

/** Models DefaultTolerationSeconds: pods stay five minutes on a node that stopped answering, unless they say otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  resources: ['pods'],
  operations: ['CREATE', 'UPDATE'],
  admit(object) {
    const pod = object as Pod;
    const tolerations = pod.spec?.tolerations ?? [];
    const missing = tolerations.length === 0 ? BOTH : BOTH.filter(({ key }) => !tolerations.some((toleration) => covers(toleration, key)));
    if (missing.length === 0) return object;
    return { ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...missing] } as Pod['spec'] };
  },
};

function covers(toleration: Toleration, key: string | undefined): boolean {
  return ((toleration.key ?? '') === '' || toleration.key === key) && ((toleration.effect ?? '') === '' || toleration.effect === 'NoExecute');
}
