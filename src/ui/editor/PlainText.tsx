import { useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnswers } from './answers.ts';
import { type EditorFile, setText } from './files.ts';
import type { TextRange } from './locateField.ts';
import { leavePlainView } from './plainView.ts';
import styles from './PlainText.module.css';

/** Offsets of a range in a text. */
function offsetsOf(text: string, range: TextRange): readonly [number, number] {
  let lineStart = 0;
  for (let line = 1; line < range.startLine; line++) lineStart = text.indexOf('\n', lineStart) + 1;
  const start = lineStart + range.startColumn - 1;
  return [start, start + (range.endColumn - range.startColumn)];
}

const INDENT = '  ';

/** The same text in a plain field: what the page shows before the full editor is there, or where it cannot be. */
export function PlainText({ file }: { readonly file: EditorFile }): React.JSX.Element {
  const { t } = useTranslation('editor');
  const area = useRef<HTMLTextAreaElement>(null);
  const reveal = useAnswers((state) => state.reveal);
  // A layout effect ends while the field is still in the page and may still have the focus.
  useLayoutEffect(() => {
    const field = area.current;
    return () => {
      if (field === null) return;
      leavePlainView({ fileId: file.id, start: field.selectionStart, end: field.selectionEnd, scrollTop: field.scrollTop, focused: document.activeElement === field });
    };
  }, [file.id]);
  useEffect(() => {
    const field = area.current;
    if (field === null || reveal?.fileId !== file.id) return;
    field.focus();
    field.setSelectionRange(...offsetsOf(field.value, reveal.range));
  }, [reveal, file.id]);
  const onKeyDown = (event: React.KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key !== 'Tab' || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.currentTarget.setRangeText(INDENT, event.currentTarget.selectionStart, event.currentTarget.selectionEnd, 'end');
    setText(file.id, event.currentTarget.value);
  };
  return (
    <textarea ref={area} className={styles['text']} aria-label={t('text', { name: file.name })} data-testid="plain-editor" data-panel-start value={file.text}
      spellCheck={false} autoCapitalize="off" autoComplete="off" autoCorrect="off" wrap="soft"
      onChange={(event) => setText(file.id, event.target.value)} onKeyDown={onKeyDown} />
  );
}
