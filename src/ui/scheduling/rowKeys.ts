import { useState } from 'react';
import type { KeyboardEvent } from 'react';

/** Moves the focus to the cell above or below; rows without cells (those that stand for many) are passed over. */
function moveRow(event: KeyboardEvent): boolean {
  const down = event.key === 'ArrowDown';
  if ((!down && event.key !== 'ArrowUp') || !(event.target instanceof HTMLElement)) return false;
  const cell = event.target.closest('td');
  for (let row = cell?.parentElement; row;) {
    row = (down ? row.nextElementSibling : row.previousElementSibling) as HTMLElement | null;
    const button = row?.children[cell?.cellIndex ?? 0]?.querySelector('button');
    if (!button) continue;
    button.focus();
    return true;
  }
  return false;
}

export interface RowKeys {
  /** Whether Tab goes through the cells of this node's row. */
  readonly reaches: (node: string) => boolean;
  readonly onFocus: (node: string) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** In a table of many cells Tab goes through one row, and the arrows up and down choose which: the current one at first. */
export function useRowKeys(nodes: readonly string[], current: string): RowKeys {
  const [chosen, choose] = useState('');
  const reached = nodes.includes(chosen) ? chosen : nodes.includes(current) ? current : nodes[0];
  return {
    reaches: (node) => node === reached,
    onFocus: choose,
    onKeyDown: (event) => { if (!event.altKey && !event.ctrlKey && !event.metaKey && moveRow(event)) event.preventDefault(); },
  };
}
