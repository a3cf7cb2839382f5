import type { ActorId } from '../kernel/actor.ts';
import type { EtcdEvent } from './messages.ts';

export interface Watch { readonly client: ActorId; readonly watchId: number; readonly prefix: string }

/** The open watches (etcd's watchableStore), found by the prefixes of a key and not by asking each one. */
export class WatchTable {
  private watches = new Map<string, Watch>();
  private byPrefix = new Map<string, readonly Watch[]>();
  /** What is found by following the slashes of a directory; forgotten when watches come or go. Not a part of the state. */
  readonly #byDirectory = new Map<string, readonly Watch[]>();
  /** Watches of single keys. */
  private wholeKeys = 0;

  get size(): number {
    return this.watches.size;
  }

  /** A second watch with the same number replaces the first: its client was restarted. */
  add(watch: Watch): void {
    this.remove(watch.client, watch.watchId);
    this.watches.set(idOf(watch.client, watch.watchId), watch);
    this.byPrefix.set(watch.prefix, [...(this.byPrefix.get(watch.prefix) ?? []), watch]);
    this.changed(watch.prefix, 1);
  }

  remove(client: ActorId, watchId: number): void {
    const watch = this.watches.get(idOf(client, watchId));
    if (!watch) return;
    this.watches.delete(idOf(client, watchId));
    const left = (this.byPrefix.get(watch.prefix) ?? []).filter((other) => other !== watch);
    if (left.length > 0) this.byPrefix.set(watch.prefix, left);
    else this.byPrefix.delete(watch.prefix);
    this.changed(watch.prefix, -1);
  }

  clear(): void {
    this.watches.clear();
    this.byPrefix.clear();
    this.#byDirectory.clear();
    this.wholeKeys = 0;
  }

  /** Gives each watch its share of the events of one revision, shortest prefix first. */
  deliver(events: readonly EtcdEvent[], send: (watch: Watch, events: readonly EtcdEvent[]) => void): void {
    if (events.length === 1) {
      this.forEachOf((events[0] as EtcdEvent).kv.key, (watch) => send(watch, events));
      return;
    }
    const shares = new Map<Watch, EtcdEvent[]>();
    for (const event of events) {
      this.forEachOf(event.kv.key, (watch) => {
        const share = shares.get(watch);
        if (share) share.push(event);
        else shares.set(watch, [event]);
      });
    }
    for (const [watch, share] of shares) send(watch, share);
  }

  clone(): WatchTable {
    const copy = new WatchTable();
    copy.watches = new Map(this.watches);
    copy.byPrefix = new Map(this.byPrefix);
    copy.wholeKeys = this.wholeKeys;
    return copy;
  }

  private changed(prefix: string, by: 1 | -1): void {
    this.#byDirectory.clear();
    if (!prefix.endsWith('/')) this.wholeKeys += by;
  }

  /** Prefixes end at a slash, as the API server's do, or are whole keys. Keys of one directory have nearly all prefixes in common. */
  private forEachOf(key: string, visit: (watch: Watch) => void): void {
    const directory = key.slice(0, key.lastIndexOf('/') + 1);
    let watches = this.#byDirectory.get(directory);
    if (!watches) this.#byDirectory.set(directory, watches = this.watchesOf(directory));
    for (const watch of watches) visit(watch);
    if (this.wholeKeys > 0 && directory !== key) for (const watch of this.byPrefix.get(key) ?? []) visit(watch);
  }

  private watchesOf(directory: string): readonly Watch[] {
    const found: Watch[] = [];
    for (let slash = directory.indexOf('/'); slash >= 0; slash = directory.indexOf('/', slash + 1)) {
      found.push(...(this.byPrefix.get(directory.slice(0, slash + 1)) ?? []));
    }
    return found;
  }
}

function idOf(client: ActorId, watchId: number): string {
  return `${client} ${watchId}`;
}
