// Runs one controller in a unit test: informers filled by hand, and a small store that answers its requests.
import { Prng } from '../../base/prng.ts';
import { canonicalJson } from '../api/hash.ts';
import type { ApiObject } from '../api/meta.ts';
import { keyFor, keyOf } from '../api/meta.ts';
import type { Change, Indexer } from '../client/informer.ts';
import { Informer } from '../client/informer.ts';
import type { RequestSpec } from '../client/requests.ts';
import type { Controller, EventDraft, Round, Scope, WriteResult } from './controller.ts';

const ZERO_UNIX_US = 1_767_225_600_000_000; // 2026-01-01T00:00:00Z

interface Timer { readonly key: string; readonly atUs: number }
type Patch = Readonly<Record<string, unknown>>;

/** One controller, its informers and the objects of a pretended cluster. Writes reach the informers at once. */
export class TestKit<S, P> {
  readonly events: EventDraft[] = [];
  /** `create pods/default/a`, `update nodes/n/status`, in order. */
  readonly log: string[] = [];
  readonly requests: RequestSpec[] = [];
  readonly errors: string[] = [];
  readonly state: S;
  nowUs = 0;
  private readonly controller: Controller<S, P>;
  private readonly options: Readonly<Record<string, number | string>>;
  private readonly informers = new Map<string, Informer>();
  private readonly objects = new Map<string, ApiObject>();
  private queue: string[] = [];
  private timers: Timer[] = [];
  private nextVersion = 1;
  readonly scope: Scope;

  constructor(controller: Controller<S, P>, options: Readonly<Record<string, number | string>> = {}, indexers: Readonly<Record<string, Readonly<Record<string, Indexer>>>> = {}) {
    this.controller = controller;
    this.options = options;
    this.state = controller.init();
    for (const name of controller.watches) {
      this.informers.set(name, new Informer({ name, gvr: { group: '', version: 'v1', resource: name }, indexers: indexers[name] }));
    }
    this.scope = this.makeScope();
  }

