// The files in the editor. Pure changes first, the store below; keeping them in the browser is persistence.ts.
import { create } from 'zustand';

export interface EditorFile {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

export interface FilesState {
  readonly files: readonly EditorFile[];
  readonly activeId: string | undefined;
}

/** A closed file and where it stood, enough to bring it back. */
export interface ClosedFile {
  readonly file: EditorFile;
  readonly index: number;
}

/** `web.yaml`, or `web-2.yaml` where that name is taken. */
export function freeName(files: readonly EditorFile[], wanted: string): string {
  const taken = new Set(files.map((file) => file.name));
  if (!taken.has(wanted)) return wanted;
  const dot = wanted.lastIndexOf('.');
  const [stem, end] = dot > 0 ? [wanted.slice(0, dot), wanted.slice(dot)] : [wanted, ''];
  for (let n = 2; ; n++) {
    const name = `${stem}-${n}${end}`;
    if (!taken.has(name)) return name;
  }
}

export function withText(state: FilesState, id: string, text: string): FilesState {
  if (state.files.find((file) => file.id === id)?.text === text) return state;
  return { ...state, files: state.files.map((file) => (file.id === id ? { ...file, text } : file)) };
}

export function withFile(state: FilesState, file: EditorFile, index = state.files.length): FilesState {
  const named = { ...file, name: freeName(state.files, file.name) };
  return { files: state.files.toSpliced(index, 0, named), activeId: file.id };
}

/** An empty name leaves the old one. */
export function withName(state: FilesState, id: string, name: string): FilesState {
  const wanted = name.trim();
  if (wanted === '') return state;
  const others = state.files.filter((file) => file.id !== id);
  return { ...state, files: state.files.map((file) => (file.id === id ? { ...file, name: freeName(others, wanted) } : file)) };
}

/** Without the file; its right neighbour, else its left one, becomes the active file if it was. */
export function withoutFile(state: FilesState, id: string): FilesState {
  const index = state.files.findIndex((file) => file.id === id);
  if (index === -1) return state;
  const files = state.files.toSpliced(index, 1);
  const activeId = state.activeId === id ? (files[index] ?? files[index - 1])?.id : state.activeId;
  return { files, activeId };
}

export const useFiles = create<FilesState>()(() => ({ files: [], activeId: undefined }));

/** Editors that hold text back for a moment (large files) hand it over when called. */
const handOvers = new Set<() => void>();

/** Registers a hand-over; the answer takes it away again. */
export function onFlush(handOver: () => void): () => void {
  handOvers.add(handOver);
  return () => handOvers.delete(handOver);
}

/** Makes the store hold exactly what is on screen. */
export function flushEdits(): void {
  for (const handOver of handOvers) handOver();
}

export function activeFile(state: FilesState): EditorFile | undefined {
  return state.files.find((file) => file.id === state.activeId);
}

export function setText(id: string, text: string): void {
  useFiles.setState((state) => withText(state, id, text));
}

export function activateFile(id: string): void {
  useFiles.setState({ activeId: id });
}

/** Activates the neighbour of the active file, around the end. */
export function activateNeighbour(step: 1 | -1): void {
  useFiles.setState((state) => {
    const index = state.files.findIndex((file) => file.id === state.activeId);
    const next = state.files.at((index + step) % state.files.length);
    return next === undefined ? state : { activeId: next.id };
  });
}

/** Adds a file, makes it the active one and answers its id. */
export function addFile(name: string, text: string): string {
  const id = crypto.randomUUID();
  useFiles.setState((state) => withFile(state, { id, name, text }));
  return id;
}

export function renameFile(id: string, name: string): void {
  useFiles.setState((state) => withName(state, id, name));
}

/** Closes a file; what is answered brings it back through `reopenFile`. */
export function closeFile(id: string): ClosedFile | undefined {
  flushEdits();
  const { files } = useFiles.getState();
  const index = files.findIndex((file) => file.id === id);
  const file = files[index];
  if (file === undefined) return undefined;
  useFiles.setState((state) => withoutFile(state, id));
  return { file, index };
}

export function reopenFile(closed: ClosedFile): void {
  useFiles.setState((state) => withFile(state, closed.file, closed.index));
}
