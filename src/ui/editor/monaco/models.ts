// One Monaco model for each file, kept in step with the files store in both directions.
import { type EditorFile, onFlush, setText, useFiles } from '../files.ts';
import { monaco } from './setup.ts';

/** Above this, language services are off and the text is handed over a little later. */
export const LARGE_BYTES = 1_000_000;
const LARGE_DELAY_MS = 250;
/** Monaco's own owner name for the marks of the API server. */
export const SERVER_MARKS = 'api-server';

interface Held {
  readonly model: monaco.editor.ITextModel;
  view: monaco.editor.ICodeEditorViewState | null;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** The text that store and model agree on. */
  text: string;
}

const held = new Map<string, Held>();

function languageOf(length: number): 'yaml' | 'plaintext' {
  return length > LARGE_BYTES ? 'plaintext' : 'yaml';
}

function handOver(id: string, entry: Held): void {
  clearTimeout(entry.timer);
  entry.timer = undefined;
  entry.text = entry.model.getValue();
  setText(id, entry.text);
}

function hold(file: EditorFile): Held {
  const uri = monaco.Uri.parse(`file:///${file.id}/${encodeURIComponent(file.name)}`);
  const model = monaco.editor.createModel(file.text, languageOf(file.text.length), uri);
  model.updateOptions({ tabSize: 2, insertSpaces: true, bracketColorizationOptions: { enabled: false, independentColorPoolPerBracketType: false } });
  const entry: Held = { model, view: null, timer: undefined, text: file.text };
  model.onDidChangeContent(() => {
    const length = model.getValueLength();
    const language = languageOf(length);
    if (model.getLanguageId() !== language) monaco.editor.setModelLanguage(model, language);
    if (length <= LARGE_BYTES) handOver(file.id, entry);
    else entry.timer ??= setTimeout(() => handOver(file.id, entry), LARGE_DELAY_MS);
  });
  held.set(file.id, entry);
  return entry;
}

onFlush(() => {
  for (const [id, entry] of held) if (entry.timer !== undefined) handOver(id, entry);
});

/** The model of a file, made on first use; a text that changed outside replaces the model's as one undoable edit. */
export function modelOf(file: EditorFile): Held {
  const entry = held.get(file.id) ?? hold(file);
  if (entry.timer === undefined && entry.text !== file.text) {
    entry.text = file.text;
    entry.model.pushEditOperations([], [{ range: entry.model.getFullModelRange(), text: file.text }], () => null);
  }
  return entry;
}

/** Lets go of the models of files that are closed. Their undo history goes with them; their text does not. */
export function releaseClosed(): void {
  const open = new Set(useFiles.getState().files.map((file) => file.id));
  for (const [id, entry] of held) {
    if (open.has(id)) continue;
    clearTimeout(entry.timer);
    entry.model.dispose();
    held.delete(id);
  }
}

