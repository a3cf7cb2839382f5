// What a pod asks for in all (models component-helpers resource.PodRequests and PodLimits, without pod status).
import type { Container, PodSpec } from '../../../api/generated/types.ts';
import { add, amountsOf, max } from './resource-list.ts';
import type { Amounts } from './resource-list.ts';

type Part = 'requests' | 'limits';

/** Containers and sidecars run together; init containers one after another, beside the sidecars started before them. */
export function podAmounts(spec: PodSpec, part: Part): Amounts {
  let sum: Amounts = new Map();
  for (const container of spec.containers) sum = add(sum, of(container, part));
  let sidecars: Amounts = new Map();
  let starting: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = of(container, part);
    if (container.restartPolicy === 'Always') {
      sum = add(sum, own);
      sidecars = add(sidecars, own);
      starting = max(starting, sidecars);
    } else starting = max(starting, add(own, sidecars));
  }
  const total = new Map(max(sum, starting));
  for (const [name, quantity] of amountsOf(spec.resources?.[part])) total.set(name, quantity);
  return addOverhead(total, spec, part);
}

function of(container: Container, part: Part): Amounts {
  return amountsOf(container.resources?.[part]);
}

/** Overhead counts against a limit only where there is one. */
function addOverhead(total: Amounts, { overhead }: PodSpec, part: Part): Amounts {
  if (!overhead) return total;
  const amounts = amountsOf(overhead);
  if (part === 'requests') return add(total, amounts);
  return add(total, new Map([...amounts].filter(([name]) => total.has(name))));
}
