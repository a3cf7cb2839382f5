import { CowMap, CowMultiMap } from '../../base/cow-map.ts';
import { keyOf } from '../api/meta.ts';
import type { ApiObject, GroupVersionResource } from '../api/meta.ts';
import type { RequestOptions } from '../apiserver/messages.ts';

/** A named way to find objects: under which names an object is filed. */
export type Indexer = (object: ApiObject) => readonly string[];

/** What an informer watches; a constant of the component, shared by all its states. */
export interface InformerSpec {
  /** How its owner calls it, usually the plural. */
  readonly name: string;
  readonly gvr: GroupVersionResource;
  readonly options?: RequestOptions;
  readonly indexers?: Readonly<Record<string, Indexer>>;
}

export interface Change {
  readonly type: 'added' | 'updated' | 'deleted';
  readonly informer: string;
  readonly object: ApiObject;
  /** The object before; for 'deleted' the last one seen. */
  readonly old: ApiObject | undefined;
}

/** The local cache of one resource (client-go's SharedIndexInformer store): what a component believes. */
export class Informer {
  readonly spec: InformerSpec;
  phase: 'stopped' | 'listing' | 'watching' | 'waiting' = 'stopped';
  /** The LIST or WATCH under way. */
  requestId = 0;
  resourceVersion = '';
  /** True after the first LIST: before it the component must not act. */
  synced = false;
  failures = 0;
  objects = new CowMap<ApiObject>();
  /** Keys by index and value: an object that changes without moving costs the indexes nothing. */
  private indexes: Map<string, CowMultiMap<true>>;

  constructor(spec: InformerSpec) {
    this.spec = spec;
    this.indexes = new Map(Object.keys(spec.indexers ?? {}).map((name) => [name, new CowMultiMap<true>()]));
  }

  /** By `namespace/name` (or `name`). */
  get(key: string): ApiObject | undefined {
    return this.objects.get(key);
  }

  /** All objects filed under `value` in an index, in a deterministic order. */
  byIndex(index: string, value: string): readonly ApiObject[] {
    const bucket = this.indexes.get(index)?.bucket(value);
    if (!bucket) return NOTHING;
    const found: ApiObject[] = [];
    bucket.forEach((_, key) => {
      const object = this.objects.get(key);
      if (object) found.push(object);
    });
    return found;
  }

  put(object: ApiObject): Change {
    const key = keyOf(object);
    const old = this.objects.get(key);
    this.objects.set(key, object);
    for (const [name, index] of this.indexes) this.reindex(index, this.spec.indexers?.[name] as Indexer, key, old, object);
    return { type: old ? 'updated' : 'added', informer: this.spec.name, object, old };
  }

  remove(object: ApiObject): Change | undefined {
    const key = keyOf(object);
    const old = this.objects.get(key);
    if (!old) return undefined;
    this.objects.delete(key);
    for (const [name, index] of this.indexes) for (const value of this.spec.indexers?.[name]?.(old) ?? []) index.delete(value, key);
    return { type: 'deleted', informer: this.spec.name, object, old };
  }

  /** Takes over a whole LIST; returns what it changed. */
  replace(items: readonly ApiObject[]): readonly Change[] {
    const seen = new Set(items.map(keyOf));
    const gone = [...this.objects.values()].filter((object) => !seen.has(keyOf(object)));
    const removed = gone.map((object) => this.remove(object)).filter((change) => change !== undefined);
    const stored = items.filter((item) => this.objects.get(keyOf(item))?.metadata.resourceVersion !== item.metadata.resourceVersion);
    return [...removed, ...stored.map((item) => this.put(item))];
  }

  clone(): Informer {
    const copy = new Informer(this.spec);
    copy.phase = this.phase;
    copy.requestId = this.requestId;
    copy.resourceVersion = this.resourceVersion;
    copy.synced = this.synced;
    copy.failures = this.failures;
    copy.objects = this.objects.clone();
    copy.indexes = new Map([...this.indexes].map(([name, index]) => [name, index.clone()]));
    return copy;
  }

  private reindex(index: CowMultiMap<true>, indexer: Indexer, key: string, old: ApiObject | undefined, object: ApiObject): void {
    const values = indexer(object);
    const before = old ? indexer(old) : NO_VALUES;
    for (const value of before) if (!values.includes(value)) index.delete(value, key);
    for (const value of values) if (!before.includes(value)) index.set(value, key, true);
  }
}

const NOTHING: readonly ApiObject[] = [];
const NO_VALUES: readonly string[] = [];
