import { useTranslation } from 'react-i18next';
import { EmptyState } from '../shared/EmptyState.tsx';

/** The stage before anything was sent. */
export function StageEmpty(): React.JSX.Element {
  const { t } = useTranslation('shell');
  return <EmptyState title={t('empty.stageTitle')} text={t('empty.stageText')} />;
}
