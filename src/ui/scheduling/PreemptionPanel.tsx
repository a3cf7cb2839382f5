import { useTranslation } from 'react-i18next';
import type { PreemptionDetail, PreemptionRule } from '../../sim/scheduler/framework/attempt.ts';
import { isKnown } from '../../view/scheduling/steps.ts';
import type { FoundAttempt } from '../../worker/protocol.ts';
import { useWalk } from './walk.ts';
import styles from './Scheduling.module.css';

const RULES: readonly PreemptionRule[] = ['pdbViolations', 'highestPriority', 'sumOfPriorities', 'numberOfVictims', 'latestStartTime'];
const SHOWN = 30;

/** Preemption as it is weighed: who would have to leave where, who may stay, and rule by rule who is left. */
export function PreemptionPanel({ found }: { readonly found: FoundAttempt }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { preemption } = found.attempt;
  const detail = preemption?.detail;
  return (
    <section className={styles['panel']} aria-label={t('preemption.title')} data-testid="preemption">
      <h3 className={styles['detailTitle']}>{t('preemption.title')}</h3>
      {detail && detail.candidates.length > 0 && <Candidates detail={detail} nominated={preemption.nominated?.node ?? ''} />}
      {detail && detail.candidates.length > 1 && <Rules detail={detail} />}
      {preemption && preemption.tied > 1 && <p className={styles['prose']}>{t('preemption.tied', { count: preemption.tied })}</p>}
      {detail?.candidates.length === 1 && <p className={styles['quiet']}>{t('preemption.single')}</p>}
      {detail && Object.keys(detail.notHelped).length > 0 && <NotHelped detail={detail} />}
      {preemption && preemption.message !== '' && <p className={styles['prose']}><q>{preemption.message}</q></p>}
    </section>
  );
}

function Candidates({ detail, nominated }: { readonly detail: PreemptionDetail; readonly nominated: string }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { steps, index } = useWalk();
  const told = steps[index]?.part === 'outcome' || steps[index]?.station !== 'postFilter';
  const known = detail.candidates.filter((_, i) => told || steps[index]?.part === 'rule' || isKnown(steps, index, 'postFilter', i, -1));
  return (
    <div className={styles['tableScroll']}>
      <table className={styles['table']}>
        <thead><tr>{(['candidate', 'victims', 'reprieved', 'pdb'] as const).map((name) => <th key={name} scope="col">{t(`preemption.${name}`)}</th>)}</tr></thead>
        <tbody>
          {known.slice(0, SHOWN).map((each) => (
            <tr key={each.node} data-winner={(told && each.node === nominated) || undefined}>
              <th scope="row">{each.node}</th><td className={styles['list']}>{each.victims.join(', ')}</td><td className={styles['list']}>{each.reprieved.join(', ') || t('preemption.nobody')}</td><td>{each.pdbViolations}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Rules({ detail }: { readonly detail: PreemptionDetail }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { steps, index } = useWalk();
  const step = steps[index];
  const reached = step?.part === 'outcome' ? RULES.length : step?.part === 'rule' ? step.plugin : -1;
  return (
    <>
      <h3 className={styles['detailTitle']}>{t('preemption.rules')} <small>{t('preemption.rulesText')}</small></h3>
      <ol className={styles['rules']}>
        {RULES.map((name, i) => {
          const rule = detail.rules[i];
          return (
            <li key={name} data-now={(step?.part === 'rule' && step.plugin === i) || undefined} data-skipped={!rule || undefined}>
              <span>{t(`preemption.rule.${name}`)}</span>
              {!rule && <span className={styles['quiet']}>{t('preemption.notReached')}</span>}
              {rule && i <= reached && (
                <span className={styles['ruleValues']}>
                  {Object.entries(rule.values).slice(0, SHOWN).map(([node, value]) => <span key={node} data-kept={rule.kept.includes(node) || undefined}>{node} <b>{ruleValue(name, value, detail.candidates.find((each) => each.node === node)?.victims.length ?? 0)}</b></span>)}
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </>
  );
}

/** Added to each priority in the sum, so that several victims of negative priority are not better than one. */
const PRIORITY_SHIFT = 2 ** 31;

/** Values are kept so that higher is better; they are told as what they count. */
function ruleValue(rule: PreemptionRule, value: number, victims: number): string {
  if (rule === 'sumOfPriorities') return `${-value - victims * PRIORITY_SHIFT} + ${victims} × 2³¹`;
  return rule === 'latestStartTime' ? new Date(value / 1000).toISOString().slice(11, 19) : String(-value);
}

function NotHelped({ detail }: { readonly detail: PreemptionDetail }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const groups = new Map<string, string[]>();
  for (const [node, refusal] of Object.entries(detail.notHelped)) {
    const reason = refusal.reasons.join(', ');
    groups.set(reason, [...groups.get(reason) ?? [], node]);
  }
  return (
    <>
      <h3 className={styles['detailTitle']}>{t('preemption.notHelped')}</h3>
      <ul className={styles['writes']}>{[...groups].map(([reason, nodes]) => <li key={reason}><b>{nodes.length > 6 ? t('rows.count', { count: nodes.length }) : nodes.join(', ')}</b> {reason}</li>)}</ul>
    </>
  );
}
