import { select } from '../../view/selection.ts';
import styles from './Inspector.module.css';

/** The name of another object, leading to it. */
export function ObjectLink({ objectKey, children }: { readonly objectKey: string; readonly children: React.ReactNode }): React.JSX.Element {
  return <button type="button" className={styles['link']} onClick={() => select({ type: 'object', key: objectKey })}>{children}</button>;
}

export function MessageLink({ id, children }: { readonly id: number; readonly children: React.ReactNode }): React.JSX.Element {
  return <button type="button" className={styles['link']} onClick={() => select({ type: 'message', id })}>{children}</button>;
}

export function Section({ title, children }: { readonly title: string; readonly children: React.ReactNode }): React.JSX.Element {
  return <section className={styles['section']}><h3>{title}</h3>{children}</section>;
}
