// npm run serve -- --port 8080 [--state FILE] [--components apiserver,…] [--clock real|manual] [--seed N] [--nodes N] [--set COMPONENT.OPTION=VALUE]…
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { parseTime } from '../base/time.ts';
import type { ApiObject } from '../sim/api/meta.ts';
import type { Component, MachineSpec } from '../sim/cluster.ts';
import { bridgeBackends } from './backends.ts';
import { serve } from './facade.ts';
import { WorldServer } from './world-server.ts';

const COMPONENTS: readonly Component[] = ['apiserver', 'controller-manager', 'scheduler', 'nodes'];
const TICK_MS = 20;

class UsageError extends Error {}

function readComponents(text: string): readonly Component[] {
  const names = text.split(',').filter((name) => name !== '');
  for (const name of names) if (!COMPONENTS.some((each) => each === name)) throw new UsageError(`--components: there is no ${name}; there are ${COMPONENTS.join(', ')}`);
  return COMPONENTS.filter((name) => names.includes(name));
}

function readSettings(settings: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(settings.map((setting) => {
    const match = /^([a-z-]+\.[a-z-]+)=(.*)$/.exec(setting);
    if (!match) throw new UsageError(`--set ${setting}: it takes COMPONENT.OPTION=VALUE`);
    return [match[1] ?? '', match[2] ?? ''];
  }));
}

/** A v1 List, or a file `{now, list}` that has one; the clock starts at `now`. */
function readState(file: string): { readonly items: readonly ApiObject[]; readonly unixUs: number } {
  const content = JSON.parse(readFileSync(file, 'utf8')) as { readonly now?: string; readonly list?: { readonly items: readonly ApiObject[] }; readonly items?: readonly ApiObject[] };
  const unixUs = parseTime(content.now ?? '') ?? Date.now() * 1000;
  return { items: content.list?.items ?? content.items ?? [], unixUs };
}

const machines = (count: number): readonly MachineSpec[] => Array.from({ length: count }, (_, i) => ({ name: `node-${i + 1}`, cpu: '4', memory: '8Gi', pods: 110, zone: `zone-${'abc'[i % 3]}` }));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' }, host: { type: 'string', default: '127.0.0.1' }, state: { type: 'string' }, components: { type: 'string', default: COMPONENTS.join(',') },
      clock: { type: 'string', default: 'real' }, seed: { type: 'string', default: '1' }, nodes: { type: 'string', default: '3' }, set: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.clock !== 'real' && values.clock !== 'manual') throw new UsageError('--clock takes real or manual');
  const world = new WorldServer({
    seed: Number(values.seed), components: readComponents(values.components), options: readSettings(values.set), nodes: machines(Number(values.nodes)),
    ...(values.state !== undefined ? { state: readState(values.state) } : values.clock === 'real' && { unixUs: Date.now() * 1000 }),
  });
  const server = await serve(world, { port: Number(values.port), host: values.host });
  bridgeBackends(world);
  const { port } = server.address() as AddressInfo;
  if (values.clock === 'real') followWallClock(world);
  for (const [kind, count] of Object.entries(world.unknown)) console.error(`not served: ${count} × ${kind}`);
  console.log(`Kubernetes API on http://${values.host}:${port}  (kubectl --server http://${values.host}:${port})`);
}

/** Virtual time goes with the wall clock; requests that ran ahead of it are waited for. */
function followWallClock(world: WorldServer): void {
  const [wallMs, startUs] = [performance.now(), world.kernel.nowUs];
  setInterval(() => {
    const dueUs = startUs + Math.round((performance.now() - wallMs) * 1000);
    try {
      if (dueUs > world.kernel.nowUs) world.advance(dueUs - world.kernel.nowUs);
    } catch (error) {
      // A fault of one component is told; the clients of the others keep their server.
      console.error(error);
    }
  }, TICK_MS);
}

main().catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 2;
});
