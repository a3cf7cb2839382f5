import { useTranslation } from 'react-i18next';
import { Button, IconButton } from './Button.tsx';
import { cx } from './classNames.ts';
import { dismissNotice, type Notice, useNotices } from './notices.ts';
import styles from './Notices.module.css';

function NoticeLine({ notice }: { readonly notice: Notice }): React.JSX.Element {
  const { t } = useTranslation('shell');
  const { action } = notice;
  return (
    <div className={cx(styles['notice'], notice.kind === 'problem' && styles['problem'])} data-testid="notice">
      <span className={styles['text']}>{notice.text}</span>
      {action !== undefined && (
        <Button small className={styles['action']} onClick={() => { dismissNotice(notice.id); action.run(); }}>{action.label}</Button>
      )}
      <IconButton small icon="close" className={styles['button']} label={t('dismiss')} onClick={() => dismissNotice(notice.id)} />
    </div>
  );
}

/** The live region; always in the page, so that screen readers hear what appears in it. */
export function Notices(): React.JSX.Element {
  const { t } = useTranslation('shell');
  const notices = useNotices((state) => state.notices);
  return (
    <output className={styles['region']} aria-live="polite" aria-label={t('notices')}>
      {notices.map((notice) => <NoticeLine key={notice.id} notice={notice} />)}
    </output>
  );
}
