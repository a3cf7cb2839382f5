import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { compare } from '../../view/scheduling/compare.ts';
import type { Side } from '../../view/scheduling/compare.ts';
import { world } from '../../view/store.ts';
import type { FoundAttempt, WhatIfAnswer, WhatIfEdits } from '../../worker/protocol.ts';
import type { Attempt } from '../../sim/scheduler/framework/attempt.ts';
import { Button } from '../shared/Button.tsx';
import { ConfigurationEdit } from './ConfigurationEdit.tsx';
import { NO_EDITS, beginEdits, chooseNode, edit, editNode, nodeText, podText, resetEdits, setTakesPart, setWeight, useEdits } from './edits.ts';
import { Problems } from './Problems.tsx';
import styles from './Scheduling.module.css';

/** Typing stops for this long before the decision is made again. */
const PAUSE_MS = 350;
const ROWS_SHOWN = 24;
const NODES_LISTED = 500;
const WEIGHT_MAX = 100;

type Answered = { readonly edits: WhatIfEdits; readonly answer: WhatIfAnswer };

function useWhatIf(messageId: number, edits: WhatIfEdits): WhatIfAnswer | undefined {
  const [answered, setAnswered] = useState<Answered>();
  useEffect(() => {
    if (edits === NO_EDITS) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      world.query({ type: 'whatIf', messageId, edits }).then((answer) => { if (current) setAnswered({ edits, answer }); }, () => undefined);
    }, PAUSE_MS);
    return () => { current = false; clearTimeout(timer); };
  }, [messageId, edits]);
  return edits === NO_EDITS ? undefined : answered?.answer;
}

/** The same moment with something changed: edits on the left, both decisions on the right. */
export function WhatIfTab({ found, messageId }: { readonly found: FoundAttempt; readonly messageId: number }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  useEffect(() => beginEdits(messageId), [messageId]);
  const edits = useEdits((state) => (state.messageId === messageId ? state.edits : NO_EDITS));
  const answer = useWhatIf(messageId, edits);
  const changed = edits !== NO_EDITS;
  return (
    <div className={styles['whatIf']} data-testid="what-if">
      <div className={styles['editing']}>
        <p className={styles['prose']}>{t('whatIf.intro')}</p>
        <Weights found={found} edits={edits} />
        <Plugins found={found} edits={edits} />
        <ConfigurationEdit found={found} edits={edits} />
        <PodText found={found} edits={edits} />
        <NodeTexts found={found} messageId={messageId} edits={edits} />
        <p><Button small look="outlined" unavailable={!changed} data-testid="what-if-reset" onClick={resetEdits}>{t('whatIf.reset')}</Button></p>
      </div>
      <div className={styles['compared']} aria-live="polite">
        {!changed && <p className={styles['quiet']}>{t('whatIf.nothing')}</p>}
        {changed && !answer && <p className={styles['quiet']}>{t('whatIf.deciding')}</p>}
        {changed && answer && answer.problems.length > 0 && <Problems title={t('whatIf.problem')} problems={answer.problems} />}
        {changed && answer?.attempt && <Compared before={found.attempt} after={answer.attempt} />}
      </div>
    </div>
  );
}

interface EditProps { readonly found: FoundAttempt; readonly edits: WhatIfEdits }

function Weights({ found, edits }: EditProps): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  // Plugins that had no preference for this pod have none with another weight either.
  const scored = found.attempt.detail?.columns ?? [];
  const all = Object.entries(found.weights);
  const weights = scored.length === 0 ? all : all.filter(([plugin]) => scored.some((column) => column.plugin === plugin));
  const nothingElse = edits.pod === undefined && edits.nodes.length === 0 && edits.configuration === undefined;
  const change = (plugin: string, text: string): void => {
    const value = Math.min(WEIGHT_MAX, Math.max(0, Math.round(Number(text))));
    setWeight(plugin, text === '' || value === found.weights[plugin] ? undefined : value);
  };
  return (
    <details className={styles['edit']} open={(scored.length > 0 && nothingElse) || Object.keys(edits.weights).length > 0 || undefined}>
      <summary data-testid="what-if-weights">{t('whatIf.weights')}{Object.keys(edits.weights).length > 0 && <small>{t('whatIf.edited')}</small>}</summary>
      <div className={styles['weights']}>
        {weights.map(([plugin, weight]) => (
          <label key={plugin} data-edited={edits.weights[plugin] !== undefined || undefined}>
            <span>{plugin}</span>
            <input type="number" min={0} max={WEIGHT_MAX} aria-label={t('whatIf.weightOf', { plugin })} value={edits.weights[plugin] ?? weight} data-testid={`weight-${plugin}`} onChange={(event) => change(plugin, event.target.value)} />
          </label>
        ))}
      </div>
    </details>
  );
}

