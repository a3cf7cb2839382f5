import './samples/texts.ts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../shared/Button.tsx';
import { Dialog } from '../shared/Dialog.tsx';
import { usePreferences } from '../shared/preferences.ts';
import { addFile } from './files.ts';
import styles from './SampleGallery.module.css';
import { SAMPLES } from './samples/index.ts';
import { sampleText } from './samples/sample.ts';

/** Manifests that each show one thing: what to watch beside the text itself. */
export function SampleGallery({ onClose }: { readonly onClose: () => void }): React.JSX.Element {
  const { t } = useTranslation(['editor', 'samples']);
  const language = usePreferences((state) => state.language);
  const [chosenId, setChosenId] = useState(SAMPLES[0]?.id);
  const chosen = SAMPLES.find((sample) => sample.id === chosenId);
  const openChosen = (): void => {
    if (chosen !== undefined) addFile(chosen.fileName, sampleText(chosen, language));
    onClose();
  };
  return (
    <Dialog size="wide" open onClose={onClose} title={t('editor:sampleView.title')} explain={t('editor:sampleView.explain')} testId="sample-gallery"
      actions={<Button look="primary" data-testid="sample-open" onClick={openChosen}>{t('editor:sampleView.open')}</Button>}>
      <div className={styles['gallery']}>
        <ul className={styles['list']}>
          {SAMPLES.map((sample) => (
            <li key={sample.id}>
              <button type="button" className={styles['item']} aria-current={sample.id === chosenId || undefined} data-testid={`sample-${sample.id}`}
                onClick={() => setChosenId(sample.id)} onDoubleClick={openChosen}>
                {t(`samples:${sample.id}.title`)}
              </button>
            </li>
          ))}
        </ul>
        {chosen !== undefined && (
          <div className={styles['shown']}>
            <p className={styles['watch']}>{t(`samples:${chosen.id}.watch`)}</p>
            <textarea className={styles['text']} aria-label={chosen.fileName} readOnly wrap="off" spellCheck={false} value={sampleText(chosen, language)} />
          </div>
        )}
      </div>
    </Dialog>
  );
}