  /** Stores an object and shows it to the informer of `resource`. */
  put<T extends ApiObject>(resource: string, object: T): T {
    const version = String(this.nextVersion++);
    const old = this.objects.get(`${resource}/${keyOf(object)}`);
    const generation = (old?.metadata.generation ?? 0) + 1;
    const uid = object.metadata.uid ?? old?.metadata.uid ?? `uid-${version}`;
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: version, ...(resource === 'endpointslices' ? { generation } : {}) } };
    this.objects.set(`${resource}/${keyOf(stored)}`, stored);
    const informer = this.informers.get(resource);
    if (informer) {
      informer.resourceVersion = version;
      this.changed(informer.put(stored));
    }
    return stored;
  }

  remove(resource: string, key: string): void {
    const object = this.objects.get(`${resource}/${key}`);
    this.objects.delete(`${resource}/${key}`);
    const change = object && this.informers.get(resource)?.remove(object);
    if (change) this.changed(change);
  }

  get<T extends ApiObject>(resource: string, key: string): T | undefined {
    return this.objects.get(`${resource}/${key}`) as T | undefined;
  }

  /** All objects of a resource, in the order in which they were made. */
  all<T extends ApiObject>(resource: string): readonly T[] {
    return [...this.objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object as T);
  }

  /** Works until nothing is due up to `untilUs`. */
  run(untilUs = this.nowUs): void {
    for (let steps = 0; steps < 10_000; steps++) {
      const key = this.queue.shift();
      if (key !== undefined) {
        this.sync(key);
        continue;
      }
      const next = this.timers.toSorted((a, b) => a.atUs - b.atUs)[0];
      if (!next || next.atUs > untilUs) {
        this.nowUs = untilUs;
        return;
      }
      this.timers = this.timers.filter((timer) => timer !== next);
      this.nowUs = Math.max(this.nowUs, next.atUs);
      this.enqueue(next.key);
    }
    throw new Error('the controller does not come to rest');
  }

  enqueue(key: string, delayUs = 0): void {
    if (delayUs > 0) this.timers.push({ key, atUs: this.nowUs + delayUs });
    else if (!this.queue.includes(key)) this.queue.push(key);
  }

  private makeScope(): Scope {
    const now = (): number => this.nowUs;
    return {
      get nowUs(): number { return now(); },
      get unixUs(): number { return ZERO_UNIX_US + now(); },
      random: Prng.stream(1, 'test'),
      informer: (name) => {
        const informer = this.informers.get(name);
        if (!informer) throw new Error(`no informer ${name}`);
        return informer;
      },
      option: (name) => {
        const value = this.options[name];
        if (typeof value !== 'number') throw new Error(`no option ${name}`);
        return value;
      },
      text: (name) => String(this.options[name] ?? ''),
    };
  }

  private changed(change: Change): void {
    this.controller.onChange(change, this.state, this.scope, (key, delayUs) => this.enqueue(key, delayUs));
  }

  private sync(key: string): void {
    let round: Round<P> = this.controller.reconcile(key, this.state, this.scope);
    for (;;) {
      this.events.push(...(round.events ?? []));
      for (const other of round.enqueue ?? []) this.enqueue(other);
      if (round.requeueAfterUs !== undefined) this.enqueue(key, round.requeueAfterUs);
      const results = (round.writes ?? []).map((write): WriteResult => ({ write, ...this.answer(write.spec) }));
      if (round.error !== undefined) {
        this.errors.push(round.error);
        this.enqueue(key, 5_000);
        return;
      }
      if (round.progress === undefined || !this.controller.proceed) return;
      round = this.controller.proceed(key, round.progress, results, this.state, this.scope);
    }
  }

  private answer(spec: RequestSpec): { readonly code: number; readonly body: ApiObject } {
    const key = keyFor(spec.namespace, spec.name);
    const { resource } = spec.gvr;
    this.requests.push(spec);
    const body = spec.body as ApiObject;
    const named = spec.verb === 'create' ? keyFor(spec.namespace, body.metadata.name ?? `${body.metadata.generateName ?? ''}x${this.nextVersion}`) : key;
    if (spec.verb !== 'get' && spec.verb !== 'list') this.log.push(`${spec.verb} ${resource}/${named}${spec.subresource && `/${spec.subresource}`}`);
    if (spec.verb === 'list' || spec.verb === 'deletecollection') return this.collection(spec);
    const old = this.objects.get(`${resource}/${named}`);
    if (spec.verb === 'create') {
      if (old) return this.status(409, 'AlreadyExists');
      const name = named.slice(named.indexOf('/') + 1);
      return { code: 201, body: this.put(resource, { ...body, metadata: { ...body.metadata, name, ...(spec.namespace === '' ? {} : { namespace: spec.namespace }) } }) };
    }
    if (!old) return this.status(404, 'NotFound');
    switch (spec.verb) {
      case 'get': return { code: 200, body: old };
      case 'update': return this.update(resource, old, body);
      case 'patch': return { code: 200, body: this.store(resource, applyPatch(old, spec.body as Patch)) };
      case 'delete': return { code: 200, body: this.deletion(resource, old, spec.body as Patch | undefined) };
      case 'watch': throw new Error('controllers watch through informers');
    }
  }

  private update(resource: string, old: ApiObject, body: ApiObject): { readonly code: number; readonly body: ApiObject } {
    if (body.metadata.resourceVersion !== undefined && body.metadata.resourceVersion !== old.metadata.resourceVersion) return this.status(409, 'Conflict');
    // An update that changes nothing is not written.
    return { code: 200, body: canonicalJson(body) === canonicalJson(old) ? old : this.store(resource, body) };
  }

  private collection(spec: RequestSpec): { readonly code: number; readonly body: ApiObject } {
    const prefix = `${spec.gvr.resource}/${spec.namespace}/`;
    const items = [...this.objects].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object);
    if (spec.verb === 'deletecollection') for (const item of items) this.deletion(spec.gvr.resource, item, undefined);
    return { code: 200, body: { apiVersion: 'v1', kind: 'List', metadata: {}, items } as ApiObject };
  }

  private deletion(resource: string, old: ApiObject, options: Patch | undefined): ApiObject {
    const policy = options?.['propagationPolicy'];
    const extra = policy === 'Foreground' ? ['foregroundDeletion'] : policy === 'Orphan' ? ['orphan'] : [];
    const finalizers = [...new Set([...(old.metadata.finalizers ?? []), ...extra])];
    return this.store(resource, { ...old, metadata: { ...old.metadata, finalizers, deletionTimestamp: '2026-01-01T00:00:00Z' } });
  }

  /** Stores; what is being deleted and has no finalizer left disappears, except pods with their grace period. */
  private store(resource: string, object: ApiObject): ApiObject {
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp === undefined || finalizers.length > 0 || resource === 'pods' || resource === 'namespaces') return this.put(resource, object);
    this.remove(resource, keyOf(object));
    return object;
  }

  private status(code: number, reason: string): { readonly code: number; readonly body: ApiObject } {
    return { code, body: { apiVersion: 'v1', kind: 'Status', metadata: {}, reason, message: reason } as ApiObject };
  }
}

/** Merge patch, with the one strategic directive that controllers use: `$patch: delete` by uid. */
function applyPatch(object: ApiObject, patch: Patch): ApiObject {
  return merge(object as unknown as Patch, patch) as unknown as ApiObject;
}

function merge(target: Patch, patch: Patch): Patch {
  const result: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (key === 'ownerReferences' && Array.isArray(value)) result[key] = mergeOwners((target[key] ?? []) as readonly Patch[], value as readonly Patch[]);
    else if (typeof value === 'object' && !Array.isArray(value)) result[key] = merge((target[key] ?? {}) as Patch, value as Patch);
    else result[key] = value;
  }
  return result;
}

function mergeOwners(owners: readonly Patch[], patch: readonly Patch[]): readonly Patch[] {
  const gone = new Set(patch.filter((entry) => entry['$patch'] === 'delete').map((entry) => entry['uid']));
  const changed = new Map(patch.filter((entry) => entry['$patch'] === undefined).map((entry) => [entry['uid'], entry]));
  return owners.filter((owner) => !gone.has(owner['uid'])).map((owner) => changed.get(owner['uid']) ?? owner);
}
