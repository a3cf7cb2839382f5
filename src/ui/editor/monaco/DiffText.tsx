import 'monaco-editor/features/diffEditor/register.js';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { monaco } from './setup.ts';
import { fontOptions } from './theme.ts';
import styles from './MonacoText.module.css';

const SETTLED_MS = 5_000;

/** Two texts beside each other, or one above the other where there is little room. */
export function DiffText({ live, proposed }: { readonly live: string; readonly proposed: string }): React.JSX.Element {
  const { t } = useTranslation('editor');
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return undefined;
    const original = monaco.editor.createModel(live, 'yaml');
    const modified = monaco.editor.createModel(proposed, 'yaml');
    const editor = monaco.editor.createDiffEditor(place.current, {
      ...fontOptions(), automaticLayout: true, readOnly: true, originalEditable: false, minimap: { enabled: false }, scrollBeyondLastLine: false,
      renderOverviewRuler: false, hideUnchangedRegions: { enabled: true }, useInlineViewWhenSpaceIsLimited: true, renderSideBySideInlineBreakpoint: 760,
      fontLigatures: false, lineNumbersMinChars: 3, glyphMargin: false, stickyScroll: { enabled: false }, overviewRulerLanes: 0, hideCursorInOverviewRuler: true, renderLineHighlight: 'none', renderIndicators: true, renderMarginRevertIcon: false,
      originalAriaLabel: t('diffView.live'), modifiedAriaLabel: t('diffView.proposed'), scrollbar: { useShadows: false },
    });
    editor.setModel({ original, modified });
    // The names that the comparison was made with do not reach the two texts.
    editor.getOriginalEditor().updateOptions({ ariaLabel: t('diffView.live') });
    editor.getModifiedEditor().updateOptions({ ariaLabel: t('diffView.proposed') });
    return () => {
      editor.updateOptions({ automaticLayout: false });
      // A comparison that is under way still reads its texts, and parts of the editor start a moment after it was made.
      setTimeout(() => { editor.dispose(); original.dispose(); modified.dispose(); }, SETTLED_MS);
    };
  }, [live, proposed, t]);
  return <div ref={place} className={styles['editor']} data-testid="diff-editor" />;
}
