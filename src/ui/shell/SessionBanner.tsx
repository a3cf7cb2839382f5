import { useTranslation } from 'react-i18next';
import { Button } from '../shared/Button.tsx';
import { Icon } from '../shared/Icon.tsx';
import { useLive } from '../shared/live.ts';
import { notify, reasonOf } from '../shared/notices.ts';
import type { ShellPort } from './contract.ts';
import styles from './SessionBanner.module.css';

/** Says that the control plane died, and brings the session back; absent while all is well. */
export function SessionBanner({ port }: { readonly port: ShellPort }): React.JSX.Element | null {
  const { t } = useTranslation('errors');
  const status = useLive(port.status);
  const restore = (): void => {
    port.restore().catch((error: unknown) => notify(reasonOf(error), { kind: 'problem' }));
  };
  switch (status.kind) {
    case 'starting': case 'running': return null;
    case 'restoring': return <output className={styles['banner']}>{t('sessionRestoring')}</output>;
    case 'failed': return (
      <div className={styles['banner']} role="alert" data-testid="session-failed">
        <Icon name="alert" />
        <p className={styles['text']}><strong>{t('sessionTitle')}</strong> {status.message === '' ? t('sessionEnded') : t('sessionText', { message: status.message })}</p>
        <Button look="outlined" data-testid="session-restore" onClick={restore}>{t('sessionRestore')}</Button>
      </div>
    );
  }
}
