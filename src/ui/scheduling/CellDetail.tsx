import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Collision, FilterRow } from '../../sim/scheduler/framework/attempt.ts';
import { excerpts } from '../../view/scheduling/excerpt.ts';
import type { ExcerptLine } from '../../view/scheduling/excerpt.ts';
import { formulaOf } from '../../view/scheduling/formulas.ts';
import { filterColumns, isKnown } from '../../view/scheduling/steps.ts';
import type { FoundAttempt } from '../../worker/protocol.ts';
import { useNodeObject } from './data.ts';
import { useWalk } from './walk.ts';
import type { Cell } from './walk.ts';
import { useWords } from './words.ts';
import styles from './Scheduling.module.css';

interface DetailProps { readonly found: FoundAttempt; readonly messageId: number }

/** The cell that is pointed at, else the one of this step, in full. */
function useCell(): Cell | undefined {
  return useWalk(({ pointed, pinned, steps, index }) => {
    const step = steps[index];
    if (pointed ?? pinned) return pointed ?? pinned;
    if (!step || step.node < 0 || (step.station !== 'filter' && step.station !== 'score')) return undefined;
    return lastCell(step.station, step.node, step.plugin);
  });
}

// The same step gives the same object, as a store's selector must.
let last: Cell = { station: 'filter', node: 0, plugin: 0 };
function lastCell(station: Cell['station'], node: number, plugin: number): Cell {
  if (last.station !== station || last.node !== node || last.plugin !== plugin) last = { station, node, plugin };
  return last;
}

/** What one cell rests on: in Filter the two fields that collide, in Score the arithmetic. */
export function CellDetail({ found, messageId }: DetailProps): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const cell = useCell();
  const row = cell?.station === 'filter' ? found.attempt.detail?.filter?.[cell.node] : undefined;
  const plugin = cell && row ? filterColumns(found.attempt)[cell.plugin] : undefined;
  return (
    <section className={styles['detail']} aria-live="polite" data-testid="cell-detail">
      {!cell && <p className={styles['quiet']}>{t('cell.empty')}</p>}
      {row && plugin !== undefined && <FilterDetail found={found} messageId={messageId} row={row} plugin={plugin} />}
      {cell?.station === 'score' && <ScoreDetail found={found} cell={cell} />}
    </section>
  );
}

const NONE: readonly Collision[] = [];

function FilterDetail({ found, messageId, row, plugin }: DetailProps & { readonly row: FilterRow; readonly plugin: string }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const words = useWords();
  const verdict = row.plugins[plugin];
  const collisions = row.why?.[plugin] ?? NONE;
  const refused = verdict !== undefined && verdict !== 'passed';
  const after = row.first && row.first.plugin !== plugin ? row.first.plugin : undefined;
  return (
    <>
      <h3 className={styles['detailTitle']}>{plugin} · {row.node} <small>{words.checks(plugin)}</small></h3>
      {!refused && <p className={styles['prose']}>{t('cell.passes', { plugin, node: row.node })}</p>}
      {refused && collisions.map((collision, i) => <p key={i} className={styles['verdict']}>{words.collision(collision)}</p>)}
      {refused && <p className={styles['prose']}>{t('cell.says')} <q>{verdict.reasons.join(', ')}</q></p>}
      {refused && after !== undefined && <p className={styles['quiet']}>{t('cell.alsoRefuses', { first: after })}</p>}
      {row.nominated && <p className={styles['quiet']}>{t('cell.nominated', { pods: row.nominated.join(', ') })}</p>}
      {refused && <Fields found={found} messageId={messageId} node={row.node} collisions={collisions} />}
    </>
  );
}

/** The field of the pod and the field of the node that collide, side by side. */
function Fields({ found, messageId, node, collisions }: DetailProps & { readonly node: string; readonly collisions: readonly Collision[] }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const object = useNodeObject(messageId, node);
  const podLines = useMemo(() => excerpts(found.pod, collisions.flatMap(({ pod }) => (pod === undefined ? [] : [pod]))), [found.pod, collisions]);
  const nodeLines = useMemo(() => (object ? excerpts(object, collisions.flatMap((each) => (each.node === undefined ? [] : [each.node]))) : []), [object, collisions]);
  return (
    <div className={styles['excerpts']}>
      <Excerpt title={t('cell.podYaml')} lines={podLines} testId="excerpt-pod" />
      <Excerpt title={t('cell.nodeYaml', { node })} lines={nodeLines} testId="excerpt-node" />
    </div>
  );
}

function Excerpt({ title, lines, testId }: { readonly title: string; readonly lines: readonly ExcerptLine[]; readonly testId: string }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  return (
    <figure className={styles['excerpt']} data-testid={testId}>
      <figcaption>{title}</figcaption>
      {lines.length === 0 ? <p className={styles['quiet']}>{t('cell.noField')}</p> : (
        <pre tabIndex={0} aria-label={title}>
          {lines.map((line, i) => <code key={i} data-marked={line.marked || undefined} data-absent={line.absent || undefined}>{line.text}{line.absent && <em> {t('cell.absent')}</em>}{'\n'}</code>)}
        </pre>
      )}
    </figure>
  );
}

function ScoreDetail({ found, cell }: { readonly found: FoundAttempt; readonly cell: Cell }): React.JSX.Element | null {
  const { t } = useTranslation('scheduling');
  const words = useWords();
  const { steps, index } = useWalk();
  const formula = formulaOf(found.attempt, cell.node, cell.plugin);
  const plugin = found.attempt.detail?.columns?.[cell.plugin]?.plugin ?? '';
  const node = found.attempt.detail?.score?.[cell.node]?.node ?? '';
  if (!formula || !isKnown(steps, index, 'score', cell.node, cell.plugin)) return null;
  const counted = isKnown(steps, index, 'normalise', cell.node, cell.plugin);
  return (
    <>
      <h3 className={styles['detailTitle']}>{t('cell.score', { plugin, node })} <small>{words.checks(plugin)}</small></h3>
      <ul className={styles['terms']}>
        {formula.terms.map((term, i) => <li key={i}>{words.term(term)}</li>)}
        {formula.terms.length === 0 && <li>{t('cell.noTerms')}</li>}
      </ul>
      <dl className={styles['formula']} data-testid="formula">
        <div><dt>{t('cell.raw')}</dt><dd>{formula.raw}</dd></div>
        {counted && <div><dt>{t('cell.normalised')}</dt><dd>{formula.normalised}</dd></div>}
        {counted && <div><dt>{t('cell.weighted')}</dt><dd>{formula.weighted}</dd></div>}
      </dl>
    </>
  );
}
