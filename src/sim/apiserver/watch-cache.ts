import { CowLog } from '../../base/cow-log.ts';
import { CowMultiMap } from '../../base/cow-map.ts';
import type { ApiObject } from '../api/meta.ts';
import { matchesFieldSelector, matchesSelector } from '../api/selectors.ts';
import type { FieldSelector, Selector } from '../api/selectors.ts';
import { KeySpace, prefixEnd } from '../etcd/key-space.ts';
import type { EtcdEvent } from '../etcd/messages.ts';
import { stampRevision } from '../etcd/store.ts';
import type { ActorId } from '../kernel/actor.ts';
import { keyIn } from './scheme.ts';
import type { Resource } from './scheme.ts';
import { asVersion } from './versions.ts';

/** What a list or watch asks for. undefined selectors select everything. */
export interface Scope {
  readonly namespace: string;
  /** Set when the field selector fixes metadata.name. */
  readonly name: string;
  readonly labels: Selector | undefined;
  readonly fields: FieldSelector | undefined;
  /** The resource whose version is asked, if it is not the stored one. */
  readonly view: Resource | undefined;
}

export interface Watcher extends Scope {
  readonly client: ActorId;
  readonly requestId: number;
  /** Where it is filed, so that it hears of everything that concerns it and of little else. */
  readonly filed: Filing;
  readonly bookmarks: boolean;
  readonly deadlineUs: number;
  /** Older events are not sent. */
  readonly fromRevision: number;
}

/** `name`: by the etcd key of the one object; `field`: by the value of the indexed field. */
export interface Filing { readonly by: 'all' | 'namespace' | 'name' | 'field'; readonly value: string }

export interface CacheEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
  readonly old: ApiObject | undefined;
  readonly revision: number;
  readonly atUs: number;
}

export type Deliver = (watcher: Watcher, type: CacheEvent['type'], object: ApiObject) => void;

const MIN_EVENTS = 100;
const MAX_EVENTS = 102_400;
const FRESH_US = 75_000_000;
const NO_OBJECTS: readonly ApiObject[] = [];

/**
 * The cache of one resource (models storage/cacher): all objects as of a revision, the latest events for watches that
 * come back, and the watchers filed by what they watch, so that an event costs only those whom it may concern.
 */
export class WatchCache {
  readonly resource: Resource;
  /** The cache holds everything up to this revision. */
  revision = 0;
  ready = false;
  /** Counts the changes of the cache's content: what is derived from it is out of date when this moves. */
  changes = 0;
  /** Revision of the last bookmark. */
  bookmarkedRevision = 0;
  /** A watch can start from this revision or later. */
  private oldestRevision = 0;
  private objects = new KeySpace<ApiObject>();
  private byField = new CowMultiMap<ApiObject>();
  private events = new CowLog<CacheEvent>();
  private watchers = new WatcherTable();

  constructor(resource: Resource) {
    this.resource = resource;
  }

  get size(): number {
    return this.objects.size;
  }

  get(namespace: string, name: string): ApiObject | undefined {
    return this.objects.get(keyIn(this.resource, namespace, name));
  }

  getByKey(key: string): ApiObject | undefined {
    return this.objects.get(key);
  }

  /** Objects in the order of their keys. */
  list(scope: Scope): readonly ApiObject[] {
    const candidates = this.candidates(scope);
    if (!scope.labels && !scope.fields) return candidates;
    return candidates.filter((object) => this.matches(scope, object));
  }

  /** Takes over what etcd had at `revision`. Watchers are told what changed since the cache was last right. */
  replace(stored: readonly { readonly key: string; readonly value: ApiObject }[], revision: number, nowUs: number, deliver: Deliver): void {
    const seen = new Set(stored.map(({ key }) => key));
    for (const key of this.objects.keysIn(this.resource.prefix, prefixEnd(this.resource.prefix))) {
      const old = this.objects.get(key);
      if (old && !seen.has(key)) this.note('DELETED', key, stampRevision(old, revision), old, revision, nowUs, deliver);
    }
    for (const { key, value } of stored) {
      const old = this.objects.get(key);
      if (old?.metadata.resourceVersion === value.metadata.resourceVersion) continue;
      if (this.ready) this.note(old ? 'MODIFIED' : 'ADDED', key, value, old, Number(value.metadata.resourceVersion), nowUs, deliver);
      else this.store(key, value, old);
    }
    if (!this.ready) this.oldestRevision = revision;
    this.revision = Math.max(this.revision, revision);
    this.ready = true;
  }

