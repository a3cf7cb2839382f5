// Whole clusters for tests: a session with machines and kubectl, and words for what a person does to it.
import { kubectlActor, outputOf } from '../kubectl/actor.ts';
import type { KubectlState } from '../kubectl/actor.ts';
import { KUBECTL } from '../kubectl/messages.ts';
import type { RunCommand, RunOutput } from '../kubectl/messages.ts';
import type { ApiObject } from '../sim/api/meta.ts';
import { CLUSTER } from '../sim/cluster.ts';
import type { Boot, ClusterInput } from '../sim/cluster.ts';
import type { EtcdState } from '../sim/etcd/actor.ts';
import { ETCD } from '../sim/etcd/messages.ts';
import type { Actor } from '../sim/kernel/actor.ts';
import { Session } from '../sim/session.ts';
import { createWorld } from '../sim/world.ts';

const S = 1_000_000;

export class TestCluster {
  readonly session: Session;

  /** A cluster of `nodes` machines, on for 20 virtual seconds. Messages are frozen: whoever changes shared data is caught. */
  constructor(seed: number, nodes = 3) {
    this.session = new Session(createWorld({ seed, extraActors: [kubectlActor as Actor], freeze: true }));
    const boot: Boot = {
      type: 'boot', components: ['apiserver', 'controller-manager', 'scheduler', 'nodes'], options: {},
      nodes: Array.from({ length: nodes }, (_, i) => ({ name: `node-${i + 1}`, cpu: '4', memory: '8Gi', pods: 110, zone: `zone-${i % 3}` })),
    };
    this.session.input(CLUSTER, boot);
    this.run(20);
  }

  run(seconds: number): void {
    this.session.runUntil(this.session.kernel.nowUs + seconds * S);
  }

  do(input: ClusterInput): void {
    this.session.input(CLUSTER, input);
  }

  /** Gives a command line and lets it end. */
  kubectl(args: readonly string[], text = ''): RunOutput {
    const command: RunCommand = { type: 'kubectl-run', args, files: [{ name: 'file.yaml', text }] };
    this.session.input(KUBECTL, command);
    const { kernel } = this.session;
    const id = kernel.lastId;
    this.run(5);
    const output = outputOf(kernel.stateOf(KUBECTL) as KubectlState, id);
    if (!output) throw new Error('kubectl does not know the command');
    return output;
  }

  apply(text: string): RunOutput {
    return this.kubectl(['apply', '-f', 'file.yaml'], text);
  }

  /** What etcd holds below `/registry/<prefix>/`. */
  stored<T extends ApiObject>(prefix: string): readonly T[] {
    const { store } = this.session.kernel.stateOf(ETCD) as EtcdState;
    return store.range(`/registry/${prefix}/`, `/registry/${prefix}0`, 0, 0).kvs.map((kv) => kv.value as T);
  }
}

export function deployment(name: string, replicas: number, image = 'nginx:1.27'): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: "${image}", resources: {requests: {cpu: 100m, memory: 64Mi}}}]}
`;
}
