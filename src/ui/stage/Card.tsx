import type { ReactNode } from 'react';
import { cx } from '../shared/classNames.ts';
import { useInFocus } from './focus.ts';
import { inspectComponent } from './inspect.ts';
import styles from './Stage.module.css';

interface CardProps {
  readonly actor: string;
  readonly title: string;
  /** What it is, for someone who meets it for the first time. */
  readonly hint: string;
  readonly aside?: ReactNode;
  readonly children?: ReactNode;
}

/** A component of the control plane: its name, one fact at the right, and what it is busy with. */
export function Card({ actor, title, hint, aside, children }: CardProps): React.JSX.Element {
  const inFocus = useInFocus(actor);
  return (
    <section className={cx(styles['card'], 'nopan')} data-back={!inFocus || undefined} data-testid={`component-${actor}`} aria-label={title}>
      <button type="button" className={styles['cardHead']} title={hint} onClick={() => inspectComponent(actor)}>
        <span className={styles['cardTitle']}>{title}</span>
        {aside !== undefined && <span className={styles['cardAside']}>{aside}</span>}
      </button>
      {children !== undefined && <div className={styles['cardBody']}>{children}</div>}
    </section>
  );
}
