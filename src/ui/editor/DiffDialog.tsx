import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../shared/Button.tsx';
import { Dialog } from '../shared/Dialog.tsx';
import { reasonOf } from '../shared/notices.ts';
import { applyFile, diffFile } from './answers.ts';
import type { DiffAnswer } from './contract.ts';
import styles from './DiffDialog.module.css';

const DiffText = lazy(async () => ({ default: (await import('./monaco/DiffText.tsx')).DiffText }));

type Shown = { readonly diff: DiffAnswer } | { readonly failure: string } | undefined;

/** All documents as one text, so that one look shows what would change. */
function together(diff: DiffAnswer, side: 'live' | 'proposed'): string {
  return diff.documents.map((document) => `# ${document.object}\n${document[side]}`).join('---\n');
}

/** Only two texts that differ need the room to stand side by side. */
function differs(shown: Shown): boolean {
  return shown !== undefined && 'diff' in shown && shown.diff.answer.problems.length === 0 && shown.diff.documents.some((document) => document.live !== document.proposed);
}

function DiffBody({ shown }: { readonly shown: Shown }): React.JSX.Element {
  const { t } = useTranslation('editor');
  if (shown === undefined) return <p className={styles['note']}>{t('diffView.loading')}</p>;
  if ('failure' in shown) return <p className={styles['problem']} role="alert">{t('problem.failed', { reason: shown.failure })}</p>;
  const { answer } = shown.diff;
  if (answer.problems.length > 0) {
    return <ul className={styles['problem']} role="alert">{answer.problems.map((problem, index) => <li key={index}>{`${problem.object} ${problem.field} ${problem.message}`.trim()}</li>)}</ul>;
  }
  if (!differs(shown)) return <p className={styles['note']}>{t('diffView.same')}</p>;
  return (
    <div className={styles['diff']}>
      <div className={styles['sides']} aria-hidden="true"><span>{t('diffView.live')}</span><span>{t('diffView.proposed')}</span></div>
      <div className={styles['text']}><Suspense fallback={null}><DiffText live={together(shown.diff, 'live')} proposed={together(shown.diff, 'proposed')} /></Suspense></div>
    </div>
  );
}

function useDiff(): Shown {
  const [shown, setShown] = useState<Shown>();
  useEffect(() => {
    let current = true;
    const show = (next: Shown): void => { if (current) setShown(next); };
    diffFile().then((answer) => show(answer && { diff: answer.diff }), (error: unknown) => show({ failure: reasonOf(error) }));
    return () => { current = false; };
  }, []);
  return shown;
}

/** What applying the active file would change in the cluster. Mounted when it is opened. */
export function DiffDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }): React.JSX.Element {
  const { t } = useTranslation('editor');
  const shown = useDiff();
  const apply = (): void => { onClose(); void applyFile(false); };
  return (
    <Dialog size={differs(shown) ? 'wide' : undefined} open onClose={onClose} title={t('diffView.title', { name })} explain={differs(shown) ? t('diffView.explain') : undefined} testId="diff-dialog"
      actions={differs(shown) ? <Button look="primary" data-testid="diff-apply" onClick={apply}>{t('diffView.applyNow')}</Button> : undefined}>
      <DiffBody shown={shown} />
    </Dialog>
  );
}
