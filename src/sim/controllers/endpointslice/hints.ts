// Which endpoints of a service are meant for which zones and nodes: the hints of spec.trafficDistribution and those of the
// annotation service.kubernetes.io/topology-mode (models endpointslice/trafficdist and endpointslice/topologycache).
import type { Endpoint, EndpointHints, EndpointSlice, Node, Service } from '../../api/generated/types.ts';
import { milliValue } from '../../api/quantity.ts';
import type { Informer } from '../../client/informer.ts';

const ZONE = 'topology.kubernetes.io/zone';
const MODE = 'service.kubernetes.io/topology-mode';
const DEPRECATED_MODE = 'service.kubernetes.io/topology-aware-hints';
const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];
/** So much more than its share may a zone's endpoints have to carry. */
const OVERLOAD = 0.2;

type Slices = readonly EndpointSlice[];
/** Endpoints by the zone that they are for. */
type Zones = ReadonlyMap<string, number>;

/** What is remembered of the topology hints of one service: endpoints by zone, per address type. Immutable. */
export interface ServiceHints { readonly populated: boolean; readonly families: ReadonlyMap<string, Zones> }
export const NO_HINTS: ServiceHints = { populated: false, families: new Map() };

export interface HintEvent { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }

/** Slices of one address type that are written, and those that would stay as they are. */
export interface Draft { readonly create: Slices; readonly update: Slices; readonly unchanged: Slices }
export interface Hinted { readonly create: Slices; readonly update: Slices; readonly events: readonly HintEvent[]; readonly hints: ServiceHints }

/** Sets, changes or takes away hints in what is written, and writes what has wrong ones. */
export function withHints(service: Service, family: string, draft: Draft, before: ServiceHints, nodes: Informer): Hinted {
  if (isAuto(service)) return byTopology(family, draft, before, sharesOf(nodes));
  const events: readonly HintEvent[] = before.populated ? [{ type: 'Warning', reason: DISABLED, message: `Topology Aware Hints has been disabled, addressType: ${family}` }] : [];
  const { trafficDistribution } = service.spec ?? {};
  return { ...rehinted(draft, (endpoint) => distributed(endpoint, trafficDistribution)), events, hints: forgotten(before, family) };
}

function isAuto({ metadata: { annotations } }: Service): boolean {
  const mode = annotations?.[DEPRECATED_MODE] ?? annotations?.[MODE];
  return mode === 'Auto' || mode === 'auto';
}

/** The server stores an empty list as null. */
function endpointsOf(slice: EndpointSlice): readonly Endpoint[] {
  return slice.endpoints ?? [];
}

function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready === true;
}

function forgotten({ families }: ServiceHints, family: string): ServiceHints {
  return families.size === 0 ? NO_HINTS : { populated: false, families: new Map([...families].filter(([name]) => name !== family)) };
}

// ---- one endpoint at a time ----

type HintOf = (endpoint: Endpoint) => EndpointHints | undefined;

function rehinted({ create, update, unchanged }: Draft, hintOf: HintOf): Pick<Hinted, 'create' | 'update'> {
  const set = (slice: EndpointSlice): EndpointSlice => hinted(slice, hintOf);
  return { create: create.map(set), update: [...update.map(set), ...unchanged.map(set).filter((slice, at) => slice !== unchanged[at])] };
}

function hinted(slice: EndpointSlice, hintOf: HintOf): EndpointSlice {
  const endpoints = endpointsOf(slice);
  if (endpoints.every((endpoint) => sameHints(endpoint.hints, hintOf(endpoint)))) return slice;
  return { ...slice, endpoints: endpoints.map((endpoint) => withHint(endpoint, hintOf(endpoint))) };
}

function withHint(endpoint: Endpoint, hints: EndpointHints | undefined): Endpoint {
  if (sameHints(endpoint.hints, hints)) return endpoint;
  const { hints: _old, ...rest } = endpoint;
  return hints ? { ...rest, hints } : rest;
}

function sameHints(a: EndpointHints | undefined, b: EndpointHints | undefined): boolean {
  return a === b || JSON.stringify([a?.forZones, a?.forNodes]) === JSON.stringify([b?.forZones, b?.forNodes]);
}

// ---- spec.trafficDistribution ----

const DISTRIBUTIONS = new Set(['PreferClose', 'PreferSameZone', 'PreferSameNode']);

