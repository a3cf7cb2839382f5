// Cluster IPs and node ports of Services (models core/service/storage: ipallocator, portallocator with 30000-32767). What is taken follows from the Services; what a request under way has taken is noted at once.
import { CowMap } from '../../base/cow-map.ts';
import type { Prng } from '../../base/prng.ts';
import type { Service, ServicePort, ServiceSpec } from '../api/generated/types.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Context } from '../kernel/actor.ts';
import type { Resource } from './scheme.ts';
import type { Server } from './server.ts';
import { withFamilies } from './service-families.ts';
import type { ServiceRange } from './service-range.ts';
import { addressAt, offsetOf } from './service-range.ts';
import { Refusal, internalError, invalid } from './status.ts';

const FIRST_PORT = 30_000;
const PORTS = 2768;
const STATIC_PORTS = 86;

/** Which IPs and node ports are taken, and by how many Services (an update may hold one twice for a moment). */
export class ServiceAllocator {
  readonly range: ServiceRange;
  private ips = new CowMap<true>();
  private ports = new CowMap<true>();

  constructor(range: ServiceRange) {
    this.range = range;
  }

  takeIp(ip: string): boolean {
    if (this.ips.has(ip)) return false;
    this.ips.set(ip, true);
    return true;
  }

  /** A free IP of the upper part, of the lower one when that is full. */
  nextIp(random: Prng): string | undefined {
    const { size, staticSize } = this.range;
    const at = (offset: number): string => addressAt(this.range, offset);
    const take = (offset: number): boolean => this.takeIp(at(offset));
    return this.search(random, staticSize + 1, size + 1, take, at) ?? this.search(random, 1, staticSize + 1, take, at);
  }

  takePort(port: number): boolean {
    const key = String(port);
    if (this.ports.has(key)) return false;
    this.ports.set(key, true);
    return true;
  }

  nextPort(random: Prng): number | undefined {
    const take = (offset: number): boolean => this.takePort(FIRST_PORT + offset);
    const at = (offset: number): number => FIRST_PORT + offset;
    return this.search(random, STATIC_PORTS, PORTS, take, at) ?? this.search(random, 0, STATIC_PORTS, take, at);
  }

  release(ips: readonly string[], ports: readonly number[]): void {
    for (const ip of ips) this.ips.delete(ip);
    for (const port of ports) this.ports.delete(String(port));
  }

  clone(): ServiceAllocator {
    const copy = new ServiceAllocator(this.range);
    copy.ips = this.ips.clone();
    copy.ports = this.ports.clone();
    return copy;
  }

  private search<T>(random: Prng, from: number, to: number, take: (offset: number) => boolean, at: (offset: number) => T): T | undefined {
    const start = random.below(to - from);
    for (let i = 0; i < to - from; i++) {
      const offset = from + ((start + i) % (to - from));
      if (take(offset)) return at(offset);
    }
    return undefined;
  }
}

/** A dry run gets the network's own address, and the ports after this one: both stand for what would be free. */
const DRY_RUN_PORT = 32_768;

/** Learns what existing Services hold, when the server starts. */
export function adopt(allocator: ServiceAllocator, services: readonly ApiObject[]): void {
  for (const service of services) {
    for (const ip of ipsOf(service as Service)) allocator.takeIp(ip);
    for (const port of portsOf(service as Service)) allocator.takePort(port);
  }
}

function ipsOf({ spec }: Service): readonly string[] {
  if (spec?.type === 'ExternalName') return [];
  return (spec?.clusterIPs ?? (spec?.clusterIP ? [spec.clusterIP] : [])).filter((ip) => ip !== 'None' && ip !== '');
}

/** Two ports of different protocols may share a number. */
function portsOf({ spec }: Service): readonly number[] {
  if (!needsNodePorts(spec)) return [];
  const ports = (spec?.ports ?? []).map(({ nodePort }) => nodePort ?? 0);
  return [...new Set([...ports, spec?.healthCheckNodePort ?? 0])].filter((port) => port !== 0);
}

function needsNodePorts(spec: ServiceSpec | undefined): boolean {
  return spec?.type === 'NodePort' || spec?.type === 'LoadBalancer';
}

/** The Service with its IP and ports; other objects as they are. Throws Refusal (422, 500). */
export function allocateForCreate(server: Server, resource: Resource, object: ApiObject, dryRun: boolean, ctx: Context): ApiObject {
  if (resource.name !== 'services') return object;
  const service = withFamilies(normalised(object as Service, undefined), undefined);
  return allocating(server, dryRun, (allocator) => allocatePorts(allocator, allocateIp(allocator, service, dryRun, ctx.random), undefined, dryRun, ctx.random));
}

