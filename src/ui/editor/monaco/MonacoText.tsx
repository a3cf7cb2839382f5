import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../../shared/preferences.ts';
import { applyFile, type LocatedProblem, useAnswers } from '../answers.ts';
import { type EditorFile, flushEdits, useFiles } from '../files.ts';
import { type PlainView, takePlainView } from '../plainView.ts';
import { LARGE_BYTES, modelOf, releaseClosed, SERVER_MARKS } from './models.ts';
import { monaco } from './setup.ts';
import { fontOptions } from './theme.ts';
import styles from './MonacoText.module.css';

type CodeEditor = monaco.editor.IStandaloneCodeEditor;

const OPTIONS: monaco.editor.IStandaloneEditorConstructionOptions = {
  automaticLayout: true,
  minimap: { enabled: false },
  scrollBeyondLastLine: false,
  lineNumbersMinChars: 3,
  lineDecorationsWidth: 14,
  glyphMargin: false,
  folding: true,
  padding: { top: 8, bottom: 8 },
  renderLineHighlight: 'line',
  renderLineHighlightOnlyWhenFocus: true,
  overviewRulerLanes: 0,
  overviewRulerBorder: false,
  hideCursorInOverviewRuler: true,
  scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, useShadows: false },
  guides: { indentation: true },
  bracketPairColorization: { enabled: false },
  stickyScroll: { enabled: false },
  matchBrackets: 'near',
  occurrencesHighlight: 'off',
  selectionHighlight: false,
  unicodeHighlight: { ambiguousCharacters: false, nonBasicASCII: false },
  wordBasedSuggestions: 'off',
  acceptSuggestionOnEnter: 'smart',
  quickSuggestions: { other: true, comments: false, strings: true },
  suggest: { showWords: false, preview: false, showStatusBar: false, showIcons: false },
  fixedOverflowWidgets: true,
  smoothScrolling: false,
  cursorBlinking: 'solid',
  fontLigatures: false,
  // The browser's own menu cuts, copies and pastes in the visitor's language.
  contextmenu: false,
  renderFinalNewline: 'on',
  largeFileOptimizations: true,
  // A real text area, which every key handler of the page recognises as a place where one types.
  editContext: false,
  wordWrap: 'on',
  wrappingIndent: 'indent',
  tabSize: 2,
  autoIndent: 'full',
};

function takeOver(editor: CodeEditor, model: monaco.editor.ITextModel, view: PlainView): void {
  editor.setSelection(monaco.Range.fromPositions(model.getPositionAt(view.start), model.getPositionAt(view.end)));
  editor.setScrollTop(view.scrollTop);
  if (view.focused) editor.focus();
}

function markerOf({ problem, range }: LocatedProblem): monaco.editor.IMarkerData[] {
  if (range === undefined) return [];
  return [{
    severity: monaco.MarkerSeverity.Error, source: 'API server', message: problem.field === '' ? problem.message : `${problem.field}: ${problem.message}`,
    startLineNumber: range.startLine, startColumn: range.startColumn, endLineNumber: range.endLine, endColumn: range.endColumn,
  }];
}

/** Shows the file's model and remembers where one was in it. */
function useModel(editor: CodeEditor | undefined, file: EditorFile): void {
  useEffect(() => {
    if (editor === undefined) return undefined;
    const held = modelOf(file);
    if (editor.getModel() !== held.model) {
      editor.setModel(held.model);
      if (held.view !== null) editor.restoreViewState(held.view);
      const plainView = takePlainView(file.id);
      if (plainView !== undefined) takeOver(editor, held.model, plainView);
    }
    return () => { held.view = editor.saveViewState(); };
  }, [editor, file]);
  useEffect(() => useFiles.subscribe(releaseClosed), []);
}

/** What the API server said of a line no longer holds once the line was edited; marks further down move with their lines. */
function afterEdit(marks: readonly monaco.editor.IMarker[], { range, text }: monaco.editor.IModelContentChange): monaco.editor.IMarker[] {
  const moved = text.split('\n').length - 1 - (range.endLineNumber - range.startLineNumber);
  return marks.filter((mark) => mark.endLineNumber < range.startLineNumber || mark.startLineNumber > range.endLineNumber)
    .map((mark) => (mark.startLineNumber > range.endLineNumber ? { ...mark, startLineNumber: mark.startLineNumber + moved, endLineNumber: mark.endLineNumber + moved } : mark));
}

/** Marks what the API server refused, and goes where a problem points. */
function useAnswerMarks(editor: CodeEditor | undefined, file: EditorFile): void {
  const answer = useAnswers((state) => state.answer);
  const reveal = useAnswers((state) => state.reveal);
  useEffect(() => {
    const model = editor?.getModel();
    if (!model) return;
    const problems = answer?.fileId === file.id ? answer.problems : [];
    monaco.editor.setModelMarkers(model, SERVER_MARKS, problems.flatMap(markerOf));
  }, [editor, answer, file.id]);
  useEffect(() => {
    const model = editor?.getModel();
    const listening = model?.onDidChangeContent(({ changes }) => {
      const marks = monaco.editor.getModelMarkers({ owner: SERVER_MARKS, resource: model.uri });
      if (marks.length > 0) monaco.editor.setModelMarkers(model, SERVER_MARKS, changes.reduce(afterEdit, marks));
    });
    return () => listening?.dispose();
  }, [editor, file.id]);
  useEffect(() => {
    if (editor === undefined || reveal?.fileId !== file.id) return;
    const { startLine, startColumn, endLine, endColumn } = reveal.range;
    const range = new monaco.Range(startLine, startColumn, endLine, endColumn);
    editor.setSelection(range);
    editor.revealRangeInCenterIfOutsideViewport(range);
    editor.focus();
  }, [editor, reveal, file.id]);
}

/** The full editor. It begins where the visitor was in the plain text. */
export function MonacoText({ file }: { readonly file: EditorFile }): React.JSX.Element {
  const { t } = useTranslation('editor');
  const place = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<CodeEditor>();
  const presenter = usePreferences((state) => state.presenter);
  useEffect(() => {
    if (place.current === null) return undefined;
    const made = monaco.editor.create(place.current, { ...OPTIONS, ...fontOptions(), model: null });
    made.addAction({ id: 'apply', label: 'Apply', keybindings: [monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter], run: () => { void applyFile(false); } });
    made.addAction({ id: 'dry-run', label: 'Dry run', keybindings: [monaco.KeyMod.CtrlCmd | monaco.KeyMod.Shift | monaco.KeyCode.Enter], run: () => { void applyFile(true); } });
    setEditor(made);
    return () => { flushEdits(); made.dispose(); };
  }, []);
  const large = file.text.length > LARGE_BYTES;
  useEffect(() => editor?.updateOptions({ ...fontOptions(), ariaLabel: t('text', { name: file.name }), wordWrap: large ? 'off' : 'on' }), [editor, presenter, file.name, large, t]);
  useModel(editor, file);
  useAnswerMarks(editor, file);
  return <div ref={place} className={styles['editor']} data-testid="monaco-editor" />;
}