  /** Applies a change that etcd reports and tells the watchers. */
  apply({ type, kv, previous }: EtcdEvent, nowUs: number, deliver: Deliver): void {
    if (kv.modRevision <= this.revision && this.alreadyHas(kv.key, type, kv.modRevision)) return;
    const old = this.objects.get(kv.key) ?? previous?.value;
    this.note(type === 'DELETE' ? 'DELETED' : old ? 'MODIFIED' : 'ADDED', kv.key, kv.value, old, kv.modRevision, nowUs, deliver);
    this.revision = Math.max(this.revision, kv.modRevision);
  }

  /** Whether a watch may start after `revision`; the real error names both numbers. */
  tooOld(revision: number): { readonly oldest: number } | undefined {
    return revision < this.oldestRevision - 1 ? { oldest: this.oldestRevision - 1 } : undefined;
  }

  /** Sends a watcher what happened after `revision`. */
  replay(watcher: Watcher, revision: number, deliver: Deliver): void {
    const from = this.events.search((event) => event.revision > revision);
    for (let position = from; position < this.events.end; position++) this.offer(watcher, this.events.get(position), deliver);
  }

  addWatcher(watcher: Watcher): void {
    this.watchers.add(watcher);
  }

  removeWatcher(watcher: Watcher): void {
    this.watchers.remove(watcher);
  }

  /** Visits all watchers; for bookmarks and timeouts. */
  forEachWatcher(visit: (watcher: Watcher) => void): void {
    this.watchers.forEach(visit);
  }

  filingOf(scope: Scope): Filing {
    const { resource } = this;
    if (scope.name !== '' && (scope.namespace !== '' || !resource.kind.namespaced)) return { by: 'name', value: keyIn(resource, scope.namespace, scope.name) };
    const indexed = this.indexedTerm(scope);
    if (indexed !== undefined) return { by: 'field', value: indexed };
    return scope.namespace === '' ? { by: 'all', value: '' } : { by: 'namespace', value: scope.namespace };
  }

  matches(scope: Scope, object: ApiObject): boolean {
    const { metadata } = object;
    if (scope.namespace !== '' && metadata.namespace !== scope.namespace) return false;
    if (scope.labels && !matchesSelector(scope.labels, metadata.labels)) return false;
    if (!scope.fields) return true;
    const { index, kind } = this.resource;
    const only = scope.fields.length === 1 ? scope.fields[0] : undefined;
    if (only && index?.field === only.field) return (index.valueOf(object) === only.value) !== only.negated;
    if (scope.view) return matchesFieldSelector(scope.fields, scope.view.kind.selectableFields(asVersion(scope.view, object)));
    return matchesFieldSelector(scope.fields, kind.selectableFields(object));
  }

  clone(): WatchCache {
    const copy = new WatchCache(this.resource);
    copy.revision = this.revision;
    copy.ready = this.ready;
    copy.changes = this.changes;
    copy.bookmarkedRevision = this.bookmarkedRevision;
    copy.oldestRevision = this.oldestRevision;
    copy.objects = this.objects.clone();
    copy.byField = this.byField.clone();
    copy.events = this.events.clone();
    copy.watchers = this.watchers.clone();
    return copy;
  }

