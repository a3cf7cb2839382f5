import { useTranslation } from 'react-i18next';
import type { EditProblem } from '../../worker/protocol.ts';
import styles from './Scheduling.module.css';

/** What is wrong with a text: the object, the field, the line, and the API's own words. */
export function Problems({ title, problems }: { readonly title: string; readonly problems: readonly EditProblem[] }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  return (
    <div className={styles['problems']} role="alert" data-testid="edit-problems">
      <p>{title}</p>
      <ul>
        {problems.map(({ name, field, message, line }, i) => (
          <li key={i}><code>{[field || name, ...(line > 0 ? [t('whatIf.inLine', { line })] : [])].join(' · ')}</code> {message}</li>
        ))}
      </ul>
    </div>
  );
}
