import { useTranslation } from 'react-i18next';
import { usePorts } from '../ports.ts';
import { Button } from '../shared/Button.tsx';
import { KeyHint } from '../shared/KeyHint.tsx';
import { usePreferences } from '../shared/preferences.ts';
import { applyFile, useAnswers } from './answers.ts';
import styles from './ActionBar.module.css';

/** Apply, dry run, diff. */
export function ActionBar({ onDiff }: { readonly onDiff: () => void }): React.JSX.Element {
  const { t } = useTranslation('editor');
  const connected = usePorts((ports) => ports.editor !== undefined);
  const pending = useAnswers((state) => state.pending);
  const presenter = usePreferences((state) => state.presenter);
  const hint = (words: string): string => (connected ? words : t('notConnected'));
  return (
    <div className={styles['bar']}>
      <Button look="primary" data-testid="apply" unavailable={!connected} hint={hint(t('applyTitle'))} onClick={() => void applyFile(false)}>
        {t('apply')}{!presenter && <span className={styles['keys']}><KeyHint bare keys="Mod+Enter" /></span>}
      </Button>
      {!presenter && (
        <>
          <Button data-testid="dry-run" unavailable={!connected} hint={hint(t('dryRunTitle'))} onClick={() => void applyFile(true)}>{t('dryRun')}</Button>
          <Button data-testid="diff" unavailable={!connected} hint={hint(t('diffTitle'))} onClick={onDiff}>{t('diff')}</Button>
        </>
      )}
      <output className={styles['status']}>{pending !== undefined && t('working')}</output>
    </div>
  );
}
