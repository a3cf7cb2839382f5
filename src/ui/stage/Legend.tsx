import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PHASES } from '../shared/phases.ts';
import { isTyping } from '../shared/shortcuts.ts';
import { PhaseGlyph } from '../shared/PhaseGlyph.tsx';
import styles from './Legend.module.css';

const MARKS = ['arrival', 'milestone', 'node', 'refused', 'chain'] as const;
const KINDS = ['write', 'watch', 'read', 'node'] as const;

/** What the signs mean; one key away (L). */
export function Legend(): React.JSX.Element {
  const { t } = useTranslation('stage');
  const { t: tp } = useTranslation('phases');
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!isTyping(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey && event.key.toLowerCase() === 'l') setOpen((value) => !value);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <div className={styles['legend']}>
      <button type="button" className={styles['toggle']} aria-expanded={open} onClick={() => setOpen(!open)} data-testid="legend-toggle">{t('legend.title')}<kbd>L</kbd></button>
      {open && (
        <div className={styles['body']}>
          {(['messages', 'timeline', 'pods'] as const).map((heading) => <h3 key={heading}>{t(`legend.heading.${heading}`)}</h3>)}
          <ul>{KINDS.map((kind) => <li key={kind}><span className={styles['sample']} data-kind={kind} aria-hidden="true" />{t(`legend.${kind}`)}</li>)}<li><span className={styles['sample']} data-kind="refused" aria-hidden="true" />{t('legend.refused')}</li></ul>
          <ul>{MARKS.map((mark) => <li key={mark}><span className={styles['lane']} data-mark={mark} aria-hidden="true" />{t(`legend.mark.${mark}`)}</li>)}</ul>
          <ul>{PHASES.map((phase) => <li key={phase}><PhaseGlyph phase={phase} decorative />{tp(phase)}</li>)}</ul>
        </div>
      )}
    </div>
  );
}
