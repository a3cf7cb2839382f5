import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../shared/CopyButton.tsx';
import { Dialog } from '../shared/Dialog.tsx';
import { reasonOf } from '../shared/notices.ts';
import type { ShellPort } from './contract.ts';
import styles from './ShareDialog.module.css';

/** Several chat and mail programs cut addresses beyond this. */
const LONG_ADDRESS = 8_000;

type Link = { readonly address: string } | { readonly problem: string } | undefined;

/** Asks for the link when it appears, so that it is of the moment the visitor sees. */
function LinkLine({ port }: { readonly port: ShellPort }): React.JSX.Element {
  const { t } = useTranslation('shell');
  const [link, setLink] = useState<Link>();
  useEffect(() => {
    let current = true;
    port.share().then((address) => { if (current) setLink({ address }); }, (error: unknown) => { if (current) setLink({ problem: reasonOf(error) }); });
    return () => { current = false; };
  }, [port]);
  if (link === undefined) return <p className={styles['note']}>{t('share.preparing')}</p>;
  if ('problem' in link) return <p className={styles['problem']} role="alert">{t('share.failed', { reason: link.problem })}</p>;
  return (
    <>
      <div className={styles['line']}>
        <input className={styles['address']} aria-label={t('share.address')} data-testid="share-address" readOnly value={link.address} onFocus={(event) => event.target.select()} />
        <CopyButton text={link.address} />
      </div>
      {link.address.length > LONG_ADDRESS && <p className={styles['note']}>{t('share.tooLong', { count: link.address.length })}</p>}
    </>
  );
}

/** A link to this session at this moment. */
export function ShareDialog({ port, onClose }: { readonly port: ShellPort; readonly onClose: () => void }): React.JSX.Element {
  const { t } = useTranslation('shell');
  return <Dialog open onClose={onClose} title={t('share.title')} explain={t('share.explain')} testId="share-dialog"><LinkLine port={port} /></Dialog>;
}