  private candidates(scope: Scope): readonly ApiObject[] {
    const { resource } = this;
    if (this.objects.size === 0) return NO_OBJECTS;
    if (scope.name !== '' && (scope.namespace !== '' || !resource.kind.namespaced)) {
      const object = this.get(scope.namespace, scope.name);
      return object ? [object] : NO_OBJECTS;
    }
    const indexed = this.indexedTerm(scope);
    if (indexed !== undefined) {
      const bucket = this.byField.bucket(indexed);
      return bucket ? [...bucket].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object) : NO_OBJECTS;
    }
    const prefix = resource.kind.namespaced && scope.namespace !== '' ? `${resource.prefix}${scope.namespace}/` : resource.prefix;
    return this.objects.keysIn(prefix, prefixEnd(prefix)).map((key) => this.objects.get(key) as ApiObject);
  }

  private indexedTerm(scope: Scope): string | undefined {
    const { index } = this.resource;
    if (!index || !scope.fields) return undefined;
    return scope.fields.find((term) => term.field === index.field && !term.negated)?.value;
  }

  private alreadyHas(key: string, type: EtcdEvent['type'], revision: number): boolean {
    const object = this.objects.get(key);
    return type === 'DELETE' ? !object : object !== undefined && Number(object.metadata.resourceVersion) >= revision;
  }

  private note(type: CacheEvent['type'], key: string, object: ApiObject, old: ApiObject | undefined, revision: number, nowUs: number, deliver: Deliver): void {
    if (type === 'DELETED') this.forget(key, old);
    else this.store(key, object, old);
    const event: CacheEvent = { type, object, old, revision, atUs: nowUs };
    this.events.push(event);
    this.trim(nowUs);
    this.dispatch(key, event, deliver);
  }

  private store(key: string, object: ApiObject, old: ApiObject | undefined): void {
    this.objects.set(key, object);
    this.changes++;
    const { index } = this.resource;
    if (!index) return;
    const value = index.valueOf(object);
    if (old && index.valueOf(old) !== value) this.byField.delete(index.valueOf(old), key);
    this.byField.set(value, key, object);
  }

  private forget(key: string, old: ApiObject | undefined): void {
    this.objects.delete(key);
    this.changes++;
    if (old && this.resource.index) this.byField.delete(this.resource.index.valueOf(old), key);
  }

  /** Keeps what is younger than 75 s, as far as there is room, so that a short break costs nobody a new list. */
  private trim(nowUs: number): void {
    const { events } = this;
    let { start } = events;
    while (events.end - start > MIN_EVENTS && (events.end - start > MAX_EVENTS || events.get(start).atUs < nowUs - FRESH_US)) start++;
    if (start === events.start) return;
    events.trim(start);
    this.oldestRevision = events.get(start).revision;
  }

  private dispatch(key: string, event: CacheEvent, deliver: Deliver): void {
    const { watchers } = this;
    if (watchers.size === 0) return;
    this.dispatchTo(watchers.all(), event, deliver);
    const { namespace } = event.object.metadata;
    if (namespace) this.dispatchTo(watchers.filed('namespace', namespace), event, deliver);
    this.dispatchTo(watchers.filed('name', key), event, deliver);
    const { index } = this.resource;
    if (!index) return;
    const value = index.valueOf(event.object);
    this.dispatchTo(watchers.filed('field', value), event, deliver);
    const before = event.old ? index.valueOf(event.old) : value;
    if (before !== value) this.dispatchTo(watchers.filed('field', before), event, deliver);
  }

  private dispatchTo(watchers: readonly Watcher[] | undefined, event: CacheEvent, deliver: Deliver): void {
    if (watchers) for (const watcher of watchers) this.offer(watcher, event, deliver);
  }

  /** A change of labels or fields makes an object appear or vanish for a watcher with a selector. */
  private offer(watcher: Watcher, event: CacheEvent, deliver: Deliver): void {
    if (event.revision <= watcher.fromRevision) return;
    const now = event.type !== 'DELETED' && this.matches(watcher, event.object);
    const before = event.old !== undefined && this.matches(watcher, event.old);
    if (now) deliver(watcher, before ? 'MODIFIED' : 'ADDED', event.object);
    else if (before) deliver(watcher, 'DELETED', event.type === 'DELETED' ? event.object : stampRevision(event.old, event.revision));
  }
}

export function watcherKey(client: ActorId, requestId: number): string {
  return `${client} ${requestId}`;
}

/** Watchers by what they watch. Lists are replaced and never changed, so that a clone can share them. */
class WatcherTable {
  private everything: readonly Watcher[] = [];
  private byNamespace = new Map<string, readonly Watcher[]>();
  private byName = new Map<string, readonly Watcher[]>();
  private byField = new Map<string, readonly Watcher[]>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  all(): readonly Watcher[] {
    return this.everything;
  }

  filed(by: 'namespace' | 'name' | 'field', value: string): readonly Watcher[] | undefined {
    return this.tableOf(by).get(value);
  }

  add(watcher: Watcher): void {
    const { by, value } = watcher.filed;
    this.count++;
    if (by === 'all') this.everything = [...this.everything, watcher];
    else this.tableOf(by).set(value, [...(this.tableOf(by).get(value) ?? []), watcher]);
  }

  remove(watcher: Watcher): void {
    const { by, value } = watcher.filed;
    const without = (list: readonly Watcher[]): readonly Watcher[] => list.filter((other) => other !== watcher);
    this.count--;
    if (by === 'all') {
      this.everything = without(this.everything);
      return;
    }
    const left = without(this.tableOf(by).get(value) ?? []);
    if (left.length > 0) this.tableOf(by).set(value, left);
    else this.tableOf(by).delete(value);
  }

  forEach(visit: (watcher: Watcher) => void): void {
    this.everything.forEach(visit);
    for (const table of [this.byNamespace, this.byName, this.byField]) for (const list of table.values()) list.forEach(visit);
  }

  clone(): WatcherTable {
    const copy = new WatcherTable();
    copy.everything = this.everything;
    copy.byNamespace = new Map(this.byNamespace);
    copy.byName = new Map(this.byName);
    copy.byField = new Map(this.byField);
    copy.count = this.count;
    return copy;
  }

  private tableOf(by: 'namespace' | 'name' | 'field'): Map<string, readonly Watcher[]> {
    switch (by) {
      case 'namespace': return this.byNamespace;
      case 'name': return this.byName;
      case 'field': return this.byField;
    }
  }
}
