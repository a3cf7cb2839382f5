// Zones of nodes: how disrupted each is, and the rate at which its nodes may get NoExecute taints (models
// node_lifecycle_controller's zone states and scheduler.RateLimitedTimedQueue).
import type { Node } from '../../api/generated/types.ts';
import type { Scope } from '../controller.ts';

export type ZoneState = 'Initial' | 'Normal' | 'PartialDisruption' | 'FullDisruption';

/** A token bucket of one token; qps 0 never gives any. */
interface Limiter { qps: number; tokens: number; filledUs: number }

export interface Zone {
  state: ZoneState;
  readonly limiter: Limiter;
  /** Nodes to be tainted in order, each from a time on. */
  readonly queue: Map<string, number>;
  /** Nodes that are queued or were tainted, until they are reachable again. */
  readonly known: Set<string>;
}

export interface Counts { ready: number; notReady: number }

/** `region:\u0000:zone`; '' where neither label is set (component-helpers nodetopology.GetZoneKey). */
export function zoneKey({ metadata: { labels = {} } }: Node): string {
  const region = labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? '';
  const zone = labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? '';
  return region === '' && zone === '' ? '' : `${region}:\u0000:${zone}`;
}

export function newZone(qps: number, nowUs: number): Zone {
  return { state: 'Initial', limiter: { qps, tokens: 1, filledUs: nowUs }, queue: new Map(), known: new Set() };
}

export function cloneZone({ state, limiter, queue, known }: Zone): Zone {
  return { state, limiter: { ...limiter }, queue: new Map(queue), known: new Set(known) };
}

/** Queues a node; false if it is there already or has been tainted. */
export function queueNode(zone: Zone, name: string, nowUs: number): boolean {
  if (zone.known.has(name)) return false;
  zone.known.add(name);
  zone.queue.set(name, nowUs);
  return true;
}

export function forgetNode(zone: Zone, name: string): boolean {
  zone.queue.delete(name);
  return zone.known.delete(name);
}

function refill(limiter: Limiter, nowUs: number): void {
  limiter.tokens = Math.min(1, limiter.tokens + ((nowUs - limiter.filledUs) * limiter.qps) / 1_000_000);
  limiter.filledUs = nowUs;
}

function tryAccept(limiter: Limiter, nowUs: number): boolean {
  if (limiter.qps <= 0) return false;
  refill(limiter, nowUs);
  // Half a microsecond of slack: the caller waits for whole ones.
  if (limiter.tokens < 1 - limiter.qps / 2_000_000) return false;
  limiter.tokens = Math.max(0, limiter.tokens - 1);
  return true;
}

/** A new rate; if the old one had no token left, the new one starts without. */
function setRate(zone: Zone, qps: number, nowUs: number): void {
  const { limiter } = zone;
  if (limiter.qps === qps) return;
  const empty = !tryAccept(limiter, nowUs);
  limiter.qps = qps;
  limiter.tokens = empty ? 0 : 1;
  limiter.filledUs = nowUs;
}

/** Takes the nodes whose turn it is (RateLimitedTimedQueue.Try). */
export function dueNodes(zone: Zone, nowUs: number): readonly string[] {
  const due: string[] = [];
  for (;;) {
    const head = [...zone.queue].reduce<readonly [string, number] | undefined>((best, entry) => (best && best[1] <= entry[1] ? best : entry), undefined);
    if (!head || !tryAccept(zone.limiter, nowUs) || head[1] > nowUs) return due;
    zone.queue.delete(head[0]);
    due.push(head[0]);
  }
}

/** Microseconds until a queued node may be looked at; undefined when none waits or none may go. */
export function waitUs({ queue, limiter }: Zone, nowUs: number): number | undefined {
  if (queue.size === 0 || limiter.qps <= 0) return undefined;
  refill(limiter, nowUs);
  return Math.max(0, Math.ceil(((1 - limiter.tokens) / limiter.qps) * 1_000_000));
}

/** No ready node: full; more than two and at least --unhealthy-zone-threshold not ready: partial. */
export function zoneState({ ready, notReady }: Counts, scope: Scope): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption';
  if (notReady > 2 && notReady / (notReady + ready) >= scope.option('unhealthy-zone-threshold')) return 'PartialDisruption';
  return 'Normal';
}

function rateOf(state: ZoneState, size: number, scope: Scope): number {
  if (state !== 'PartialDisruption') return scope.option('node-eviction-rate');
  return size > scope.option('large-cluster-size-threshold') ? scope.option('secondary-node-eviction-rate') : 0;
}

/** What a change of the zones' states asks of the nodes. */
export type Disruption = 'unchanged' | 'entered' | 'left';

/**
 * Takes over the new states and sets the rates. When every zone is fully disrupted the trouble is likely here and not
 * there: nothing is evicted any more ('entered': nodes lose their NoExecute taints); 'left' gives all nodes a new chance.
 */
export function handleDisruption(zones: Map<string, Zone>, counts: ReadonlyMap<string, Counts>, scope: Scope): Disruption {
  const states = new Map([...counts].map(([key, count]) => [key, zoneState(count, scope)]));
  const allAre = [...states.values()].every((state) => state === 'FullDisruption');
  for (const key of zones.keys()) if (!states.has(key)) zones.delete(key);
  const allWere = [...zones.values()].every(({ state }) => state === 'FullDisruption');
  if (allAre && allWere) return 'unchanged';
  for (const [key, zone] of zones) {
    const { ready, notReady } = counts.get(key) ?? { ready: 0, notReady: 0 };
    const state = states.get(key) ?? 'Normal';
    if (allAre) setRate(zone, 0, scope.nowUs);
    else if (allWere || zone.state !== state) setRate(zone, rateOf(state, ready + notReady, scope), scope.nowUs);
    zone.state = allAre ? 'FullDisruption' : state;
  }
  return allAre ? 'entered' : allWere ? 'left' : 'unchanged';
}
