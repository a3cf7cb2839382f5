import { useTranslation } from 'react-i18next';
import { useWorld } from '../../view/store.ts';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { useAnswer } from './useAnswer.ts';
import styles from './Inspector.module.css';

/** The Events about the object, oldest first. */
export function EventsTab({ objectKey }: { readonly objectKey: string }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const epochUs = useWorld((state) => state.model.epochUs);
  const answer = useAnswer({ type: 'object', key: objectKey });
  if (!answer) return <p className={styles['quiet']}>{t('loading')}</p>;
  if (answer.events.length === 0) return <p className={styles['quiet']}>{t('noEvents')}</p>;
  return (
    <ul className={styles['events']}>
      {answer.events.map((event, i) => (
        <li key={i} data-type={event.type}>
          <p className={styles['eventHead']}><strong>{event.reason}</strong>{event.count > 1 && <span>×{event.count}</span>}<time>{formatVirtualTime(Math.max(0, event.lastUs - epochUs))}</time></p>
          <p>{event.message}</p>
          <p className={styles['quiet']}>{event.source}</p>
        </li>
      ))}
    </ul>
  );
}
