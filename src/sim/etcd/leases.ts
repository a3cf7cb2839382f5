import { CowMultiMap } from '../../base/cow-map.ts';

export interface Lease { readonly id: number; readonly ttlSeconds: number; readonly expiresUs: number }

/** etcd's lessor: leases with a time to live, and the keys that end with them. */
export class LeaseTable {
  private leases = new Map<number, Lease>();
  private keys = new CowMultiMap<true>();
  private lastId = 0;

  has(id: number): boolean {
    return this.leases.has(id);
  }

  grant(ttlSeconds: number, nowUs: number): Lease {
    const lease: Lease = { id: ++this.lastId, ttlSeconds, expiresUs: nowUs + ttlSeconds * 1_000_000 };
    this.leases.set(lease.id, lease);
    return lease;
  }

  keepAlive(id: number, nowUs: number): Lease | undefined {
    const lease = this.leases.get(id);
    if (!lease) return undefined;
    const renewed: Lease = { ...lease, expiresUs: nowUs + lease.ttlSeconds * 1_000_000 };
    this.leases.set(id, renewed);
    return renewed;
  }

  attach(id: number, key: string): void {
    this.keys.set(String(id), key, true);
  }

  detach(id: number, key: string): void {
    this.keys.delete(String(id), key);
  }

  /** Forgets a lease and returns the keys that were attached to it. */
  revoke(id: number): readonly string[] | undefined {
    if (!this.leases.delete(id)) return undefined;
    return [...(this.keys.bucket(String(id))?.keys() ?? [])];
  }

  expired(nowUs: number): { readonly expired: readonly number[]; readonly nextUs: number } {
    const expired: number[] = [];
    let nextUs = Infinity;
    for (const lease of this.leases.values()) {
      if (lease.expiresUs <= nowUs) expired.push(lease.id);
      else nextUs = Math.min(nextUs, lease.expiresUs);
    }
    return { expired, nextUs };
  }

  clone(): LeaseTable {
    const copy = new LeaseTable();
    copy.leases = new Map(this.leases);
    copy.keys = this.keys.clone();
    copy.lastId = this.lastId;
    return copy;
  }
}
