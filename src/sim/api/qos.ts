// Quality of service classes of pods (models pkg/apis/core/helper/qos).
import type { PodSpec } from './generated/types.ts';
import type { Quantity, QuantityText } from './quantity.ts';
import { addQuantities, compareQuantities, parseQuantity } from './quantity.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';
type ResourceList = Readonly<Record<string, QuantityText>>;
interface Totals { cpu?: Quantity; memory?: Quantity }

const computed = ['cpu', 'memory'] as const;

/** Adds the positive amounts of cpu and memory; returns whether both were there. */
function add(totals: Totals, list: ResourceList | undefined): boolean {
  let found = 0;
  for (const name of computed) {
    const text = list?.[name];
    if (text === undefined) continue;
    const amount = parseQuantity(text);
    if (amount.nano <= 0n) continue;
    found++;
    const before = totals[name];
    totals[name] = before === undefined ? amount : addQuantities(before, amount);
  }
  return found === computed.length;
}

/** Guaranteed if every container has cpu and memory limits equal to its requests; BestEffort if none asks for anything. */
export function qosClass(spec: PodSpec): QosClass {
  const requests: Totals = {};
  const limits: Totals = {};
  let guaranteed = true;
  const own = spec.resources;
  if (own !== undefined) {
    add(requests, own.requests);
    if (Object.keys(own.limits ?? {}).length > 0 && !add(limits, own.limits)) guaranteed = false;
  } else {
    for (const container of [...spec.containers ?? [], ...(spec.initContainers ?? [])]) {
      add(requests, container.resources?.requests);
      if (!add(limits, container.resources?.limits)) guaranteed = false;
    }
  }
  const has = (totals: Totals): number => computed.filter((name) => totals[name] !== undefined).length;
  if (has(requests) === 0 && has(limits) === 0) return 'BestEffort';
  const equal = computed.every((name) => {
    const request = requests[name];
    const limit = limits[name];
    return request === undefined ? limit === undefined : limit !== undefined && compareQuantities(request, limit) === 0;
  });
  return guaranteed && equal ? 'Guaranteed' : 'Burstable';
}