/** An endpoint that is not ready is left as it is. */
function distributed(endpoint: Endpoint, distribution: string | undefined): EndpointHints | undefined {
  if (distribution === undefined || !DISTRIBUTIONS.has(distribution)) return undefined;
  const { zone, nodeName, hints } = endpoint;
  if (!isReady(endpoint)) return hints;
  const forNodes = distribution === 'PreferSameNode' && nodeName !== undefined ? [{ name: nodeName }] : undefined;
  if (zone === undefined && !forNodes) return undefined;
  return { ...(forNodes && { forNodes }), ...(zone !== undefined && { forZones: [{ name: zone }] }) };
}

// ---- topology-mode: Auto ----

const DISABLED = 'TopologyAwareHintsDisabled';

/** What part of all processors each zone has, by its ready nodes; undefined if there are not two zones, or a node does not tell. */
export function sharesOf(nodes: Informer): Zones | undefined {
  const milliCpu = new Map<string, number>();
  let total = 0;
  for (const object of nodes.objects.values()) {
    const { metadata: { labels = {} }, status } = object as Node;
    if (CONTROL_PLANE.some((role) => labels[role] !== undefined) || !isNodeReady(object as Node)) continue;
    const zone = labels[ZONE] ?? '';
    const cpu = milliValue(status?.allocatable?.['cpu'] ?? '0');
    if (zone === '' || cpu === 0) return undefined;
    total += cpu;
    milliCpu.set(zone, (milliCpu.get(zone) ?? 0) + cpu);
  }
  if (milliCpu.size < 2) return undefined;
  return new Map([...milliCpu].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([zone, cpu]) => [zone, cpu / total]));
}

export function isNodeReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

export function zoneOf({ metadata }: Node): string | undefined {
  return metadata.labels?.[ZONE];
}

interface Allocation { readonly minimum: number; readonly maximum: number; readonly desired: number }
type Allocations = ReadonlyMap<string, Allocation>;

