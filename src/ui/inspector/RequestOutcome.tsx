import { useTranslation } from 'react-i18next';
import type { EtcdStep, RequestStory, Told } from '../../worker/protocol.ts';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { MessageLink, Section } from './links.tsx';
import styles from './Inspector.module.css';

const TOLD_SHOWN = 30;

/** What became of a request: its transactions in etcd, who was told by their watches, and the answer. */
export function RequestOutcome({ story }: { readonly story: RequestStory }): React.JSX.Element | null {
  const { t } = useTranslation('inspector');
  const { transactions, told, answer } = story;
  if (transactions.length === 0 && told.length === 0 && !answer) return null;
  return (
    <>
      {transactions.length > 0 && <Section title={t('transactions')}><ol className={styles['plain']} data-testid="transactions">{transactions.map((each) => <Transaction key={each.messageId} step={each} />)}</ol></Section>}
      {told.length > 0 && (
        <Section title={t('told', { count: told.length })}>
          <ul className={styles['steps']} data-testid="fan-out">{told.slice(0, TOLD_SHOWN).map((each) => <Watcher key={each.messageId} told={each} />)}</ul>
          {told.length > TOLD_SHOWN && <p className={styles['quiet']}>{t('toldMore', { count: told.length - TOLD_SHOWN })}</p>}
        </Section>
      )}
      {answer && (
        <Section title={t('answer')}>
          <ul className={styles['steps']}><li><time>{formatVirtualTime(answer.atUs)}</time><MessageLink id={answer.messageId}>{t('answered', { code: answer.code })}</MessageLink></li></ul>
        </Section>
      )}
    </>
  );
}

/** `if mod(key) = 0` on one line, `put key` on the next, and what etcd made of it. */
function Transaction({ step }: { readonly step: EtcdStep }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const { compares, operations, revision, succeeded, messageId } = step;
  const outcome = succeeded === undefined ? 'open' : !succeeded ? 'failed' : compares.length > 0 || operations.some((each) => !each.startsWith('range')) ? 'done' : 'read';
  return (
    <li className={styles['transaction']}>
      <pre tabIndex={0} aria-label={t('transactions')}>{[...compares.map((each) => `if   ${each}`), ...operations.map((each) => (compares.length > 0 ? `then ${each}` : each))].join('\n')}</pre>
      <MessageLink id={messageId}>{t(`transaction.${outcome}`, { revision: revision ?? 0 })}</MessageLink>
    </li>
  );
}

function Watcher({ told: { messageId, to, event, atUs } }: { readonly told: Told }): React.JSX.Element {
  return <li><time>{formatVirtualTime(atUs)}</time><MessageLink id={messageId}>{to} · {event}</MessageLink></li>;
}
