// Which services a change of a pod concerns (models endpointslice/util controller_utils).
import type { Pod, Service } from '../../api/generated/types.ts';
import { keyOf } from '../../api/meta.ts';
import type { Labels } from '../../api/selectors.ts';
import type { Change, Informer } from '../../client/informer.ts';
import { isReady, isTerminal } from '../pods.ts';

type Wanted = readonly (readonly [key: string, value: string])[];
const selectors = new WeakMap<Service, Wanted>();

/** Whether the service has a selector, and the labels match it. Called for every pod of a namespace: a plain comparison. */
export function selects(service: Service, labels: Labels | undefined): boolean {
  const { selector } = service.spec ?? {};
  if (selector === undefined) return false;
  let wanted = selectors.get(service);
  if (!wanted) selectors.set(service, wanted = Object.entries(selector));
  for (const [key, value] of wanted) if (labels?.[key] !== value) return false;
  return true;
}

function sameLabels(a: Labels | undefined, b: Labels | undefined): boolean {
  if (a === b) return true;
  if (!a || !b) return Object.keys(a ?? b ?? {}).length === 0;
  for (const key in a) if (a[key] !== b[key]) return false;
  for (const key in b) if (a[key] === undefined) return false;
  return true;
}

function sameAddresses(a: Pod, b: Pod): boolean {
  const left = a.status?.podIPs;
  const right = b.status?.podIPs;
  if (left === right) return true;
  return (left?.length ?? 0) === (right?.length ?? 0) && (left ?? []).every(({ ip }, i) => ip === right?.[i]?.ip);
}

/** Whether an update may change a pod's endpoints: deletion, its end, readiness, addresses. */
function endpointChanged(before: Pod, after: Pod): boolean {
  return isTerminal(before) !== isTerminal(after) || before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp || isReady(before) !== isReady(after) || !sameAddresses(before, after);
}

/** Calls `visit` with the key of every service that has to look at its endpoints because of this change of a pod. */
export function servicesOfPodChange(change: Change, services: Informer, visit: (key: string) => void): void {
  for (const entry of services.byIndex('namespace', change.object.metadata.namespace ?? '')) {
    const service = entry as Service;
    if (service.spec?.selector !== undefined && concerns(change, service)) visit(keyOf(service));
  }
}

function concerns({ type, object, old }: Change, service: Service): boolean {
  const pod = object as Pod;
  const now = selects(service, pod.metadata.labels);
  if (type !== 'updated') return now;
  const before = old as Pod;
  const relabelled = !sameLabels(before.metadata.labels, pod.metadata.labels) || before.spec?.hostname !== pod.spec?.hostname || before.spec?.subdomain !== pod.spec?.subdomain;
  const earlier = relabelled ? selects(service, before.metadata.labels) : now;
  if (now !== earlier) return true;
  return now && endpointChanged(before, pod);
}
