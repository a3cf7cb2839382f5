import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { findObjects, listObjects } from '../../view/objects.ts';
import type { ListedObject } from '../../view/objects.ts';
import { select } from '../../view/selection.ts';
import { useWorld } from '../../view/store.ts';
import { Dialog } from '../shared/Dialog.tsx';
import { openInspector, PANEL_IDS } from '../shell/layout.ts';
import styles from './SearchDialog.module.css';

const FOUND_MAX = 40;

/** Any object of the cluster by its kind and name: type, choose with the arrows, Enter opens it in the inspector. */
export function SearchDialog({ onClose }: { readonly onClose: () => void }): React.JSX.Element {
  const { t } = useTranslation('shell');
  const model = useWorld((state) => state.model);
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const { objects, pods, nodes } = model;
  const all = useMemo(() => listObjects({ objects, pods, nodes }), [objects, pods, nodes]);
  const found = useMemo(() => findObjects(all, text, FOUND_MAX), [all, text]);
  const opened = useRef(false);
  const current = Math.min(chosen, found.length - 1);
  const open = (object: ListedObject | undefined): void => {
    if (!object) return;
    opened.current = true;
    onClose();
    select({ type: 'object', key: object.key });
    openInspector();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) open(found[current]);
    else if (step === 0) return;
    setChosen(Math.max(0, Math.min(found.length - 1, current + step)));
    event.preventDefault();
  };
  return (
    <Dialog open onClose={onClose} title={t('search.title')} testId="search-dialog" focusAfter={() => (opened.current ? document.getElementById(PANEL_IDS.inspector) : null)}>
      <input className={styles['input']} type="search" role="combobox" aria-expanded aria-controls="search-found" aria-activedescendant={found[current] ? `found-${current}` : undefined} aria-label={t('search.title')}
        placeholder={t('search.hint')} value={text} data-dialog-start data-testid="search-input" onChange={(event) => { setText(event.target.value); setChosen(0); }} onKeyDown={onKeyDown} />
      <div id="search-found" role="listbox" aria-label={t('search.found', { count: found.length })} className={styles['found']}>
        {found.map((object, i) => (
          <button type="button" key={object.key} id={`found-${i}`} role="option" tabIndex={-1} aria-selected={i === current} className={styles['row']} data-testid="search-row"
            ref={i === current ? scrollIntoView : undefined} onPointerMove={() => setChosen(i)} onClick={() => open(object)}>
            <span className={styles['kind']}>{object.kind}</span><span className={styles['name']} title={object.name}>{object.name}</span><span className={styles['where']}>{[object.namespace, object.brief].filter(Boolean).join(' · ')}</span>
          </button>
        ))}
      </div>
      {found.length === 0 && <p className={styles['none']}>{t('search.none', { text })}</p>}
    </Dialog>
  );
}

function scrollIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: 'nearest' });
}
