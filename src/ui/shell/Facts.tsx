import { useTranslation } from 'react-i18next';
import { type Live, useLive } from '../shared/live.ts';
import { Tooltip } from '../shared/Tooltip.tsx';
import type { ClusterFacts } from './contract.ts';
import styles from './Facts.module.css';
import { formatVirtualTime } from './virtualTime.ts';

function Fact({ name, value, of, title, testId, wide }: {
  readonly name: string; readonly value: string | number; readonly of?: number; readonly title: string; readonly testId: string; readonly wide?: boolean;
}): React.JSX.Element {
  return (
    <Tooltip text={title}>
      <div className={styles['fact']} data-testid={testId}>
        <dt className={styles['name']}>{name}</dt>
        <dd className={styles['value']} data-wide={wide || undefined}>{value}{of !== undefined && of !== value && <span className={styles['of']}>{`/${of}`}</span>}</dd>
      </div>
    </Tooltip>
  );
}

/** Nodes, pods and virtual time. Only this part renders again when the clock moves. */
export function Facts({ facts: live }: { readonly facts: Live<ClusterFacts> }): React.JSX.Element {
  const { t } = useTranslation('shell');
  const facts = useLive(live);
  return (
    <dl className={styles['facts']} aria-label={t('facts.label')}>
      <Fact name={t('facts.nodes')} value={facts.nodesReady} of={facts.nodes} testId="fact-nodes" title={t('facts.nodesTitle', { ready: facts.nodesReady, count: facts.nodes })} />
      <Fact name={t('facts.pods')} value={facts.podsRunning} of={facts.pods} testId="fact-pods" title={t('facts.podsTitle', { running: facts.podsRunning, count: facts.pods })} />
      <Fact name={t('facts.time')} value={formatVirtualTime(facts.nowUs)} wide testId="fact-time" title={t('facts.timeTitle')} />
    </dl>
  );
}
