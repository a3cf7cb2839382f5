import type { Pod } from '../../api/generated/types.ts';
import { Action } from '../framework/events.ts';
import type { Plugin } from '../framework/plugin.ts';
import { status, unschedulable } from '../framework/status.ts';
import type { HostPort } from '../pod-info.ts';
import { podInfoOf } from '../pod-info.ts';

const NAME = 'NodePorts';
const SKIP = { status: status(NAME, 'Skip') };
const REFUSAL = unschedulable(NAME, "node(s) didn't have free ports for the requested pod ports");

function collide(a: readonly HostPort[], b: readonly HostPort[]): boolean {
  return a.some((x) => b.some((y) => x.port === y.port && x.protocol === y.protocol
    && (x.ip === y.ip || x.ip === '0.0.0.0' || y.ip === '0.0.0.0')));
}

/** Where the pod asks for that host port. */
function portPath(pod: Pod, port: number): string {
  for (const [i, container] of (pod.spec?.containers ?? []).entries()) {
    const j = (container.ports ?? []).findIndex((each) => each.hostPort === port);
    if (j >= 0) return `spec.containers[${i}].ports[${j}].hostPort`;
  }
  return 'spec.initContainers';
}

/** Models NodePorts: a host port can be used once per node, protocol and address. */
export const nodePorts: Plugin<readonly HostPort[]> = {
  name: NAME,
  nodeLocal: true,
  events: [
    { resource: 'Node', action: Action.Add },
    {
      resource: 'AssignedPod',
      action: Action.Delete,
      hint: (pod, before) => before !== undefined && collide(podInfoOf(pod).hostPorts, podInfoOf(before as Pod).hostPorts),
    },
  ],
  preFilter: (_handle, pod) => (pod.hostPorts.length === 0 ? SKIP : { state: pod.hostPorts }),
  explainFilter: (ports, pod, node) => ports.filter((port) => node.portInUse(port)).map((port) => ({
    code: 'portInUse', pod: portPath(pod.pod, port.port),
    params: { port: port.port, protocol: port.protocol, ip: port.ip, pod: node.pods.find((other) => collide([port], other.hostPorts))?.key ?? '' },
  })),
  filter: (ports, _pod, node) => (ports.some((port) => node.portInUse(port)) ? REFUSAL : undefined),
};
