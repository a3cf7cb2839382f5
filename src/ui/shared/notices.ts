// Short messages at the lower edge: what was done, what went wrong, and a way back.
import { create } from 'zustand';

export interface Notice {
  readonly id: number;
  readonly kind: 'done' | 'problem';
  readonly text: string;
  /** One way back or on, for example undoing. */
  readonly action?: { readonly label: string; readonly run: () => void };
}

interface NoticeStore {
  readonly notices: readonly Notice[];
  readonly lastId: number;
}

/** Enough to read; a problem and an action stay longer. */
const SHOWN_MS = 5_000;
const SHOWN_LONG_MS = 12_000;
const MOST_AT_ONCE = 2;

export const useNotices = create<NoticeStore>()(() => ({ notices: [], lastId: 0 }));

export function dismissNotice(id: number): void {
  useNotices.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}

/** Shows a message, and takes it away by itself after a while. */
export function notify(text: string, options: Partial<Pick<Notice, 'kind' | 'action'>> = {}): void {
  const { kind = 'done', action } = options;
  const id = useNotices.getState().lastId + 1;
  useNotices.setState(({ notices }) => ({ lastId: id, notices: [...notices.filter((notice) => notice.text !== text), { id, kind, text, ...(action && { action }) }].slice(-MOST_AT_ONCE) }));
  setTimeout(() => dismissNotice(id), kind === 'problem' || action ? SHOWN_LONG_MS : SHOWN_MS);
}

/** The words of an error, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