function Plugins({ found, edits }: EditProps): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const plugins = [...new Set([...found.filters, ...Object.keys(found.weights)])];
  return (
    <details className={styles['edit']} open={edits.disabled.length > 0 || undefined}>
      <summary data-testid="what-if-plugins">{t('whatIf.plugins')}{edits.disabled.length > 0 && <small>{t('whatIf.edited')}</small>}</summary>
      <div className={styles['switches']}>
        {plugins.map((plugin) => <label key={plugin}><input type="checkbox" data-testid={`takes-part-${plugin}`} checked={!edits.disabled.includes(plugin)} aria-label={t('whatIf.takesPart', { plugin })} onChange={(event) => setTakesPart(plugin, event.target.checked)} /> {plugin}</label>)}
      </div>
    </details>
  );
}

function PodText({ found, edits }: EditProps): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const original = podText(found);
  return (
    <details className={styles['edit']} open={edits.pod !== undefined || undefined}>
      <summary data-testid="what-if-pod">{t('whatIf.podText')}{edits.pod !== undefined && <small>{t('whatIf.edited')}</small>}</summary>
      <textarea className={styles['yaml']} spellCheck={false} aria-label={t('whatIf.podText')} data-testid="what-if-pod-text" value={edits.pod ?? original} onChange={(event) => edit({ pod: event.target.value === original ? undefined : event.target.value })} />
    </details>
  );
}

function NodeTexts({ found, messageId, edits }: EditProps & { readonly messageId: number }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const chosen = useEdits((state) => state.node) || found.nodes[0]?.name || '';
  const [original, setOriginal] = useState({ node: '', text: '' });
  const edited = edits.nodes.find(({ name }) => name === chosen);
  useEffect(() => {
    let current = true;
    if (chosen !== '') void nodeText(messageId, chosen).then((text) => { if (current) setOriginal({ node: chosen, text }); });
    return () => { current = false; };
  }, [messageId, chosen]);
  return (
    <details className={styles['edit']} open={edits.nodes.length > 0 || undefined}>
      <summary data-testid="what-if-node">{t('whatIf.nodeText')}{edits.nodes.length > 0 && <small>{edits.nodes.map(({ name }) => name).join(', ')}</small>}</summary>
      <select className={styles['select']} aria-label={t('whatIf.chooseNode')} value={chosen} data-testid="what-if-node-choice" onChange={(event) => chooseNode(event.target.value)}>
        {found.nodes.slice(0, NODES_LISTED).map(({ name }) => <option key={name} value={name}>{name}</option>)}
      </select>
      <textarea className={styles['yaml']} spellCheck={false} aria-label={t('whatIf.nodeText')} data-testid="what-if-node-text" value={edited?.text ?? (original.node === chosen ? original.text : '')} onChange={(event) => editNode(chosen, event.target.value)} />
    </details>
  );
}

function Compared({ before, after }: { readonly before: Attempt; readonly after: Attempt }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const rows = compare(before, after);
  return (
    <>
      <p className={styles['headline']} data-testid="what-if-verdict">{useVerdict(before, after)}</p>
      <div className={styles['tableScroll']}>
        <table className={styles['table']} data-testid="what-if-table">
          <thead><tr><th scope="col">{t('whatIf.node')}</th><th scope="col">{t('whatIf.before')}</th><th scope="col">{t('whatIf.after')}</th></tr></thead>
          <tbody>
            {rows.slice(0, ROWS_SHOWN).map((row) => (
              <tr key={row.node} data-changed={row.changed || undefined}>
                <th scope="row">{row.node}</th><SideCell side={row.before} testId="before" /><SideCell side={row.after} testId="after" />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > ROWS_SHOWN && <p className={styles['quiet']}>{t('whatIf.more', { count: rows.length - ROWS_SHOWN })}</p>}
      {after.message !== undefined && <p className={styles['event']}><q>{after.message}</q></p>}
    </>
  );
}

function useVerdict(before: Attempt, after: Attempt): string {
  const { t } = useTranslation('scheduling');
  if (before.node === undefined && after.node === undefined) return t('whatIf.stillPending');
  if (before.node === undefined) return t('whatIf.nowFits', { after: after.node });
  if (after.node === undefined) return t('whatIf.noLonger');
  return after.node === before.node ? t('whatIf.same') : t('whatIf.otherWinner', { before: before.node, after: after.node });
}

function SideCell({ side, testId }: { readonly side: Side; readonly testId: string }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { total, refusedBy, reason, chosen, present } = side;
  return (
    <td className={styles['side']} data-chosen={chosen || undefined} data-refused={refusedBy !== '' || undefined} data-side={testId} title={reason}>
      {!present ? t('whatIf.absent') : refusedBy !== '' ? t('whatIf.refused', { plugin: refusedBy }) : total ?? t('whatIf.fits')}{chosen && <small>{t('matrix.winner')}</small>}
    </td>
  );
}

