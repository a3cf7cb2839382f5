import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { FilterRow } from '../../sim/scheduler/framework/attempt.ts';
import { byReason, byZone, rowsOf } from '../../view/scheduling/rows.ts';
import type { NodeRow } from '../../view/scheduling/rows.ts';
import { filterColumns, isKnown } from '../../view/scheduling/steps.ts';
import type { FoundAttempt } from '../../worker/protocol.ts';
import { Groups, HiddenRow, PluginName, useRows } from './RowTools.tsx';
import { useRowKeys } from './rowKeys.ts';
import type { RowKeys } from './rowKeys.ts';
import { goToCell, point, useWalk } from './walk.ts';
import { useWords } from './words.ts';
import styles from './Scheduling.module.css';

type Verdict = 'passed' | 'refused' | 'wouldRefuse' | 'notAsked' | 'hidden';

/** What may be shown of a cell at this step. After the first refusal the cycle asks nobody else about the node. */
function verdictOf(row: FilterRow, plugin: string, column: number, first: number, known: boolean): Verdict {
  if (!known) return 'hidden';
  const passed = row.plugins[plugin] === 'passed';
  if (first !== -1 && column > first) return passed ? 'notAsked' : 'wouldRefuse';
  return passed ? 'passed' : 'refused';
}

interface PodWithNomination { readonly status?: { readonly nominatedNodeName?: string } }

/** Nodes × Filter plugins, as far as the cycle has come. */
export function FilterMatrix({ found }: { readonly found: FoundAttempt }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { attempt, nodes } = found;
  const { steps, index } = useWalk();
  const columns = useMemo(() => filterColumns(attempt), [attempt]);
  const all = useMemo(() => rowsOf(attempt, nodes).filter(({ filter }) => filter >= 0), [attempt, nodes]);
  const current = attempt.detail?.filter?.[steps[index]?.node ?? -1]?.node ?? '';
  const { listing, top, hidden, bottom, tools, showMore } = useRows(all, ['nodes', 'reason', 'zone'], current);
  // Totals are not known yet at this station.
  const known = all.map((row) => ({ ...row, total: undefined })).filter(({ filter }) => isKnown(steps, index, 'filter', filter, columns.length - 1) || isKnown(steps, index, 'filter', filter, columns.indexOf(attempt.detail?.filter?.[filter]?.first?.plugin ?? '')));
  const keys = useRowKeys([...top, ...bottom].map(({ node }) => node), current);
  const pick = (row: NodeRow): void => goToCell({ station: 'filter', node: row.filter, plugin: Math.max(0, columns.indexOf(row.refusedBy)) });
  const partial = all.length < nodes.length;
  const nominated = (found.pod as PodWithNomination).status?.nominatedNodeName;
  return (
    <section className={styles['matrix']} aria-label={t('matrix.filter')}>
      {tools}
      {listing !== 'nodes' && <Groups groups={listing === 'zone' ? byZone(known) : byReason(known)} nameOf={({ key }) => key || t(listing === 'zone' ? 'rows.noZone' : 'rows.fits')} onPick={pick} />}
      {listing === 'nodes' && (
        <div className={styles['tableScroll']}>
          <table className={styles['table']} data-testid="filter-matrix">
            <thead><tr><th scope="col">{t('matrix.node')}</th>{columns.map((plugin) => <th key={plugin} scope="col"><PluginName name={plugin} /></th>)}</tr></thead>
            <tbody>
              {top.map((row) => <MatrixRow key={row.node} found={found} row={row} columns={columns} keys={keys} />)}
              <HiddenRow count={hidden} columns={columns.length + 1} onMore={showMore} />
              {bottom.map((row) => <MatrixRow key={row.node} found={found} row={row} columns={columns} keys={keys} />)}
            </tbody>
          </table>
        </div>
      )}
      {partial && <p className={styles['prose']}>{all.length === 1 && all[0]?.node === nominated ? t('rows.nominatedFirst', { node: nominated }) : t('rows.partial', { looked: all.length, nodes: nodes.length })}</p>}
    </section>
  );
}

function MatrixRow({ found, row, columns, keys }: { readonly found: FoundAttempt; readonly row: NodeRow; readonly columns: readonly string[]; readonly keys: RowKeys }): React.JSX.Element | null {
  const { steps, index } = useWalk();
  const record = found.attempt.detail?.filter?.[row.filter];
  if (!record) return null;
  const first = columns.indexOf(record.first?.plugin ?? '');
  // A refused node is over with its first refusal: what the others would say is known from then on.
  const knownFrom = (column: number): boolean => isKnown(steps, index, 'filter', row.filter, first !== -1 && column > first ? first : column);
  const refused = first !== -1 && knownFrom(first);
  const now = steps[index]?.station === 'filter' && steps[index]?.node === row.filter;
  return (
    <tr data-refused={refused || undefined} data-now={now || undefined} data-testid={`filter-row-${row.node}`}>
      <th scope="row" title={row.zone}>{row.node}</th>
      {columns.map((plugin, column) => (
        <FilterCell key={plugin} record={record} node={row.filter} plugin={plugin} column={column} verdict={verdictOf(record, plugin, column, first, knownFrom(column))} now={now && steps[index]?.plugin === column} keys={keys} />
      ))}
    </tr>
  );
}

const GLYPHS: Readonly<Record<Verdict, string>> = { passed: 'M3 8.5 6.2 11.7 13 5', refused: 'M4 4l8 8m0-8-8 8', wouldRefuse: 'M4.5 4.5l7 7m0-7-7 7', notAsked: 'M6 8h4', hidden: '' };

interface CellProps { readonly record: FilterRow; readonly node: number; readonly plugin: string; readonly column: number; readonly verdict: Verdict; readonly now: boolean; readonly keys: RowKeys }

function FilterCell({ record, node, plugin, column, verdict, now, keys }: CellProps): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const words = useWords();
  const cell = { station: 'filter', node, plugin: column } as const;
  const pinned = useWalk(({ pinned: pin }) => pin?.station === 'filter' && pin.node === node && pin.plugin === column);
  const says = t(`matrix.${verdict}`);
  const refusal = verdict === 'refused' ? words.short(record.why?.[plugin]?.[0]) : '';
  const shown = verdict !== 'hidden';
  return (
    <td data-verdict={verdict} data-current={now || undefined} data-pinned={pinned || undefined} data-plugin={plugin}>
      <button type="button" tabIndex={keys.reaches(record.node) ? 0 : -1} aria-label={t('matrix.cell', { node: record.node, plugin, verdict: refusal === '' ? says : `${says}: ${refusal}` })} title={shown ? says : undefined}
        onClick={() => goToCell(cell)} onMouseEnter={() => { if (shown) point(cell); }} onMouseLeave={() => point(undefined)} onFocus={() => { keys.onFocus(record.node); if (shown) point(cell); }} onBlur={() => point(undefined)} onKeyDown={keys.onKeyDown}>
        <svg viewBox="0 0 16 16" width="1rem" height="1rem" aria-hidden="true" focusable="false"><path d={GLYPHS[verdict]} /></svg>
        {refusal !== '' && <span>{refusal}</span>}
      </button>
    </td>
  );
}
