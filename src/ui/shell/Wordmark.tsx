import styles from './Wordmark.module.css';

/** A helm seen over the sill of the wheelhouse window, and the name. */
export function Wordmark({ name }: { readonly name: string }): React.JSX.Element {
  return (
    <h1 className={styles['wordmark']}>
      <svg viewBox="0 0 32 20" width="2rem" height="1.25rem" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" aria-hidden="true">
        <path d="M7 17.5a9 9 0 0 1 18 0" />
        <path d="M16 8.5V2.5M22.36 11.14l4.25-4.25M9.64 11.14 5.39 6.89" />
        <path d="M1.5 17.5h29" />
        <circle cx="16" cy="17.5" r="2.6" fill="currentColor" stroke="none" />
      </svg>
      <span>{name}</span>
    </h1>
  );
}
