// npm run serve -- [--port 8080] [--host ADDRESS] [--tls] [--write-kubeconfig FILE] [--user NAME[=GROUP,…]]… [--token TOKEN=NAME[=GROUP,…]]… [--state FILE]
//  [--components apiserver,…] [--clock real|manual] [--seed N] [--nodes N] [--set COMPONENT.OPTION=VALUE]…
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { DEFAULT_CONFIG, ownServiceAddress, withFlags } from '../sim/apiserver/config.ts';
import { API_SERVER } from '../sim/apiserver/messages.ts';
import { flagsFor } from '../sim/cluster.ts';
import type { Component, MachineSpec } from '../sim/cluster.ts';
import { OptionError } from '../sim/option-error.ts';
import { bridgeBackends } from './backends.ts';
import { serve } from './facade.ts';
import type { TlsOptions } from './facade.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { KubeconfigUser } from './kubeconfig.ts';
import { Authority } from './pki.ts';
import type { Person } from './pki.ts';
import { signRequests } from './signer.ts';
import { readState } from './state-file.ts';
import { WallClock } from './wall-clock.ts';
import { WorldServer } from './world-server.ts';

const COMPONENTS: readonly Component[] = ['apiserver', 'controller-manager', 'scheduler', 'nodes'];

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

const machines = (count: number): readonly MachineSpec[] => Array.from({ length: count }, (_, i) => ({ name: `node-${i + 1}`, cpu: '4', memory: '8Gi', pods: 110, zone: `zone-${'abc'[i % 3]}` }));

const ADMIN: Person = { name: 'admin', groups: ['system:masters'] };
/** As what a client in a pod reaches the server, and what serves it here. */
const SERVER_NAMES = ['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];

/** `anna=dev,ops`: a user and the groups. */
function readPerson(text: string, option: string): Person {
  const [name = '', groups = ''] = text.split('=', 2);
  if (name === '') throw new UsageError(`--${option} ${text}: it takes a name, and after = groups that are separated by commas`);
  return { name, groups: groups.split(',').filter((group) => group !== '') };
}

/** `secret=anna=dev,ops`: tokens with their users. */
function readTokens(texts: readonly string[]): readonly { readonly token: string; readonly person: Person }[] {
  return texts.map((text) => {
    const equals = text.indexOf('=');
    if (equals <= 0) throw new UsageError(`--token ${text}: it takes TOKEN=NAME, and after another = groups`);
    return { token: text.slice(0, equals), person: readPerson(text.slice(equals + 1), 'token') };
  });
}

/** All that clients need to show who they are. */
interface Access { readonly tls: TlsOptions; readonly authority: Authority; readonly users: readonly KubeconfigUser[] }

async function makeAccess(hosts: readonly string[], people: readonly Person[]): Promise<Access> {
  const authority = await Authority.create();
  const serving = await authority.issueServing([...new Set([...SERVER_NAMES, ...hosts])].filter((name) => name !== '0.0.0.0' && name !== '::'));
  const users = await Promise.all(people.map(async (person) => ({ name: person.name, ...await authority.issueClient(person) })));
  return { authority, users, tls: { ...serving, authority: authority.certificate } };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tls: { type: 'boolean', default: false }, 'write-kubeconfig': { type: 'string' }, user: { type: 'string', multiple: true, default: [] }, token: { type: 'string', multiple: true, default: [] },
      port: { type: 'string', default: '8080' }, host: { type: 'string', default: '127.0.0.1' }, state: { type: 'string' }, components: { type: 'string', default: COMPONENTS.join(',') },
      clock: { type: 'string', default: 'real' }, seed: { type: 'string', default: '1' }, nodes: { type: 'string', default: '3' }, set: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.clock !== 'real' && values.clock !== 'manual') throw new UsageError('--clock takes real or manual');
  if (values.user.length > 0 && !values.tls) throw new UsageError('--user makes client certificates, which only --tls reads');
  const tokens = readTokens(values.token);
  const components = readComponents(values.components);
  const options = readSettings(values.set);
  const ownAddress = ownServiceAddress(withFlags(DEFAULT_CONFIG, { flags: flagsFor(API_SERVER, options) }));
  const access = values.tls ? await makeAccess([values.host, ownAddress], [ADMIN, ...values.user.map((text) => readPerson(text, 'user'))]) : undefined;
  const world = new WorldServer({
    ...((values.tls || tokens.length > 0) && { tokens: Object.fromEntries(tokens.map(({ token, person: { name, groups } }) => [token, { user: name, groups }])) }),
    seed: Number(values.seed), components, options, nodes: machines(Number(values.nodes)),
    ...(values.state !== undefined ? { state: readState(values.state) } : values.clock === 'real' && { unixUs: Date.now() * 1000 }),
  });
  const server = await serve(world, { port: Number(values.port), host: values.host, ...(access && { tls: access.tls }) });
  bridgeBackends(world);
  // Signing is a controller's work (csrsigning): without the controller manager requests stay approved.
  if (access && components.includes('controller-manager')) signRequests(world, access.authority);
  const { port } = server.address() as AddressInfo;
  const url = `${access ? 'https' : 'http'}://${values.host}:${port}`;
  const kubeconfigFile = values['write-kubeconfig'];
  if (kubeconfigFile !== undefined) {
    const users = [...access?.users ?? [{ name: ADMIN.name }], ...tokens.map(({ token, person: { name } }) => ({ name, token }))];
    writeKubeconfig(kubeconfigFile, { server: url, authority: access?.authority.certificate, users });
  }
  // A fault of one component is told; the clients of the others keep their server.
  if (values.clock === 'real') new WallClock(world, (error) => console.error(error)).catchUp();
  for (const [kind, count] of Object.entries(world.unknown)) console.error(`not served: ${count} × ${kind}`);
  console.log(`Kubernetes API on ${url}  (kubectl ${kubeconfigFile === undefined ? `--server ${url}` : `--kubeconfig ${kubeconfigFile}`})`);
}

main().catch((error: unknown) => {
  console.error(error instanceof UsageError || error instanceof OptionError ? error.message : error);
  process.exitCode = 2;
});
