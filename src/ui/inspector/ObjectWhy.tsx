import { useTranslation } from 'react-i18next';
import { MessageView } from './MessageView.tsx';
import { useAnswer } from './useAnswer.ts';
import styles from './Inspector.module.css';

/** Why the object is as it is: the message that made its latest version, explained. */
export function ObjectWhy({ objectKey }: { readonly objectKey: string }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const history = useAnswer({ type: 'objectHistory', key: objectKey });
  const latest = history?.versions.findLast((version) => version.messageId > 0);
  if (!history) return <p className={styles['quiet']}>{t('loading')}</p>;
  return latest ? <MessageView id={latest.messageId} /> : <p className={styles['quiet']}>{t('noReason')}</p>;
}
