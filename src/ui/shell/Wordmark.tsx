import styles from './Wordmark.module.css';

/** A helm seen over the sill of the wheelhouse window, and the name. */
export function Wordmark({ name }: { readonly name: string }): React.JSX.Element {
  return (
    <h1 className={styles['wordmark']}>
      <svg viewBox="0 0 24 16" width="1.875rem" height="1.25rem" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
        <path d="M5.5 13.25a6.5 6.5 0 0 1 13 0" />
        <path d="M9.9 13.25a2.1 2.1 0 0 1 4.2 0" />
        <path d="M12 11.1V2.4M13.49 11.76l5.94-5.94M10.51 11.76 4.57 5.82" />
        <path d="M1.5 13.25h21" />
      </svg>
      <span>{name}</span>
    </h1>
  );
}
