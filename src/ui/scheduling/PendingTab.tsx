import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { showSchedulingTab } from '../../view/scheduling/open.ts';
import type { Fix } from '../../view/scheduling/fixes.ts';
import { pendingOf } from '../../view/scheduling/pending.ts';
import type { Obstacle, PendingGroup } from '../../view/scheduling/pending.ts';
import { useWorld } from '../../view/store.ts';
import type { AttemptSummary, FoundAttempt } from '../../worker/protocol.ts';
import { Button } from '../shared/Button.tsx';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { AddNode } from './AddNode.tsx';
import { useAttempts } from './data.ts';
import { tryFix } from './edits.ts';
import { useWords } from './words.ts';
import styles from './Scheduling.module.css';

const NODES_NAMED = 6;

/** Why the pod has no node: group by group what is in the way, what would have to change, and a way to try it. */
export function PendingTab({ found, messageId, attempts }: { readonly found: FoundAttempt; readonly messageId: number; readonly attempts: readonly AttemptSummary[] }): React.JSX.Element | null {
  const { t } = useTranslation('scheduling');
  const pending = useMemo(() => pendingOf(found.attempt), [found.attempt]);
  const nominated = found.attempt.preemption?.nominated;
  if (!pending) return null;
  return (
    <section className={styles['panel']} data-testid="pending">
      <p className={styles['headline']} data-testid="pending-kind" data-kind={pending.kind}>{nominated ? t('pending.preempting', { node: nominated.node }) : t(`pending.${pending.kind}`)}</p>
      {pending.kind === 'noNodes' && <p className={styles['prose']}>{t('pending.noNodesText')}</p>}
      <Waiting pod={found.attempt.pod} newest={attempts.find((each) => !each.later)?.messageId === messageId} />
      <p className={styles['event']} title={t('pending.event')}><q>{pending.message}</q></p>
      <p><AddNode found={found} /></p>
      {pending.groups.length > 0 && <h3 className={styles['detailTitle']}>{t('pending.change')}</h3>}
      <ul className={styles['obstacles']}>{pending.groups.map((group) => <Group key={group.nodes[0]} group={group} messageId={messageId} found={found} />)}</ul>
    </section>
  );
}

/** Where the pod is now, if this is its latest attempt. */
function Waiting({ pod, newest }: { readonly pod: string; readonly newest: boolean }): React.JSX.Element | null {
  const { t } = useTranslation('scheduling');
  const place = useAttempts(pod)?.place;
  const node = useWorld((state) => state.model.pods.get(pod)?.node ?? '');
  if (node !== '') return <p className={styles['prose']} data-testid="pending-placed">{t('pending.placed', { node })}</p>;
  if (!newest || !place) return null;
  return <p className={styles['prose']}>{t(`pending.waiting.${place.place}`, { time: formatVirtualTime(place.endUs ?? 0) })}</p>;
}

function Group({ group, messageId, found }: { readonly group: PendingGroup; readonly messageId: number; readonly found: FoundAttempt }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { nodes, obstacles, permanent } = group;
  return (
    <li data-testid="obstacle">
      <p className={styles['obstacleNodes']} title={nodes.slice(0, 50).join(', ')}>
        <b>{nodes.length > NODES_NAMED ? t('rows.count', { count: nodes.length }) : nodes.join(', ')}</b>{permanent && <small>{t('pending.permanent')}</small>}
      </p>
      {obstacles.map((obstacle, i) => <Obstruction key={i} obstacle={obstacle} onTry={(fix) => void tryFix(messageId, found, fix).then(() => showSchedulingTab('whatIf'))} />)}
    </li>
  );
}

function Obstruction({ obstacle, onTry }: { readonly obstacle: Obstacle; readonly onTry: (fix: Fix) => void }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const words = useWords();
  const { plugin, reasons, collision, fixes } = obstacle;
  const said = collision ? words.collision(collision) : '';
  return (
    <div className={styles['obstacle']}>
      <p>{said || reasons.join(', ')} <small>{plugin}</small></p>
      <ul>
        {fixes.map((fix) => <li key={fix.kind}><span>{words.fix(fix)}</span><Button small look="outlined" data-testid={`try-${fix.kind}`} onClick={() => onTry(fix)}>{t('pending.try')}</Button></li>)}
        {fixes.length === 0 && <li className={styles['quiet']}>{t('fix.other')}</li>}
      </ul>
    </div>
  );
}
