import { cx } from './classNames.ts';
import styles from './KeyHint.module.css';

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? '');

const MAC: Readonly<Record<string, string>> = { Mod: '⌘', Shift: '⇧', Alt: '⌥', Enter: '↵', Ctrl: '⌃' };
const OTHER: Readonly<Record<string, string>> = { Mod: 'Ctrl', Enter: '↵' };
const ARROWS: Readonly<Record<string, string>> = { Left: '←', Right: '→', Up: '↑', Down: '↓' };

/** The name a key has on this visitor's keyboard; `Mod` is Command on a Mac and Ctrl elsewhere. */
export function keyName(key: string): string {
  return (isMac ? MAC : OTHER)[key] ?? ARROWS[key] ?? key;
}

/** A combination such as `Mod+Enter`. `bare` leaves out the boxes, for use on buttons. */
export function KeyHint({ keys, bare }: { readonly keys: string; readonly bare?: boolean }): React.JSX.Element {
  return (
    <span className={cx(styles['keys'], bare && styles['bare'])} aria-hidden={bare || undefined}>
      {keys.split('+').map((key) => <kbd key={key} className={styles['key']}>{keyName(key)}</kbd>)}
    </span>
  );
}
