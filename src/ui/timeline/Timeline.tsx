import { useTranslation } from 'react-i18next';
import { useLayout } from '../shell/layout.ts';
import { Lanes } from './Lanes.tsx';
import styles from './Timeline.module.css';
import { Transport } from './Transport.tsx';
import { usePlaybackKeys } from './usePlaybackKeys.ts';

/** What happened and when: the transport, and a lane for each component. Folded, only the transport stays. */
export function Timeline(): React.JSX.Element {
  const { t } = useTranslation('timeline');
  const folded = useLayout((state) => state.timelineFolded);
  usePlaybackKeys();
  return (
    <div className={styles['timeline']}>
      <Transport />
      {!folded && <Lanes label={t('lanes')} nodesLabel={t('nodes')} />}
    </div>
  );
}
