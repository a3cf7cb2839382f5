import { useReactFlow } from '@xyflow/react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../shared/Icon.tsx';
import styles from './Stage.module.css';

/** Nearer, farther, and everything in view. */
export function StageControls({ fit }: { readonly fit: () => void }): React.JSX.Element {
  const { t } = useTranslation('stage');
  const { zoomIn, zoomOut } = useReactFlow();
  return (
    <div className={styles['controls']} role="group" aria-label={t('controls.label')}>
      <button type="button" title={t('controls.in')} aria-label={t('controls.in')} onClick={() => void zoomIn({ duration: 200 })} data-testid="zoom-in"><Icon name="add" /></button>
      <button type="button" title={t('controls.out')} aria-label={t('controls.out')} onClick={() => void zoomOut({ duration: 200 })}><Icon name="minus" /></button>
      <button type="button" title={t('controls.fit')} aria-label={t('controls.fit')} onClick={fit} data-testid="zoom-fit"><Icon name="fit" /></button>
    </div>
  );
}
