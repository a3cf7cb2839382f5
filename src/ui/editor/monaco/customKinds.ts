// Which custom kinds the editor knows: those that the cluster serves, and those that the open file itself defines.
import { usePorts } from '../../ports.ts';
import { customKinds, definitionTexts, distinctKinds, isEstablished, readDefinitions } from '../customKinds.ts';
import { activeFile, useFiles } from '../files.ts';
import type { EditorKind } from '../schema.ts';

/** While somebody types a definition its kinds are not made anew at every letter. */
const TYPING_MS = 400;

/** Definitions in a file's text; those that were read last while a word is unfinished. */
class FileKinds {
  private texts = '';
  private fileId: string | undefined;
  kinds: readonly EditorKind[] = [];

  read(): void {
    const file = activeFile(useFiles.getState());
    const texts = definitionTexts(file?.text ?? '');
    const joined = texts.join('\n---\n');
    if (this.fileId === file?.id && joined === this.texts) return;
    const definitions = readDefinitions(texts) ?? (this.fileId === file?.id ? undefined : []);
    [this.texts, this.fileId] = [joined, file?.id];
    if (definitions) this.kinds = definitions.flatMap(customKinds);
  }
}

/** Calls with the custom kinds now and whenever they change: a file's own definition goes before the cluster's. */
export function followCustomKinds(onChange: (kinds: readonly EditorKind[]) => void): void {
  const inFile = new FileKinds();
  let known = '';
  const look = (): void => {
    inFile.read();
    const inCluster = (usePorts.getState().editor?.definitions.get() ?? []).filter(isEstablished).flatMap(customKinds);
    const kinds = distinctKinds([...inFile.kinds, ...inCluster]);
    const next = JSON.stringify(kinds);
    if (next === known) return;
    known = next;
    onChange(kinds);
  };
  let typing: ReturnType<typeof setTimeout> | undefined;
  useFiles.subscribe((state, before) => {
    clearTimeout(typing);
    typing = setTimeout(look, state.activeId === before.activeId ? TYPING_MS : 0);
  });
  let unfollow: (() => void) | undefined;
  const followCluster = (): void => {
    unfollow?.();
    unfollow = usePorts.getState().editor?.definitions.subscribe(look);
    look();
  };
  usePorts.subscribe((state, before) => { if (state.editor !== before.editor) followCluster(); });
  known = '[]';
  followCluster();
}
