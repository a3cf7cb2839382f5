import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLayout } from '../shell/layout.ts';
import { Lanes } from './Lanes.tsx';
import { MessageList } from './MessageList.tsx';
import styles from './Timeline.module.css';
import { Transport } from './Transport.tsx';
import { usePlaybackKeys } from './usePlaybackKeys.ts';

/** What happened and when: the transport, and a lane for each component. Folded, only the transport stays. */
export function Timeline(): React.JSX.Element {
  const { t } = useTranslation('timeline');
  const folded = useLayout((state) => state.timelineFolded);
  const [asList, setAsList] = useState(false);
  usePlaybackKeys();
  return (
    <div className={styles['timeline']}>
      <Transport asList={asList} onList={setAsList} />
      {!folded && (asList ? <MessageList /> : <Lanes label={t('lanes')} nodesLabel={t('nodes')} />)}
    </div>
  );
}
