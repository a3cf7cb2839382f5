import type { ActorId } from '../kernel/actor.ts';
import type { EtcdEvent } from './messages.ts';

export interface Watch { readonly client: ActorId; readonly watchId: number; readonly prefix: string }

/** The open watches (etcd's watchableStore), found by the prefixes of a key and not by asking each one. */
export class WatchTable {
  private watches = new Map<string, Watch>();
  private byPrefix = new Map<string, readonly Watch[]>();

  get size(): number {
    return this.watches.size;
  }

  /** A second watch with the same number replaces the first: its client was restarted. */
  add(watch: Watch): void {
    this.remove(watch.client, watch.watchId);
    this.watches.set(idOf(watch.client, watch.watchId), watch);
    this.byPrefix.set(watch.prefix, [...(this.byPrefix.get(watch.prefix) ?? []), watch]);
  }

  remove(client: ActorId, watchId: number): void {
    const watch = this.watches.get(idOf(client, watchId));
    if (!watch) return;
    this.watches.delete(idOf(client, watchId));
    const left = (this.byPrefix.get(watch.prefix) ?? []).filter((other) => other !== watch);
    if (left.length > 0) this.byPrefix.set(watch.prefix, left);
    else this.byPrefix.delete(watch.prefix);
  }

  clear(): void {
    this.watches.clear();
    this.byPrefix.clear();
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
    return copy;
  }

  /** Prefixes end at a slash, as the API server's do, or are whole keys. */
  private forEachOf(key: string, visit: (watch: Watch) => void): void {
    for (let slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
      const watches = this.byPrefix.get(key.slice(0, slash + 1));
      if (watches) for (const watch of watches) visit(watch);
    }
    const watches = this.byPrefix.get(key);
    if (watches) for (const watch of watches) visit(watch);
  }
}

function idOf(client: ActorId, watchId: number): string {
  return `${client} ${watchId}`;
}
