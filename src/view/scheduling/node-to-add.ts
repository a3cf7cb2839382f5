import type { MachineSpec } from '../../sim/cluster.ts';
import type { FoundAttempt } from '../../worker/protocol.ts';
import type { Model } from '../model.ts';

/** A name, a zone and a size for one more node: large enough for the pod, where the fewest nodes are. */
export function nodeToAdd({ nodes: known, inputs }: Pick<Model, 'nodes' | 'inputs'>, found: FoundAttempt | undefined): MachineSpec {
  // One that was added and has not registered yet has taken its name too.
  const coming = inputs.flatMap(({ input }) => (input.type === 'nodeAdd' && !known.has(input.node.name) ? [input.node] : []));
  const nodes = [...known.values(), ...coming];
  let number = nodes.length + 1;
  while (nodes.some(({ name }) => name === `node-${number}`)) number++;
  const zones = new Map<string, number>();
  for (const { zone } of nodes) zones.set(zone, (zones.get(zone) ?? 0) + 1);
  const zone = [...zones].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? 'zone-a';
  const wanted = (resource: string): number => Math.max(0, ...(found?.attempt.detail?.filter ?? []).flatMap((row) => Object.values(row.why ?? {}).flat())
    .filter(({ params }) => params['resource'] === resource).map(({ params }) => Number(params['wanted'] ?? 0)));
  const cores = Math.max(4, 2 ** Math.ceil(Math.log2((wanted('cpu') + 500) / 1000)));
  const gibi = Math.max(8, 2 ** Math.ceil(Math.log2((wanted('memory') + 2 ** 29) / 2 ** 30)));
  return { name: `node-${number}`, zone, cpu: String(cores), memory: `${gibi}Gi`, pods: 110 };
}