/** All or nothing: what fails midway or is only tried out leaves nothing taken. */
function allocating(server: Server, dryRun: boolean, allocate: (allocator: ServiceAllocator) => Service): Service {
  const allocator = server.allocator.clone();
  const service = allocate(allocator);
  if (!dryRun) server.allocator = allocator;
  return service;
}

/** Likewise when a Service changes: what it keeps stays its own, what is new is taken. Throws Refusal. */
export function allocateForUpdate(server: Server, resource: Resource, next: ApiObject, existing: ApiObject, dryRun: boolean, ctx: Context): ApiObject {
  if (resource.name !== 'services') return next;
  const old = existing as Service;
  const kept = withFamilies(normalised(keepAllocated(next as Service, old), old), old);
  const wasExternal = old.spec?.type === 'ExternalName' && kept.spec?.type !== 'ExternalName';
  return allocating(server, dryRun, (allocator) => allocatePorts(allocator, wasExternal ? allocateIp(allocator, kept, dryRun, ctx.random) : kept, old, dryRun, ctx.random));
}

/** Gives back what `gone` held and `kept` (what replaced it) does not. */
export function releaseFor(server: Server, gone: ApiObject | undefined, kept: ApiObject | undefined): void {
  if (gone?.kind !== 'Service' || gone.apiVersion !== 'v1') return;
  const ips = kept ? ipsOf(kept as Service) : [];
  const ports = kept ? portsOf(kept as Service) : [];
  server.allocator.release(ipsOf(gone as Service).filter((ip) => !ips.includes(ip)), portsOf(gone as Service).filter((port) => !ports.includes(port)));
}

function withSpec(service: Service, spec: Partial<ServiceSpec>): Service {
  return { ...service, spec: { ...service.spec, ...spec } };
}

/** A Service without ports keeps having none: an empty list is not what is stored. */
function withPorts(service: Service, each: (port: ServicePort, index: number) => ServicePort): Service {
  return service.spec?.ports?.length ? withSpec(service, { ports: service.spec.ports.map(each) }) : service;
}

/** Keeps clusterIP and clusterIPs in step (normalizeClusterIPs): old clients know only the first. */
function normalised(service: Service, old: Service | undefined): Service {
  const { clusterIP, clusterIPs } = service.spec ?? {};
  if (clusterIP && !clusterIPs?.length && (!old || clusterIP !== old.spec?.clusterIP)) return withSpec(service, { clusterIPs: [clusterIP] });
  if (old && clusterIP && clusterIP !== old.spec?.clusterIP && clusterIPs?.[0] === old.spec?.clusterIP) return withSpec(service, { clusterIPs: [clusterIP] });
  return service;
}

/** What the server chose before stays when an update leaves it out (patchAllocatedValues). */
function keepAllocated(next: Service, old: Service): Service {
  const spec = next.spec ?? {};
  const was = old.spec ?? {};
  let kept = next;
  if (was.type !== 'ExternalName' && spec.type !== 'ExternalName') {
    if (!spec.clusterIP && !spec.clusterIPs?.length && was.clusterIP) kept = withSpec(kept, { clusterIP: was.clusterIP, clusterIPs: was.clusterIPs });
    if (!spec.ipFamilies && was.ipFamilies) kept = withSpec(kept, { ipFamilies: was.ipFamilies });
    if (!spec.ipFamilyPolicy && was.ipFamilyPolicy) kept = withSpec(kept, { ipFamilyPolicy: was.ipFamilyPolicy });
  }
  if (!needsNodePorts(was) || !needsNodePorts(spec)) return kept;
  const asked = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort));
  const keepPort = (port: ServicePort): ServicePort => {
    const same = (was.ports ?? []).findLast(({ name = '' }) => name === (port.name ?? ''));
    return port.nodePort || !same?.nodePort || asked.has(same.nodePort) ? port : { ...port, nodePort: same.nodePort };
  };
  kept = withPorts(kept, keepPort);
  return spec.healthCheckNodePort || !was.healthCheckNodePort || !needsHealthCheck(kept) ? kept : withSpec(kept, { healthCheckNodePort: was.healthCheckNodePort });
}

