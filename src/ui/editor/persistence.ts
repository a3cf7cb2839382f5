// Files are kept in IndexedDB shortly after each change. What a closing page cannot finish writing goes to a small
// journal in localStorage, which is synchronous, and is taken up by the next visit.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { readStored, writeStored } from '../../view/storage.ts';
import { type EditorFile, type FilesState, flushEdits, useFiles } from './files.ts';

interface FilesSchema extends DBSchema {
  files: { key: string; value: EditorFile };
  /** One record: the order of the files and the active one. */
  order: { key: 'order'; value: SavedOrder };
}
export interface SavedOrder {
  readonly ids: readonly string[];
  readonly activeId: string | undefined;
}
export type Journal = SavedOrder & { readonly files: readonly EditorFile[] };

const SAVE_DELAY_MS = 250;
const JOURNAL = 'journal';

/** What changed between two states: files to write, ids to delete, and whether the order did. */
export function changesBetween(saved: FilesState, next: FilesState): { readonly write: readonly EditorFile[]; readonly remove: readonly string[] } {
  const before = new Map(saved.files.map((file) => [file.id, file]));
  const write = next.files.filter((file) => before.get(file.id) !== file);
  const kept = new Set(next.files.map((file) => file.id));
  return { write, remove: saved.files.filter((file) => !kept.has(file.id)).map((file) => file.id) };
}

/** Puts stored files into their order and lets the journal, which is newer, win. */
export function restoredState(stored: readonly EditorFile[], order: SavedOrder | undefined, journal: Journal | undefined): FilesState {
  const byId = new Map([...stored, ...(journal?.files ?? [])].map((file) => [file.id, file]));
  const ids = journal?.ids ?? order?.ids ?? stored.map((file) => file.id);
  const files = ids.map((id) => byId.get(id)).filter((file) => file !== undefined);
  const wanted = (journal ?? order)?.activeId;
  const activeId = files.some((file) => file.id === wanted) ? wanted : files[0]?.id;
  return { files, activeId };
}

export function parseJournal(text: string | undefined): Journal | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJournal(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isJournal(value: unknown): value is Journal {
  if (typeof value !== 'object' || value === null || !('ids' in value) || !('files' in value)) return false;
  const isFile = (file: unknown): boolean => typeof file === 'object' && file !== null
    && ['id', 'name', 'text'].every((key) => typeof Reflect.get(file, key) === 'string');
  return Array.isArray(value.ids) && value.ids.every((id) => typeof id === 'string') && Array.isArray(value.files) && value.files.every(isFile);
}

const open = (): Promise<IDBPDatabase<FilesSchema>> => openDB<FilesSchema>('wheelhouse-files', 1, {
  upgrade: (db) => {
    db.createObjectStore('files', { keyPath: 'id' });
    db.createObjectStore('order');
  },
});

const orderOf = (state: FilesState): SavedOrder => ({ ids: state.files.map((file) => file.id), activeId: state.activeId });

/** Saves states one after the other; `saved` is what the database holds. */
class Keeper {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<void> = Promise.resolve();
  private readonly db: IDBPDatabase<FilesSchema>;
  private saved: FilesState;
  private readonly onFailure: () => void;

  constructor(db: IDBPDatabase<FilesSchema>, saved: FilesState, onFailure: () => void) {
    this.db = db;
    this.saved = saved;
    this.onFailure = onFailure;
  }

  /** The delay runs from the first unsaved change, so steady typing is saved too. */
  readonly soon = (): void => {
    this.timer ??= setTimeout(() => { void this.now(); }, SAVE_DELAY_MS);
  };

  readonly now = (): Promise<void> => {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.write()).catch(this.onFailure);
    return this.writing;
  };

  private async write(): Promise<void> {
    const next = useFiles.getState();
    if (next === this.saved) return;
    const { write, remove } = changesBetween(this.saved, next);
    const transaction = this.db.transaction(['files', 'order'], 'readwrite');
    const files = transaction.objectStore('files');
    await Promise.all([
      ...write.map((file) => files.put(file)),
      ...remove.map((id) => files.delete(id)),
      transaction.objectStore('order').put(orderOf(next), 'order'),
      transaction.done,
    ]);
    this.saved = next;
    if (useFiles.getState() === next) writeStored(JOURNAL, undefined);
  }

  /** For a page that is closing: the journal holds what the database does not, then the database is tried as well. */
  readonly leaving = (): void => {
    flushEdits();
    const state = useFiles.getState();
    if (state === this.saved) return;
    writeStored(JOURNAL, JSON.stringify({ ...orderOf(state), files: changesBetween(this.saved, state).write } satisfies Journal));
    void this.now();
  };
}

/**
 * Brings back the files of the last visit, or starts with `first`, and keeps every change from now on.
 * `onFailure` is called when the browser cannot store; the page works on without.
 */
export async function startPersistence(first: () => Pick<EditorFile, 'name' | 'text'>, onFailure: () => void): Promise<void> {
  const begin = (state: FilesState): void => {
    const added = useFiles.getState();
    const { files, activeId } = state.files.length + added.files.length > 0 ? state : firstState(first());
    useFiles.setState({ files: [...files, ...added.files], activeId: added.activeId ?? activeId }, true);
  };
  try {
    const db = await open();
    const [stored, order] = await Promise.all([db.getAll('files'), db.get('order', 'order')]);
    const state = restoredState(stored, order, parseJournal(readStored(JOURNAL)));
    begin(state);
    const keeper = new Keeper(db, { files: stored, activeId: order?.activeId }, onFailure);
    useFiles.subscribe(keeper.soon);
    globalThis.addEventListener('pagehide', keeper.leaving);
    document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') keeper.leaving(); });
    await keeper.now();
  } catch {
    begin({ files: [], activeId: undefined });
    onFailure();
  }
}

function firstState(first: Pick<EditorFile, 'name' | 'text'>): FilesState {
  const file: EditorFile = { id: crypto.randomUUID(), ...first };
  return { files: [file], activeId: file.id };
}
