import './texts.ts';
import { useEffect } from 'react';
import { Tabs } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { openScheduling, showSchedulingTab, useScheduling } from '../../view/scheduling/open.ts';
import type { SchedulingTab } from '../../view/scheduling/open.ts';
import { useWorld } from '../../view/store.ts';
import type { AttemptSummary, FoundAttempt } from '../../worker/protocol.ts';
import { Button } from '../shared/Button.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { AddNode } from './AddNode.tsx';
import { ConfigurationTab } from './ConfigurationTab.tsx';
import { useAttempt, useAttempts } from './data.ts';
import { Header } from './Header.tsx';
import { HistoryTab } from './HistoryTab.tsx';
import { PendingTab } from './PendingTab.tsx';
import { PredictSwitch } from './Predict.tsx';
import { StepsTab } from './StepsTab.tsx';
import { isTold, takeUp, useWalk } from './walk.ts';
import { WhatIfTab } from './WhatIfTab.tsx';
import styles from './Scheduling.module.css';

/** A scheduling attempt, step by step: why this node, why none, and what if. */
export function SchedulingView(): React.JSX.Element {
  const { pod, messageId, number } = useScheduling((state) => state.place);
  const answer = useAttempts(pod);
  const numbered = number === 0 ? undefined : answer?.attempts.find((each) => each.attempts === number);
  const newest = numbered ?? answer?.attempts.find((each) => !each.later) ?? answer?.attempts[0];
  useEffect(() => {
    // Once found, the attempt stays on screen although others follow.
    if (messageId === 0 && newest) openScheduling({ ...useScheduling.getState().place, pod: newest.pod, messageId: newest.messageId });
  }, [messageId, newest]);
  const shown = answer?.attempts.find((each) => each.messageId === messageId);
  return (
    <div className={styles['view']} data-testid="scheduling">
      <Header pod={pod} attempts={pod === '' ? [] : answer?.attempts ?? []} shown={shown} />
      {answer && answer.attempts.length === 0 ? <NoAttempts pod={pod} gatedBy={answer.place?.place === 'gated' ? answer.place.plugins : []} /> : <Decision pod={pod} messageId={messageId} attempts={answer?.attempts ?? []} />}
    </div>
  );
}

function NoAttempts({ pod, gatedBy }: { readonly pod: string; readonly gatedBy: readonly string[] }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const nodes = useWorld((state) => state.model.nodes.size);
  if (nodes === 0) return <EmptyState title={t('pending.noNodes')} text={t('pending.noNodesText')} action={<AddNode found={undefined} />} />;
  if (pod === '') return <EmptyState title={t('none')} text={t('noneText')} />;
  return <EmptyState title={t('untried', { pod })} text={gatedBy.length > 0 ? t('gated', { plugins: gatedBy.join(', ') }) : t('untriedText')} />;
}

function Decision({ pod, messageId, attempts }: { readonly pod: string; readonly messageId: number; readonly attempts: readonly AttemptSummary[] }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const found = useAttempt(messageId);
  useEffect(() => { if (found && found !== 'gone') takeUp(messageId, found); }, [messageId, found]);
  if (found === 'gone') {
    return <EmptyState title={t('gone')} text={t('goneText')} action={<Button look="outlined" onClick={() => openScheduling({ pod })}>{t('latest')}</Button>} />;
  }
  if (!found) return <p className={styles['loading']} role="status">{t('loading')}</p>;
  return <DecisionTabs found={found} messageId={messageId} attempts={attempts} />;
}

interface DecisionProps { readonly found: FoundAttempt; readonly messageId: number; readonly attempts: readonly AttemptSummary[] }

function DecisionTabs({ found, messageId, attempts }: DecisionProps): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const wanted = useScheduling((state) => state.place.tab);
  const told = useWalk(isTold);
  const pending = found.attempt.outcome !== 'scheduled';
  const tabs: readonly SchedulingTab[] = pending && told ? ['steps', 'pending', 'whatIf', 'history', 'configuration'] : ['steps', 'whatIf', 'history', 'configuration'];
  const tab = tabs.includes(wanted) ? wanted : 'steps';
  return (
    <Tabs.Root className={styles['tabs']} value={tab} onValueChange={(value) => showSchedulingTab(tabs.find((each) => each === value) ?? 'steps')} activationMode="manual">
      <div className={styles['tabRow']}>
        <Tabs.List className={styles['tabList']} aria-label={t('tabs.label')}>
          {tabs.map((each) => <Tabs.Trigger key={each} value={each} data-testid={`scheduling-tab-${each}`}>{t(`tabs.${each}`)}</Tabs.Trigger>)}
        </Tabs.List>
        <PredictSwitch />
      </div>
      <Tabs.Content className={styles['steps']} value="steps" tabIndex={-1}><StepsTab found={found} messageId={messageId} /></Tabs.Content>
      <Tabs.Content className={styles['scroll']} value="pending" tabIndex={-1}><PendingTab found={found} messageId={messageId} attempts={attempts} /></Tabs.Content>
      <Tabs.Content className={styles['scroll']} value="whatIf" tabIndex={-1}><WhatIfTab key={messageId} found={found} messageId={messageId} /></Tabs.Content>
      <Tabs.Content className={styles['scroll']} value="history" tabIndex={-1}><HistoryTab pod={found.attempt.pod} shown={messageId} attempts={attempts} /></Tabs.Content>
      <Tabs.Content className={styles['scroll']} value="configuration" tabIndex={-1}><ConfigurationTab /></Tabs.Content>
    </Tabs.Root>
  );
}
