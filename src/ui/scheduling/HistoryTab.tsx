import { useTranslation } from 'react-i18next';
import { openScheduling } from '../../view/scheduling/open.ts';
import { world } from '../../view/store.ts';
import type { AttemptSummary } from '../../worker/protocol.ts';
import { useSentence } from '../narrator/sentence.ts';
import { Button } from '../shared/Button.tsx';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { useWords } from './words.ts';
import styles from './Scheduling.module.css';

/** Every attempt to place the pod: when, what brought it back, what came of it. */
export function HistoryTab({ pod, shown, attempts }: { readonly pod: string; readonly shown: number; readonly attempts: readonly AttemptSummary[] }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  return (
    <section className={styles['panel']} data-testid="attempt-history">
      <h3 className={styles['detailTitle']}>{t('history.title', { pod })}</h3>
      <ol className={styles['history']}>{attempts.map((each) => <Attempt key={each.messageId} pod={pod} attempt={each} shown={each.messageId === shown} />)}</ol>
    </section>
  );
}

function Attempt({ pod, attempt, shown }: { readonly pod: string; readonly attempt: AttemptSummary; readonly shown: boolean }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const words = useWords();
  const sentence = useSentence();
  const { messageId, atUs, later, attempts, wokenBy, backoff, cause, outcome, node, message, victims, nominated } = attempt;
  return (
    <li data-shown={shown || undefined} data-testid="attempt-row">
      <p className={styles['historyHead']}>
        <b>{attempts}</b> <time>{formatVirtualTime(atUs)}</time> <span className={styles['outcome']} data-outcome={outcome}>{t(`outcome.${outcome}`, { node })}</span>{later && <span className={styles['quiet']}>{t('history.later')}</span>}
        <span className={styles['spring']} />
        {!shown && <Button small look="outlined" onClick={() => openScheduling({ pod, messageId })}>{t('history.open')}</Button>}
        <Button small onClick={() => void world.seek({ messageId })}>{t('goThere')}</Button>
      </p>
      <p className={styles['prose']}>{words.woken(wokenBy, backoff)}{cause && <span className={styles['quiet']}> · {t('history.cause')}: {sentence(cause)}</span>}</p>
      {message !== '' && <p className={styles['prose']}><q>{message}</q></p>}
      {victims.length > 0 && <p className={styles['prose']}>{t('history.victims', { victims: victims.join(', '), node: nominated })}</p>}
    </li>
  );
}