/** How many endpoints each zone is to have of so many; a text if that cannot be done. */
function allocate(endpoints: number, shares: Zones | undefined): Allocations | string {
  if (!shares) return 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
  const counts = `(${endpoints} endpoints, ${shares.size} zones)`;
  if (shares.size > endpoints) return `Insufficient number of endpoints ${counts}`;
  const least = [...shares].map(([zone, share]) => ({ zone, exact: share * endpoints, minimum: Math.ceil(share * endpoints * (1 / (1 + OVERLOAD))) }));
  const spare = endpoints - least.reduce((sum, { minimum }) => sum + minimum, 0);
  if (spare < 0) return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${counts}`;
  return new Map(least.map(({ zone, exact, minimum }) => [zone, { minimum, maximum: minimum + spare, desired: Math.max(exact, minimum) }]));
}

function byTopology(family: string, draft: Draft, before: ServiceHints, shares: Zones | undefined): Hinted {
  const ready = [...draft.create, ...draft.update, ...draft.unchanged].reduce((sum, slice) => sum + endpointsOf(slice).filter(isReady).length, 0);
  const allocations = allocate(ready, shares);
  if (typeof allocations === 'string') return without(family, draft, before, allocations);
  const { again, given } = keepHints(draft.unchanged, allocations);
  const fresh = [...draft.create, ...draft.update];
  const written = [...fresh, ...again];
  if (written.some((slice) => endpointsOf(slice).some((endpoint) => isReady(endpoint) && endpoint.zone === undefined))) {
    return without(family, draft, before, 'One or more endpoints do not have a zone specified');
  }
  const next = distribute(written, fresh.length, given, allocations);
  if (given.size === 0) return without(family, draft, before, 'No hints allocated for zones');
  const events: readonly HintEvent[] = before.populated ? [] : [{ type: 'Normal', reason: 'TopologyAwareHintsEnabled', message: `Topology Aware Hints has been enabled, addressType: ${family}` }];
  return {
    create: next.slice(0, draft.create.length), update: next.slice(draft.create.length), events,
    hints: { populated: true, families: new Map([...before.families, [family, given]]) },
  };
}

function without(family: string, draft: Draft, before: ServiceHints, why: string): Hinted {
  const event: HintEvent = { type: 'Warning', reason: DISABLED, message: `${why}, addressType: ${family}` };
  return { ...rehinted(draft, () => undefined), events: [event], hints: forgotten(before, family) };
}

/** Slices whose hints still do; the others are written again. `given` counts the endpoints of those that stay. */
function keepHints(unchanged: Slices, allocations: Allocations): { readonly again: Slices; readonly given: Map<string, number> } {
  const again: EndpointSlice[] = [];
  const given = new Map<string, number>();
  for (const slice of unchanged) {
    const own = hintsByZone(slice, given, allocations);
    if (!own) {
      again.push(slice);
      continue;
    }
    for (const [zone, count] of own) given.set(zone, (given.get(zone) ?? 0) + count);
  }
  return { again, given };
}

function hintsByZone(slice: EndpointSlice, given: Zones, allocations: Allocations): Zones | undefined {
  const own = new Map<string, number>();
  for (const endpoint of endpointsOf(slice).filter(isReady)) {
    const zones = endpoint.hints?.forZones ?? [];
    if (zones.length === 0 || zones.some(({ name }) => !allocations.has(name))) return undefined;
    for (const { name } of zones) own.set(name, (own.get(name) ?? 0) + 1);
  }
  for (const [zone, count] of own) if (count + (given.get(zone) ?? 0) > (allocations.get(zone)?.maximum ?? 0)) return undefined;
  return own;
}

/** Each endpoint to its own zone first; then zones that have too many give some to those that have too few. */
function distribute(written: Slices, fresh: number, given: Map<string, number>, allocations: Allocations): EndpointSlice[] {
  const count = (zone: string, by: number): Map<string, number> => given.set(zone, (given.get(zone) ?? 0) + by);
  for (const slice of written) for (const endpoint of endpointsOf(slice)) if (isReady(endpoint)) count(endpoint.zone ?? '', 1);
  const { giving, receiving } = surplus(given, allocations);
  return written.map((slice, at) => hinted(slice, (endpoint) => {
    // What an endpoint that is not ready has stays, except in slices that are made anew.
    if (!isReady(endpoint)) return at < fresh ? undefined : endpoint.hints;
    const { zone = '' } = endpoint;
    return { forZones: [{ name: zone }] };
  })).map((slice) => moved(slice, giving, receiving, count));
}

function moved(slice: EndpointSlice, giving: Map<string, number>, receiving: Map<string, number>, count: (zone: string, by: number) => void): EndpointSlice {
  if (giving.size === 0 || receiving.size === 0) return slice;
  const take = (zones: Map<string, number>, zone: string): void => {
    const left = (zones.get(zone) ?? 0) - 1;
    if (left > 0) zones.set(zone, left);
    else zones.delete(zone);
  };
  const endpoints = endpointsOf(slice).map((endpoint) => {
    const { zone = '' } = endpoint;
    const [to] = receiving.keys();
    if (!isReady(endpoint) || to === undefined || !giving.has(zone)) return endpoint;
    take(giving, zone);
    take(receiving, to);
    count(zone, -1);
    count(to, 1);
    return withHint(endpoint, { forZones: [{ name: to }] });
  });
  return { ...slice, endpoints };
}

/** Whole endpoints that zones have to give and to receive, the largest differences first. */
function surplus(given: Zones, allocations: Allocations): { readonly giving: Map<string, number>; readonly receiving: Map<string, number> } {
  const differences = new Map([...allocations].map(([zone, { desired }]) => [zone, (given.get(zone) ?? 0) - desired]));
  const giving = new Map<string, number>();
  const receiving = new Map<string, number>();
  for (;;) {
    const from = most(differences, 1);
    const to = most(differences, -1);
    if (!from || !to || (from.amount < 1 && to.amount < 1) || from.amount < 0.5 || to.amount < 0.5) return { giving, receiving };
    giving.set(from.zone, (giving.get(from.zone) ?? 0) + 1);
    receiving.set(to.zone, (receiving.get(to.zone) ?? 0) + 1);
    differences.set(from.zone, (differences.get(from.zone) ?? 0) - 1);
    differences.set(to.zone, (differences.get(to.zone) ?? 0) + 1);
  }
}

function most(differences: Zones, direction: 1 | -1): { readonly zone: string; readonly amount: number } | undefined {
  let found: { readonly zone: string; readonly amount: number } | undefined;
  for (const [zone, difference] of differences) if (difference * direction > (found?.amount ?? 0)) found = { zone, amount: difference * direction };
  return found;
}

/** A zone has fewer endpoints than its nodes would need. */
export function isOverloaded({ families }: ServiceHints, shares: Zones | undefined): boolean {
  return [...families.values()].some((zones) => {
    if (zones.size === 0) return false;
    if (!shares) return true;
    const total = [...zones.values()].reduce((sum, count) => sum + count, 0);
    return [...shares].some(([zone, share]) => (zones.get(zone) ?? -1) < Math.ceil(total * share * (1 / (1 + OVERLOAD))));
  });
}
