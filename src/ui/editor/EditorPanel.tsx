import { type ComponentType, lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Language } from '../../i18n/index.ts';
import { whenIdle, whenWorldIsUp } from '../when.ts';
import { Button } from '../shared/Button.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { usePreferences } from '../shared/preferences.ts';
import { listShortcuts } from '../shared/shortcuts.ts';
import { ActionBar } from './ActionBar.tsx';
import { applyFile } from './answers.ts';
import { AnswerStrip } from './AnswerStrip.tsx';
import styles from './EditorPanel.module.css';
import { activateNeighbour, activeFile, addFile, type EditorFile, useFiles } from './files.ts';
import { FileTabs } from './FileTabs.tsx';
import type { MonacoText } from './monaco/MonacoText.tsx';
import { PlainText } from './PlainText.tsx';

const DiffDialog = lazy(async () => ({ default: (await import('./DiffDialog.tsx')).DiffDialog }));
const SampleGallery = lazy(async () => ({ default: (await import('./SampleGallery.tsx')).SampleGallery }));

/** Above this the full editor gives up its language services. */
const LARGE_BYTES = 1_000_000;

listShortcuts([
  { group: 'editor', keys: ['Mod+Enter'], text: 'apply' },
  { group: 'editor', keys: ['Mod+Shift+Enter'], text: 'dryRun' },
  { group: 'editor', keys: ['Alt+Enter'], text: 'diff' },
  { group: 'editor', keys: ['Alt+PageDown'], text: 'nextFile' },
  { group: 'editor', keys: ['Alt+PageUp'], text: 'previousFile' },
  { group: 'editor', keys: ['Ctrl+Space'], text: 'suggest' },
  { group: 'editor', keys: ['F8'], text: 'nextProblem' },
  { group: 'editor', keys: ['Ctrl+M'], text: 'tabMovesFocus' },
]);

type Full = ComponentType<React.ComponentProps<typeof MonacoText>>;
type Loading = { readonly kind: 'loading' | 'failed' } | { readonly kind: 'ready'; readonly Full: Full };

/** Monaco reads the texts of its own menus once, before it starts; it speaks English by itself. */
async function loadMenus(language: Language): Promise<void> {
  if (language === 'zh-CN') await import('monaco-editor/nls/lang/zh-cn.js');
}

/** Loads the full editor once the page has drawn its first view, and never in the middle of a composed character. */
function useFullEditor(): readonly [Loading, () => void] {
  const [loading, setLoading] = useState<Loading>({ kind: 'loading' });
  const load = useCallback(() => {
    setLoading({ kind: 'loading' });
    loadMenus(usePreferences.getState().language).then(() => import('./monaco/MonacoText.tsx')).then(
      (module) => whenNotComposing(() => setLoading({ kind: 'ready', Full: module.MonacoText })),
      () => setLoading({ kind: 'failed' }),
    );
  }, []);
  useEffect(() => whenWorldIsUp(() => whenIdle(load)), [load]);
  return [loading, load];
}

let composing = false;
globalThis.addEventListener?.('compositionstart', () => { composing = true; });
globalThis.addEventListener?.('compositionend', () => { composing = false; });

function whenNotComposing(run: () => void): void {
  if (composing) globalThis.addEventListener('compositionend', () => setTimeout(run), { once: true });
  else run();
}

function useEditorKeys(onDiff: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const mod = event.ctrlKey || event.metaKey;
      if (event.key === 'Enter' && mod) void applyFile(event.shiftKey);
      else if (event.key === 'Enter' && event.altKey) onDiff();
      else if (event.key === 'PageDown' && event.altKey) activateNeighbour(1);
      else if (event.key === 'PageUp' && event.altKey) activateNeighbour(-1);
      else return;
      event.preventDefault();
    };
    globalThis.addEventListener('keydown', onKeyDown);
    return () => globalThis.removeEventListener('keydown', onKeyDown);
  }, [onDiff]);
}

function Text({ file }: { readonly file: EditorFile }): React.JSX.Element {
  const { t } = useTranslation('editor');
  const [loading, retry] = useFullEditor();
  return (
    <>
      {file.text.length > LARGE_BYTES && <output className={styles['note']} data-testid="large-file">{t('large')}</output>}
      {loading.kind === 'failed' && <div className={styles['note']}>{t('loadFailed')}<Button small look="outlined" onClick={retry}>{t('retryLoad')}</Button></div>}
      <div className={styles['text']}>
        {loading.kind === 'ready' ? <loading.Full file={file} /> : <PlainText key={file.id} file={file} />}
      </div>
    </>
  );
}

/** Files, their text, what the API server answers, and the buttons that send them. */
export function EditorPanel(): React.JSX.Element {
  const { t } = useTranslation('editor');
  const file = useFiles(activeFile);
  const [dialog, setDialog] = useState<'samples' | 'diff'>();
  const openSamples = useCallback(() => setDialog('samples'), []);
  const openDiff = useCallback(() => setDialog('diff'), []);
  useEditorKeys(openDiff);
  return (
    <div className={styles['panel']}>
      <FileTabs onSamples={openSamples} />
      {file === undefined ? (
        <EmptyState text={t('noFile')} action={<><Button look="outlined" onClick={() => addFile('untitled.yaml', '')}>{t('newFile')}</Button> <Button look="outlined" onClick={openSamples}>{t('samples')}</Button></>} />
      ) : <Text file={file} />}
      <AnswerStrip />
      <ActionBar onDiff={openDiff} />
      <Suspense fallback={null}>
        {dialog === 'samples' && <SampleGallery onClose={() => setDialog(undefined)} />}
        {dialog === 'diff' && file !== undefined && <DiffDialog name={file.name} onClose={() => setDialog(undefined)} />}
      </Suspense>
    </div>
  );
}
