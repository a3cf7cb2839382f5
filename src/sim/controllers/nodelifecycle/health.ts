// Whether a node still reports: the newest of its status heartbeat and its lease (models tryUpdateNodeHealth).
import { formatTime, parseTime } from '../../../base/time.ts';
import type { Lease, Node, NodeCondition } from '../../api/generated/types.ts';
import type { Scope } from '../controller.ts';

/** What the controller remembers of one node. Immutable. */
export interface NodeHealth {
  /** The Ready condition as last seen. */
  readonly ready: NodeCondition | undefined;
  /** When the controller last saw a sign of life, by its own clock. */
  readonly probeUs: number;
  readonly lease: Lease | undefined;
}

/** One look at one node. */
export interface Look {
  readonly health: NodeHealth;
  readonly observed: NodeCondition;
  /** The Ready condition that counts now; undefined while nobody has posted one and the node is still young. */
  readonly current: NodeCondition | undefined;
  /** The node with Unknown conditions, if its grace period is over and that has to be written. */
  readonly write: Node | undefined;
}

const TYPES = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

export function readyCondition(node: Node): NodeCondition | undefined {
  const conditions = node.status?.conditions;
  if (!conditions) return undefined;
  for (const condition of conditions) if (condition.type === 'Ready') return condition;
  return undefined;
}

export function lookAt(node: Node, saved: NodeHealth | undefined, lease: Lease | undefined, scope: Scope): Look {
  const current = readyCondition(node);
  const created = node.metadata.creationTimestamp;
  const observed = current ?? { type: 'Ready', status: 'Unknown', lastHeartbeatTime: created, lastTransitionTime: created };
  const graceUs = scope.option(current ? 'node-monitor-grace-period' : 'node-startup-grace-period');
  const health = withLease(withStatus(node, current, saved, scope), saved, lease, scope);
  if (scope.unixUs <= health.probeUs + graceUs) return { health, observed, current, write: undefined };
  const unknown = unknownNode(node, formatTime(scope.unixUs));
  const ready = readyCondition(unknown);
  if (ready === current) return { health, observed, current, write: undefined };
  return { health, observed, current: ready, write: unknown };
}

function withStatus(node: Node, current: NodeCondition | undefined, saved: NodeHealth | undefined, scope: Scope): NodeHealth {
  if (!current && (!saved || !saved.ready)) {
    const created = parseTime(node.metadata.creationTimestamp ?? '') ?? scope.unixUs;
    return saved ?? { ready: undefined, probeUs: created, lease: undefined };
  }
  const same = saved?.ready !== undefined && current !== undefined && saved.ready.lastHeartbeatTime === current.lastHeartbeatTime;
  return same && saved ? saved : { ready: current, probeUs: scope.unixUs, lease: saved?.lease };
}

function withLease(health: NodeHealth, saved: NodeHealth | undefined, lease: Lease | undefined, scope: Scope): NodeHealth {
  const known = saved?.lease;
  if (!lease || lease === known) return health;
  const renewed = parseTime(lease.spec?.renewTime ?? '') ?? 0;
  if (known && (parseTime(known.spec?.renewTime ?? '') ?? 0) >= renewed) return health;
  return { ...health, lease, probeUs: scope.unixUs };
}

/** All conditions that the kubelet owns become Unknown. */
function unknownNode(node: Node, now: string): Node {
  let conditions = node.status?.conditions ?? [];
  for (const type of TYPES) {
    const old = conditions.find((condition) => condition.type === type);
    if (!old) {
      const never: NodeCondition = {
        type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.',
        lastHeartbeatTime: node.metadata.creationTimestamp, lastTransitionTime: now,
      };
      conditions = [...conditions, never];
    } else if (old.status !== 'Unknown') {
      const stopped: NodeCondition = { ...old, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: now };
      conditions = conditions.map((condition) => (condition === old ? stopped : condition));
    }
  }
  return { ...node, status: { ...node.status, conditions } };
}
