// A controller that reads its own writes (models pkg/controller/util/consistency, StaleControllerConsistency*): it does
// not look at an object again before its caches have caught up with what it wrote for it.
import type { Informer } from '../client/informer.ts';

interface Written {
  readonly uid: string;
  /** Newest resourceVersion written, by the informer that will bring it. */
  readonly versions: ReadonlyMap<string, number>;
}

export class ConsistencyStore {
  private written = new Map<string, Written>();

  /** Notes that an object with this resourceVersion was written for the owner; `informer` is the plural that sees it. */
  wroteAt(key: string, uid: string, informer: string, resourceVersion: string | undefined): void {
    const version = Number(resourceVersion);
    if (!(version > 0)) return;
    const before = this.written.get(key);
    const versions = new Map(before?.uid === uid ? before.versions : undefined);
    versions.set(informer, Math.max(version, versions.get(informer) ?? 0));
    this.written.set(key, { uid, versions });
  }

  /** Forgets an owner; with a uid only if it is that very one. */
  clear(key: string, uid?: string): void {
    if (uid === undefined || this.written.get(key)?.uid === uid) this.written.delete(key);
  }

  /** Why it is too early to look at the owner; undefined when the caches are fresh enough. */
  staleness(key: string, informerOf: (name: string) => Informer): string | undefined {
    const written = this.written.get(key);
    if (!written) return undefined;
    for (const [name, version] of written.versions) {
      const { resourceVersion, spec } = informerOf(name);
      if (Number(resourceVersion) >= version) continue;
      const resource = spec.gvr.group === '' ? spec.gvr.resource : `${spec.gvr.resource}.${spec.gvr.group}`;
      return `read version: ${resourceVersion} is not as new as written version: ${version} for group resource ${resource}`;
    }
    this.written.delete(key);
    return undefined;
  }

  clone(): ConsistencyStore {
    const copy = new ConsistencyStore();
    copy.written = new Map(this.written);
    return copy;
  }
}
