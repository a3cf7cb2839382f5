import { useTranslation } from 'react-i18next';
import type { PluginVerdict } from '../../sim/scheduler/framework/attempt.ts';
import type { FoundAttempt } from '../../worker/protocol.ts';
import { useWords } from './words.ts';
import styles from './Scheduling.module.css';

/** The pod as it comes out of the queue. */
export function QueuePanel({ found: { attempt, attempts, wokenBy, backoff, pod, profile, nodes } }: { readonly found: FoundAttempt }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const words = useWords();
  const rows: readonly (readonly [string, string | number])[] = [
    [t('pod'), attempt.pod], [t('queue.number'), attempts], [t('queue.woken'), words.woken(wokenBy, backoff)], [t('queue.priority'), pod.spec?.priority ?? 0], [t('queue.profile'), profile], [t('queue.nodes'), nodes.length],
  ];
  return (
    <section className={styles['panel']} aria-label={t('queue.title')}>
      <dl className={styles['facts']}>{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
    </section>
  );
}

/** What PreFilter or PreScore plugins said, up to this step. */
export function RecordPanel({ rows, upTo }: { readonly rows: readonly PluginVerdict[]; readonly upTo: number }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const words = useWords();
  return (
    <section className={styles['panel']}>
      <ol className={styles['record']}>
        {rows.map((row, i) => {
          const state = i > upTo ? 'ahead' : row.status === 'Success' ? 'success' : row.status === 'Skip' ? 'skip' : 'unschedulable';
          return (
            <li key={row.plugin} data-state={state} data-now={i === upTo || undefined}>
              <span className={styles['recordName']}>{row.plugin}</span><span>{words.checks(row.plugin)}</span>
              <span className={styles['recordState']}>{state === 'ahead' ? '' : row.message ?? t(`record.${state}`)}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** The end of the road: room taken, nothing holding it back, and what is written. */
export function ResultPanel({ found, station }: { readonly found: FoundAttempt; readonly station: 'reserve' | 'permit' | 'bind' }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { attempt } = found;
  const node = attempt.node ?? '';
  return (
    <section className={styles['panel']} data-testid="result">
      <p className={styles['verdict']}>{attempt.total === undefined ? t('result.winsOnly', { node }) : t('result.winsWith', { node, total: attempt.total })}</p>
      {station !== 'bind' && <p className={styles['prose']}>{t(`result.${station}`)}</p>}
      {station === 'bind' && (
        <>
          <h3 className={styles['detailTitle']}>{t('result.writes')}</h3>
          <ol className={styles['writes']}>
            {attempt.writes.map((write, i) => <li key={i}>{write.resource === 'pods/binding' ? t('result.binding', { pod: attempt.pod, node }) : `${write.resource} ${write.object.metadata.name ?? ''}`}</li>)}
          </ol>
        </>
      )}
    </section>
  );
}
