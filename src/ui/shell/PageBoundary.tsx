// The last resort: even where the frame of the page fails, the visitor reads what happened and gets back.
import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../shared/Button.tsx';
import { reasonOf } from '../shared/notices.ts';
import { TooltipProvider } from '../shared/Tooltip.tsx';
import styles from './PageBoundary.module.css';

interface BoundaryState { readonly error?: unknown }

export class PageBoundary extends Component<{ readonly children: ReactNode }, BoundaryState> {
  override state: BoundaryState = {};

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { error: error ?? new Error('unknown') };
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <BrokenPage error={this.state.error} />;
  }
}

function BrokenPage({ error }: { readonly error: unknown }): React.JSX.Element {
  const { t } = useTranslation('errors');
  return (
    <TooltipProvider>
      <main className={styles['page']} role="alert">
        <h1 className={styles['title']}>{t('pageTitle')}</h1>
        <p>{t('panelWhat', { message: reasonOf(error) })}</p>
        <p>{t('pageDo')}</p>
        <Button look="primary" onClick={() => globalThis.location.reload()}>{t('reload')}</Button>
      </main>
    </TooltipProvider>
  );
}