function allocateIp(allocator: ServiceAllocator, service: Service, dryRun: boolean, random: Prng): Service {
  const spec = service.spec ?? {};
  const wanted = spec.clusterIPs?.[0] ?? spec.clusterIP ?? '';
  if (spec.type === 'ExternalName' || wanted === 'None') return service;
  const refuse = (why: string): never => {
    const message = `Invalid value: ${JSON.stringify(spec.clusterIPs ?? [wanted])}: failed to allocate IP${wanted === '' ? '' : ` ${wanted}`}: ${why}`;
    throw new Refusal(invalid('', 'Service', service.metadata.name ?? '', [{ type: 'FieldValueInvalid', path: 'spec.clusterIPs', message }]));
  };
  if (wanted === '') {
    const ip = dryRun ? addressAt(allocator.range, 0) : allocator.nextIp(random);
    if (ip === undefined) throw new Refusal(internalError('failed to allocate a serviceIP: range is full'));
    if (!dryRun) checkParent(service, ip, refuse);
    return withSpec(service, { clusterIP: ip, clusterIPs: [ip] });
  }
  const { range } = allocator;
  const offset = offsetOf(range, wanted);
  if (!dryRun && offset === undefined) refuse('the provided network does not match the current range');
  // The first and the last address of the network are nobody's.
  if (offset === undefined || offset === 0 || offset === range.size + 1) refuse(`the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${range.cidr}`);
  if (!dryRun) {
    checkParent(service, wanted, refuse);
    if (!allocator.takeIp(wanted)) refuse('provided IP is already allocated');
  }
  return withSpec(service, { clusterIP: wanted, clusterIPs: spec.clusterIPs ?? [wanted] });
}

/** An address belongs to its Service by name. */
function checkParent({ metadata }: Service, ip: string, refuse: (why: string) => never): void {
  if (!metadata.name) refuse(`IPAddress.networking.k8s.io ${JSON.stringify(ip)} is invalid: spec.parentRef.name: Required value`);
}

function needsHealthCheck({ spec }: Service): boolean {
  return spec?.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** Takes ports one after the other, for one Service (models portallocator's operation). */
type Take = (port: number, refuse: (why: string) => never) => number;

function allocatePorts(allocator: ServiceAllocator, service: Service, old: Service | undefined, dryRun: boolean, random: Prng): Service {
  const spec = service.spec ?? {};
  if (!needsNodePorts(spec)) return old && needsNodePorts(old.spec) ? withoutNodePorts(service, old) : service;
  const mine = new Set(old ? portsOf(old) : []);
  const taken: number[] = [];
  const take: Take = (port, refuse) => {
    if (mine.has(port)) return port;
    // A dry run does not look at the range.
    if (port !== 0 && !dryRun && (port < FIRST_PORT || port >= FIRST_PORT + PORTS)) refuse('provided port is not in the valid range. The range of valid ports is 30000-32767');
    if (port !== 0 && !allocator.takePort(port)) refuse('provided port is already allocated');
    const given = port !== 0 ? port : dryRun ? (taken.length > 0 ? Math.max(...taken) : DRY_RUN_PORT) + 1 : allocator.nextPort(random);
    if (given === undefined) throw new Refusal(internalError('failed to allocate a nodePort: range is full'));
    taken.push(given);
    return given;
  };
  return withHealthCheck(withNodePorts(service, take), old, take);
}

/** Ports of the same number share a node port if they have none of their own; the first one that asks names it. */
function withNodePorts(service: Service, take: Take): Service {
  const before = service.spec?.ports ?? [];
  const givesNone = service.spec?.type === 'LoadBalancer' && service.spec.allocateLoadBalancerNodePorts === false;
  const chosen = new Map<number, number>();
  return withPorts(service, (port, i) => {
    const wanted = port.nodePort ?? 0;
    if (wanted === 0 && givesNone) return port;
    const shared = chosen.get(port.port);
    const refuse = (number: number) => (why: string): never => refusePort(service, `spec.ports[${i}].nodePort`, number, why);
    if (shared !== undefined) {
      if (wanted !== 0 && wanted !== shared) take(wanted, refuse(wanted));
      return wanted === 0 ? { ...port, nodePort: shared } : port;
    }
    const asked = before.find(({ port: number, nodePort }) => number === port.port && nodePort)?.nodePort ?? 0;
    const nodePort = take(asked, refuse(asked));
    chosen.set(port.port, nodePort);
    return wanted === nodePort ? port : { ...port, nodePort };
  });
}

function withHealthCheck(service: Service, old: Service | undefined, take: Take): Service {
  if (!needsHealthCheck(service) || (old && needsHealthCheck(old))) return service;
  const wanted = service.spec?.healthCheckNodePort ?? 0;
  const refuse = (why: string): never => {
    throw new Refusal(internalError(`failed to allocate requested HealthCheck NodePort ${wanted}: ${why}`));
  };
  return withSpec(service, { healthCheckNodePort: take(wanted, refuse) });
}

function refusePort(service: Service, path: string, port: number, why: string): never {
  throw new Refusal(invalid('', 'Service', service.metadata.name ?? '', [{ type: 'FieldValueInvalid', path, message: `Invalid value: ${port}: ${why}` }]));
}

/** A Service that has no node ports any more: those that it got before must not stay in its spec (dropTypeDependentFields). */
function withoutNodePorts(service: Service, old: Service): Service {
  const had = new Set(portsOf(old));
  return withPorts(service, (port) => {
    if (!port.nodePort || !had.has(port.nodePort)) return port;
    const { nodePort: _, ...rest } = port;
    return rest;
  });
}
