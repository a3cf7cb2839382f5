import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import type { SavedSession } from '../worker/protocol.ts';
import { checkSession } from './saved-session.ts';
import { readStored, writeStored } from './storage.ts';

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

const PLAYHEAD = 'playhead';

/** For a page that is closing, which cannot wait for the database: where the playhead of a session of so many inputs is. */
export function notePlayhead({ inputs, position, nowUs }: Pick<SavedSession, 'inputs' | 'position' | 'nowUs'>): void {
  writeStored(PLAYHEAD, [inputs.length, position, nowUs].join());
}

/** The kept session, at the playhead that the closing page noted after it had been kept. */
export function withNotedPlayhead(kept: SavedSession): SavedSession {
  const [inputs, position = Number.NaN, nowUs = Number.NaN] = (readStored(PLAYHEAD) ?? '').split(',').map(Number);
  return inputs === kept.inputs.length && Number.isSafeInteger(position) && Number.isSafeInteger(nowUs) && position > 0 ? { ...kept, position, nowUs } : kept;
}

/** What is kept is newer now. */
export function forgetPlayhead(): void {
  writeStored(PLAYHEAD, undefined);
}
