import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { edges, found as findRows } from '../../view/scheduling/rows.ts';
import type { NodeRow, RowGroup } from '../../view/scheduling/rows.ts';
import { Button } from '../shared/Button.tsx';
import styles from './Scheduling.module.css';

export type Listing = 'nodes' | 'reason' | 'zone';
/** Up to here all nodes are simply there. */
const FEW = 12;
const TOP = 20;
const MORE = 100;
const NAMES_SHOWN = 60;

export interface Rows {
  readonly listing: Listing;
  readonly top: readonly NodeRow[];
  readonly hidden: number;
  readonly bottom: readonly NodeRow[];
  readonly tools: React.JSX.Element | null;
  readonly showMore: () => void;
}

/** Keeps many nodes readable: the first and last of the list, a search, and groups. Many begin as groups. */
export function useRows(all: readonly NodeRow[], listings: readonly Listing[], current: string): Rows {
  const { t } = useTranslation('scheduling');
  const first: Listing = all.length > TOP * 2 ? listings.find((each) => each !== 'nodes') ?? 'nodes' : 'nodes';
  const [listing, setListing] = useState<Listing>(first);
  const [text, setText] = useState('');
  const [extra, setExtra] = useState(0);
  const shown = text === '' ? listing : 'nodes';
  const matching = findRows(all, text);
  const { top, hidden, bottom } = edges(matching, TOP + extra, TOP);
  // The node whose turn it is stays in sight wherever it stands in the list.
  const missing = [...top, ...bottom].some(({ node }) => node === current) ? undefined : matching.find(({ node }) => node === current);
  const tools = all.length <= FEW ? null : (
    <div className={styles['rowTools']}>
      <fieldset className={styles['segments']} aria-label={t('rows.label')}>
        {listings.map((each) => <Button key={each} small aria-pressed={shown === each} data-testid={`rows-${each}`} onClick={() => { setListing(each); setText(''); }}>{t(`rows.${each}`)}</Button>)}
      </fieldset>
      <input className={styles['input']} type="search" aria-label={t('rows.search')} placeholder={t('rows.searchHint')} value={text} data-testid="rows-search" onChange={(event) => setText(event.target.value)} />
      <span className={styles['quiet']}>{matching.length === 0 ? t('rows.nothing') : t('rows.count', { count: matching.length })}</span>
    </div>
  );
  return { listing: shown, top: missing ? [...top, missing] : top, hidden: missing ? hidden - 1 : hidden, bottom, tools, showMore: () => setExtra(extra + MORE) };
}

/** The line for nodes in the middle of a long list. */
export function HiddenRow({ count, columns, onMore }: { readonly count: number; readonly columns: number; readonly onMore: () => void }): React.JSX.Element | null {
  const { t } = useTranslation('scheduling');
  if (count <= 0) return null;
  return <tr className={styles['hiddenRow']}><td colSpan={columns}>{t('rows.hidden', { count })} <Button small onClick={onMore}>{t('rows.more')}</Button></td></tr>;
}

/** Nodes in groups: how many, what they have in common, and their names on request. */
export function Groups({ groups, nameOf, onPick }: { readonly groups: readonly RowGroup[]; readonly nameOf: (group: RowGroup) => string; readonly onPick: (row: NodeRow) => void }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const most = Math.max(1, ...groups.map(({ rows }) => rows.length));
  return (
    <ul className={styles['groups']} data-testid="row-groups">
      {groups.map((group) => (
        <li key={group.key}>
          <details>
            <summary>
              <span className={styles['groupName']}>{nameOf(group)}{group.key !== '' && group.plugin !== '' && <small>{group.plugin}</small>}</span>
              <span className={styles['groupBar']}><i style={{ width: `${(group.rows.length / most) * 100}%` }} data-fits={group.feasible > 0 || undefined} /></span>
              <span className={styles['groupCount']}>{t(group.feasible > 0 && group.feasible < group.rows.length ? 'rows.ofFit' : 'rows.count', { feasible: group.feasible, count: group.rows.length })}{group.best === undefined ? '' : ` · ${t('rows.best', { total: group.best })}`}</span>
            </summary>
            <p className={styles['names']}>
              {group.rows.slice(0, NAMES_SHOWN).map((row) => <button key={row.node} type="button" onClick={() => onPick(row)}>{row.node}{row.total === undefined ? '' : ` ${row.total}`}</button>)}
              {group.rows.length > NAMES_SHOWN && <span>{t('rows.hidden', { count: group.rows.length - NAMES_SHOWN })}</span>}
            </p>
          </details>
        </li>
      ))}
    </ul>
  );
}

/** A plugin's name that may break between its words. */
export function PluginName({ name }: { readonly name: string }): React.JSX.Element {
  return <>{name.split(/(?=[A-Z])/).map((part, i) => <span key={i}>{i > 0 && <wbr />}{part}</span>)}</>;
}
