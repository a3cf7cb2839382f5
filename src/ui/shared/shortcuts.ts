// What the shortcut sheet lists. A panel adds its keys with one call when its module loads; acting on them is its own affair.
import { create } from 'zustand';
import type en from '../../i18n/en/shortcuts.ts';

export type ShortcutGroup = keyof (typeof en)['groups'];
export type ShortcutText = Exclude<keyof typeof en, 'groups' | 'title'>;

export interface Shortcut {
  readonly group: ShortcutGroup;
  /** Combinations joined with plus signs, such as `Mod+Enter`; several ways to do the same are several entries. */
  readonly keys: readonly string[];
  /** Its words, by their key in the `shortcuts` texts. */
  readonly text: ShortcutText;
}

export const useShortcuts = create<{ readonly shortcuts: readonly Shortcut[] }>()(() => ({ shortcuts: [] }));

/** Lists shortcuts on the sheet; listing the same text twice keeps the later one. */
export function listShortcuts(added: readonly Shortcut[]): void {
  useShortcuts.setState(({ shortcuts }) => ({
    shortcuts: [...shortcuts.filter((known) => !added.some((next) => next.text === known.text)), ...added],
  }));
}

/** True where a plain letter belongs to what is being typed. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest('.monaco-editor') !== null);
}
