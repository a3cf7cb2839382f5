// The same work in @ngrok/webernetes, the nearest other Kubernetes in a browser: from the apply to all Ready.
// It runs on the wall clock; what is measured is the CPU that it spends, not the time that it waits.
import type * as Webernetes from '@ngrok/webernetes';
import { SMALL } from './cluster.ts';
import { cpuSeconds } from './lib.ts';
import type { Benchmark, Derived } from './lib.ts';

const REPLICAS = 300;
const NODES = 3;
const POLL_MS = 100;
const LIMIT_MS = 300_000;

/** An image whose container runs and does nothing. */
function idleImage({ BaseImage }: typeof Webernetes): Webernetes.ImageConstructor {
  return class Idle extends BaseImage {
    static readonly imageName = 'idle';
    static readonly imageVersion = '1.0';
    readonly defaultCommand = ['idle'];

    override exec(context: Webernetes.ProcessContext): Promise<number> {
      return context.waitUntilKilled();
    }
  };
}

function deployment(): Parameters<Webernetes.Cluster['apply']>[0] {
  const labels = { app: 'web' };
  return [{
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: REPLICAS, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'idle:1.0' }] } } },
  }];
}

async function rollOut(): Promise<number> {
  // Node cannot resolve the package's modules, so it is loaded only in the bundle, where this is no longer an import.
  const peer = await import('@ngrok/webernetes');
  const cluster = new peer.Cluster({ nodes: NODES });
  cluster.registerImage(idleImage(peer));
  await cluster.init();
  const deadlineMs = Date.now() + LIMIT_MS;
  return cpuSeconds(async () => {
    await cluster.apply(deployment());
    for (;;) {
      const { status } = await cluster.api.appsv1.readNamespacedDeployment({ name: 'web', namespace: 'default' });
      if (status?.readyReplicas === REPLICAS) return;
      if (Date.now() > deadlineMs) throw new Error(`only ${status?.readyReplicas ?? 0} pods are Ready after ${LIMIT_MS / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  });
}

const PEER = 'the same in @ngrok/webernetes 0.3.5';

export const benchmarks: readonly Benchmark[] = [{ name: PEER, unit: 's CPU', better: 'lower', run: rollOut }];

export const derived: readonly Derived[] = [
  { name: 'times faster than @ngrok/webernetes', unit: '×', limit: 1, better: 'higher', from: [PEER, SMALL], compute: (theirs = NaN, ours = NaN) => theirs / ours },
];
