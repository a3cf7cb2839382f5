// A panel that fails says so in its own place; everything else goes on.
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';
import { reasonOf } from './notices.ts';
import styles from './PanelBoundary.module.css';

interface BoundaryProps {
  /** The panel's name as the visitor reads it. */
  readonly name: string;
  readonly children: ReactNode;
}
interface BoundaryState {
  readonly error?: unknown;
  readonly where?: string;
}

export class PanelBoundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = {};

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { error: error ?? new Error('unknown') };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error(`${this.props.name}:`, error, info.componentStack);
    this.setState({ where: info.componentStack ?? '' });
  }

  override render(): ReactNode {
    const { error, where = '' } = this.state;
    if (error === undefined) return this.props.children;
    return <BrokenPanel name={this.props.name} error={error} where={where} onRetry={() => this.setState({ error: undefined, where: '' })} />;
  }
}

interface BrokenPanelProps {
  readonly name: string;
  readonly error: unknown;
  readonly where: string;
  readonly onRetry: () => void;
}

function BrokenPanel({ name, error, where, onRetry }: BrokenPanelProps): React.JSX.Element {
  const { t } = useTranslation('errors');
  const details = `${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${where}`;
  return (
    <div className={styles['broken']} role="alert" data-testid="broken-panel">
      <h2 className={styles['title']}><Icon name="alert" />{t('panelTitle', { panel: name })}</h2>
      <p className={styles['what']}>{t('panelWhat', { message: reasonOf(error) })}</p>
      <p className={styles['do']}>{t('panelDo')}</p>
      <div className={styles['actions']}>
        <Button look="outlined" onClick={onRetry}>{t('retry')}</Button>
        <Button onClick={() => void navigator.clipboard?.writeText(details)}>{t('copyDetails')}</Button>
      </div>
    </div>
  );
}
