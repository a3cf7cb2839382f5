import { Separator } from 'react-resizable-panels';
import { cx } from './classNames.ts';
import styles from './SplitHandle.module.css';

/** The line between two panels: drag it, use arrow keys on it, double-click to restore. `upright` stands between columns. */
export function SplitHandle({ label, upright, id }: { readonly label: string; readonly upright?: boolean; readonly id: string }): React.JSX.Element {
  return <Separator id={id} aria-label={label} className={cx(styles['handle'], styles[upright ? 'upright' : 'level'])} />;
}
