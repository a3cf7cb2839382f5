import { useTranslation } from 'react-i18next';
import { Button } from '../shared/Button.tsx';
import { Dialog } from '../shared/Dialog.tsx';
import { notify, reasonOf } from '../shared/notices.ts';
import type { ShellPort } from './contract.ts';

/** Asks before the cluster starts over. */
export function ResetDialog({ port, onClose }: { readonly port: ShellPort; readonly onClose: () => void }): React.JSX.Element {
  const { t } = useTranslation('shell');
  const reset = (): void => {
    onClose();
    port.reset().then(() => notify(t('reset.done')), (error: unknown) => notify(reasonOf(error), { kind: 'problem' }));
  };
  return (
    <Dialog open onClose={onClose} title={t('reset.title')} explain={t('reset.explain')} testId="reset-dialog"
      actions={<><Button onClick={onClose}>{t('cancel')}</Button><Button look="primary" data-testid="reset-confirm" onClick={reset}>{t('reset.confirm')}</Button></>} />
  );
}
