import type { ReactNode } from 'react';
import { cx } from './classNames.ts';
import styles from './EmptyState.module.css';

interface EmptyStateProps {
  readonly title?: string;
  readonly text: string;
  /** A drawing or the first thing to do. */
  readonly action?: ReactNode;
  /** One quiet line at the left edge, for strips such as the narrator. */
  readonly quiet?: boolean;
}

/** What a panel shows before there is anything to show: it teaches the first action. */
export function EmptyState({ title, text, action, quiet }: EmptyStateProps): React.JSX.Element {
  return (
    <div className={cx(styles['empty'], quiet && styles['quiet'])}>
      {title !== undefined && <h2 className={styles['title']}>{title}</h2>}
      <p className={styles['text']}>{text}</p>
      {action !== undefined && <div className={styles['action']}>{action}</div>}
    </div>
  );
}
