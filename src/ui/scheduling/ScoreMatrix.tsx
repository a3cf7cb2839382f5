import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ScoreColumnHead } from '../../sim/scheduler/framework/attempt.ts';
import { differences, formulaOf } from '../../view/scheduling/formulas.ts';
import { byTotal, byZone, rowsOf } from '../../view/scheduling/rows.ts';
import type { NodeRow } from '../../view/scheduling/rows.ts';
import { isKnown } from '../../view/scheduling/steps.ts';
import type { FoundAttempt } from '../../worker/protocol.ts';
import { Groups, HiddenRow, PluginName, useRows } from './RowTools.tsx';
import { useRowKeys } from './rowKeys.ts';
import type { RowKeys } from './rowKeys.ts';
import { goToCell, point, useWalk } from './walk.ts';
import styles from './Scheduling.module.css';

/** Nodes × Score plugins: raw, then normalised × weight, then the total, as bars that grow with the steps. */
export function ScoreMatrix({ found }: { readonly found: FoundAttempt }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { attempt, nodes } = found;
  const { steps, index } = useWalk();
  const columns = attempt.detail?.columns ?? [];
  const chosen = steps[index]?.part === 'choose';
  const all = useMemo(() => {
    const rows = rowsOf(attempt, nodes).filter(({ score }) => score >= 0);
    // The winner before the others that have as much.
    return chosen ? byTotal(rows).toSorted((a, b) => Number(b.node === attempt.node) - Number(a.node === attempt.node)) : rows;
  }, [attempt, nodes, chosen]);
  const current = chosen ? attempt.node ?? '' : attempt.detail?.score?.[steps[index]?.node ?? -1]?.node ?? '';
  const { listing, top, hidden, bottom, tools, showMore } = useRows(all, ['nodes', 'zone'], current);
  const keys = useRowKeys([...top, ...bottom].map(({ node }) => node), current);
  const row = (each: NodeRow): React.JSX.Element => <ScoreLine key={each.node} found={found} row={each} columns={columns} chosen={chosen} keys={keys} />;
  return (
    <section className={styles['matrix']} aria-label={t('matrix.score')}>
      {chosen && <Choice found={found} />}
      {tools}
      {listing === 'zone' && <Groups groups={byZone(chosen ? all : all.map((each) => ({ ...each, total: undefined })))} nameOf={({ key }) => key || t('rows.noZone')} onPick={({ score }) => goToCell({ station: 'score', node: score, plugin: 0 })} />}
      {listing === 'nodes' && (
        <div className={styles['tableScroll']}>
          <table className={styles['table']} data-testid="score-matrix">
            <thead>
              <tr>
                <th scope="col">{t('matrix.node')}</th>
                <th scope="col">{t('matrix.total')}</th>
                {columns.map(({ plugin, weight }) => <th key={plugin} scope="col"><PluginName name={plugin} /> <small>{t('matrix.weight', { weight })}</small></th>)}
              </tr>
            </thead>
            <tbody>
              {top.map(row)}
              <HiddenRow count={hidden} columns={columns.length + 2} onMore={showMore} />
              {bottom.map(row)}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

interface LineProps { readonly found: FoundAttempt; readonly row: NodeRow; readonly columns: readonly ScoreColumnHead[]; readonly chosen: boolean; readonly keys: RowKeys }

function ScoreLine({ found, row, columns, chosen, keys }: LineProps): React.JSX.Element {
  const { steps, index } = useWalk();
  const { attempt } = found;
  const scores = attempt.detail?.score?.[row.score];
  const highest = Math.max(1, ...columns.map(({ weight }) => weight)) * 100;
  const counted = columns.filter((_, column) => isKnown(steps, index, 'normalise', row.score, column));
  const total = counted.reduce((sum, { plugin }) => sum + (scores?.plugins[plugin]?.[2] ?? 0), 0);
  const all = columns.reduce((sum, { weight }) => sum + weight * 100, 0);
  const wins = chosen && row.node === attempt.node;
  const step = steps[index];
  const now = step?.station === 'score' && step.node === row.score;
  return (
    <tr data-winner={wins || undefined} data-now={now || undefined} data-testid={`score-row-${row.node}`}>
      <th scope="row" title={row.zone}>{row.node}</th>
      <td className={styles['total']}><span>{counted.length > 0 ? total : ''}</span><i style={{ width: `${(total / Math.max(1, all)) * 100}%` }} /></td>
      {columns.map((head, column) => <ScoreCell key={head.plugin} found={found} row={row} head={head} column={column} highest={highest} now={step?.plugin === column && (step.node === row.score || step.node === -1)} keys={keys} />)}
    </tr>
  );
}

interface CellProps { readonly found: FoundAttempt; readonly row: NodeRow; readonly head: ScoreColumnHead; readonly column: number; readonly highest: number; readonly now: boolean; readonly keys: RowKeys }

function ScoreCell({ found, row, head, column, highest, now, keys }: CellProps): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { steps, index } = useWalk();
  const [raw = 0, normalised = 0, weighted = 0] = found.attempt.detail?.score?.[row.score]?.plugins[head.plugin] ?? [];
  const scored = isKnown(steps, index, 'score', row.score, column);
  const counted = isKnown(steps, index, 'normalise', row.score, column);
  const pinned = useWalk(({ pinned: pin }) => pin?.station === 'score' && pin.node === row.score && pin.plugin === column);
  const cell = { station: 'score', node: row.score, plugin: column } as const;
  const formula = scored ? formulaOf(found.attempt, row.score, column) : undefined;
  const hint = formula && [...formula.terms.map(({ text }) => text), formula.raw, ...(counted ? [formula.normalised, formula.weighted] : [])].filter((text) => text !== '').join('\n');
  return (
    <td className={styles['score']} data-current={now || undefined} data-pinned={pinned || undefined} data-plugin={head.plugin}>
      <button type="button" tabIndex={keys.reaches(row.node) ? 0 : -1} title={hint} onClick={() => goToCell(cell)} onMouseEnter={() => { if (scored) point(cell); }} onMouseLeave={() => point(undefined)} onFocus={() => { keys.onFocus(row.node); if (scored) point(cell); }} onBlur={() => point(undefined)} onKeyDown={keys.onKeyDown}>
        <span className="sr-only">{t('matrix.cell', { node: row.node, plugin: head.plugin, verdict: scored ? '' : t('matrix.hidden') })}</span>
        <span>{counted ? weighted : scored ? raw : ''}</span>
        {counted && (raw !== normalised) && <small>{t('matrix.normalised', { raw, normalised })}</small>}
        <i style={{ width: counted ? `${(weighted / highest) * 100}%` : 0 }} />
      </button>
    </td>
  );
}

const NAMED = 8;

/** The nodes that were equal, each name in one piece, and that one of them was drawn. */
function Tie({ count, best }: { readonly count: number; readonly best: readonly string[] }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const named = best.slice(0, NAMED);
  return (
    <p className={styles['prose']}>
      {t('result.tie', { count })} {named.map((node) => <span key={node} className={styles['tied']}>{node}</span>)}{best.length > named.length && <span className={styles['quiet']}>{t('result.tieMore', { count: best.length - named.length })}</span>}
      <br />{t('result.drawn')}
    </p>
  );
}

/** Who won, by how much, how a tie was broken, and which plugins made the difference. */
function Choice({ found: { attempt } }: { readonly found: FoundAttempt }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { node = '', total = 0, runnerUp, tied, detail } = attempt;
  const by = runnerUp ? differences(attempt, node, runnerUp.node) : [];
  return (
    <div className={styles['choice']} data-testid="choice">
      <p className={styles['verdict']}>{runnerUp && tied === 1 ? t('result.winsBy', { node, total, by: total - runnerUp.total, other: runnerUp.node }) : t('result.winsWith', { node, total })}</p>
      {tied > 1 && <Tie count={tied} best={detail?.best ?? []} />}
      {runnerUp && tied === 1 && (
        <p className={styles['because']}>
          <span>{t('result.because', { node: runnerUp.node })}</span>
          {by.slice(0, 4).map((each) => <span key={each.plugin} className={styles['difference']}>{each.plugin} <b>{each.by > 0 ? `+${each.by}` : `−${-each.by}`}</b></span>)}
        </p>
      )}
    </div>
  );
}
