import { useTranslation } from 'react-i18next';
import type { FilterRow, ScoreRow } from '../../sim/scheduler/framework/attempt.ts';
import type { AttemptExplanation } from '../../sim/scheduler/actor.ts';
import { Button } from '../shared/Button.tsx';
import { ObjectLink, Section } from './links.tsx';
import { showDecision } from './showDecision.ts';
import styles from './Inspector.module.css';

const NODES_SHOWN = 30;

/** One scheduling attempt: who was refused and why, how the others scored, and who won. */
export function AttemptView({ explanation }: { readonly explanation: AttemptExplanation }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const { attempt, summary } = explanation;
  const { detail } = attempt;
  return (
    <Section title={t('attempt', { pod: summary.pod, count: explanation.attempts })}>
      <p className={styles['verdict']}>
        {attempt.node ? t(attempt.tied > 1 ? 'wonTie' : 'won', { node: attempt.node, total: summary.total ?? '', tied: attempt.tied }) : attempt.message}
      </p>
      <p className={styles['quiet']}>{t('feasible', { feasible: summary.feasible, nodes: summary.nodes })}</p>
      <p className={styles['actions']}><Button small look="outlined" data-testid="open-decision" onClick={() => showDecision({ pod: summary.pod, number: explanation.attempts })}>{t('openDecision')}</Button></p>
      {detail?.score && <Scores rows={detail.score} winner={attempt.node ?? ''} />}
      {detail?.filter && <Refusals rows={detail.filter.filter((row) => row.first !== undefined)} />}
      {attempt.preemption && <p className={styles['quiet']}>{attempt.preemption.nominated ? t('preempts', { node: attempt.preemption.nominated.node, count: attempt.preemption.nominated.pods.length }) : attempt.preemption.message}</p>}
    </Section>
  );
}

function Scores({ rows, winner }: { readonly rows: readonly ScoreRow[]; readonly winner: string }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const sorted = rows.toSorted((a, b) => b.total - a.total || (a.node < b.node ? -1 : 1)).slice(0, NODES_SHOWN);
  const plugins = Object.keys(rows[0]?.plugins ?? {});
  return (
    <div className={styles['wide']}>
      <table className={styles['table']} data-testid="attempt-scores">
        <thead><tr><th>{t('node')}</th><th>{t('total')}</th>{plugins.map((plugin) => <th key={plugin} title={plugin}>{plugin.replace('NodeResources', '')}</th>)}</tr></thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={row.node} data-winner={row.node === winner || undefined}>
              <th scope="row"><ObjectLink objectKey={`nodes//${row.node}`}>{row.node}</ObjectLink></th><td>{row.total}</td>
              {plugins.map((plugin) => { const [raw = 0, normalised = 0, weighted = 0] = row.plugins[plugin] ?? []; return <td key={plugin} title={t('scoreHint', { raw, normalised, weighted })}>{weighted}</td>; })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Refusals({ rows }: { readonly rows: readonly FilterRow[] }): React.JSX.Element | null {
  if (rows.length === 0) return null;
  return (
    <ul className={styles['conditions']}>
      {rows.slice(0, NODES_SHOWN).map((row) => (
        <li key={row.node} data-status="False"><span className={styles['conditionType']}>{row.node}</span><span className={styles['conditionStatus']}>{row.first?.plugin}</span><p>{row.first?.reasons.join('; ')}</p></li>
      ))}
    </ul>
  );
}
