import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../sim/apiserver/messages.ts';
import { bridgeBackends } from './backends.ts';
import type { Answer, Target } from './backends.ts';
import { WorldServer } from './world-server.ts';

const credentials = { user: 'admin', groups: ['system:masters', 'system:authenticated'] };
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

function requestOf(change: Partial<ApiRequest>): Omit<ApiRequest, 'requestId'> {
  return {
    type: 'api-request', verb: 'create', group: '', version: 'v1', resource: '', subresource: '', namespace: '', name: '', options: {}, patchType: undefined, body: undefined,
    credentials, userAgent: 'test', ...change,
  };
}

/** A world with a metrics API behind the name; what it was asked, and how it answers. */
async function worldWith(externalName: string): Promise<{ readonly asked: Target[]; readonly send: (change: Partial<ApiRequest>) => Promise<{ readonly code: number; readonly body: object }> }> {
  const world = new WorldServer({ seed: 1, components: ['apiserver'], options: {}, nodes: [] });
  const asked: Target[] = [];
  bridgeBackends(world, (target): Promise<Answer> => {
    asked.push(target);
    return Promise.resolve({ code: 200, body: { kind: 'PodMetricsList', items: [] } });
  });
  const send = async (change: Partial<ApiRequest>): Promise<{ readonly code: number; readonly body: object }> => {
    let found: { readonly code: number; readonly body: object } | undefined;
    world.send(requestOf(change), (output) => {
      if (output.type === 'api-response') found = output;
    });
    await turn();
    world.advance(1_000_000);
    await turn();
    return found ?? { code: 0, body: {} };
  };
  await send({ resource: 'services', namespace: 'kube-system', body: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'metrics' }, spec: { type: 'ExternalName', externalName, ports: [{ port: 4443 }] } } });
  await send({
    group: 'apiregistration.k8s.io', resource: 'apiservices',
    body: {
      apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: { group: 'metrics.k8s.io', version: 'v1beta1', insecureSkipTLSVerify: true, groupPriorityMinimum: 100, versionPriority: 100, service: { namespace: 'kube-system', name: 'metrics', port: 4443 } },
    },
  });
  return { asked, send };
}

const statusOf = { group: 'apiregistration.k8s.io', resource: 'apiservices', verb: 'get', name: 'v1beta1.metrics.k8s.io' } as const;

describe('metrics APIs outside of the world', () => {
  it('are asked on this machine', async () => {
    const { asked, send } = await worldWith('localhost');
    expect((await send(statusOf)).body).toMatchObject({ status: { conditions: [{ type: 'Available', status: 'True', reason: 'Passed' }] } });
    await send({ group: 'metrics.k8s.io', version: 'v1beta1', verb: 'list', resource: 'pods', namespace: 'default', options: { labelSelector: 'app=web' } });
    expect(asked.map(({ host, port, path, verify }) => `${host}:${port}${path} ${verify}`)).toEqual([
      'localhost:4443/apis/metrics.k8s.io/v1beta1 false', 'localhost:4443/apis/metrics.k8s.io/v1beta1/namespaces/default/pods?labelSelector=app%3Dweb false',
    ]);
  });

  it('are not asked anywhere else', async () => {
    const { asked, send } = await worldWith('metrics.example.org');
    expect((await send(statusOf)).body).toMatchObject({ status: { conditions: [{ type: 'Available', status: 'False', reason: 'FailedDiscoveryCheck' }] } });
    expect(asked).toEqual([]);
  });
});
