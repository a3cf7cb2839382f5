import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './Button.tsx';
import { cx } from './classNames.ts';
import styles from './Dialog.module.css';

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly explain?: string;
  /** broad: two columns of a list; wide: as much as there is, for two texts side by side. */
  readonly size?: 'broad' | 'wide' | undefined;
  readonly testId?: string;
  /** Where the focus goes afterwards, when not back to where it came from. */
  readonly focusAfter?: () => HTMLElement | null;
  /** Buttons at the lower edge, the main one last. */
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

/** What the dialog is for, marked `data-dialog-start`, else the dialog itself: its first button would open a tooltip that takes the first Esc. */
function focusDialog(event: Event): void {
  event.preventDefault();
  if (event.target instanceof HTMLElement) (event.target.querySelector<HTMLElement>('[data-dialog-start]') ?? event.target).focus();
}

/** A dialog over the page. Focus stays inside and returns to where it came from; Esc closes. */
export function Dialog({ open, onClose, title, explain, size, testId, focusAfter, actions, children }: DialogProps): React.JSX.Element {
  const { t } = useTranslation('shell');
  const onCloseAutoFocus = (event: Event): void => {
    const next = focusAfter?.();
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <Radix.Root open={open} onOpenChange={(next) => { if (!next) onClose(); }}>
      <Radix.Portal>
        <Radix.Overlay className={styles['veil']} />
        <Radix.Content className={cx(styles['dialog'], size && styles[size])} data-testid={testId} onOpenAutoFocus={focusDialog} onCloseAutoFocus={onCloseAutoFocus}
          {...(explain === undefined ? { 'aria-describedby': undefined } : {})}>
          <div className={styles['head']}>
            <div className={styles['words']}>
              <Radix.Title className={styles['title']}>{title}</Radix.Title>
              {explain !== undefined && <Radix.Description className={styles['explain']}>{explain}</Radix.Description>}
            </div>
            <Radix.Close asChild><IconButton icon="close" label={t('close')} /></Radix.Close>
          </div>
          {children !== undefined && <div className={styles['body']}>{children}</div>}
          {actions !== undefined && <div className={styles['foot']}>{actions}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
