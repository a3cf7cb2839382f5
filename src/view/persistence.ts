import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import type { SavedSession } from '../worker/protocol.ts';
import { checkSession } from './saved-session.ts';

interface Schema extends DBSchema { sessions: { key: string; value: SavedSession } }
const CURRENT = 'current';

/** Keeps the session over reloads. Where the browser has no storage (private windows), it keeps nothing and says so. */
export interface SessionStore {
  load(): Promise<SavedSession | undefined>;
  save(session: SavedSession): Promise<boolean>;
  clear(): Promise<void>;
}

export function browserSessionStore(): SessionStore {
  let database: Promise<IDBPDatabase<Schema>> | undefined;
  const open = (): Promise<IDBPDatabase<Schema>> => database ??= openDB<Schema>('wheelhouse', 1, { upgrade: (db) => { db.createObjectStore('sessions'); } });
  const attempt = async <T>(work: (db: IDBPDatabase<Schema>) => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work(await open());
    } catch {
      return otherwise;
    }
  };
  return {
    load: () => attempt(async (db) => {
      const checked = checkSession(await db.get('sessions', CURRENT));
      return typeof checked === 'string' ? undefined : checked;
    }, undefined),
    save: (session) => attempt(async (db) => { await db.put('sessions', session, CURRENT); return true; }, false),
    clear: () => attempt(async (db) => { await db.delete('sessions', CURRENT); }, undefined),
  };
}
