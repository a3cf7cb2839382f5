import { useTranslation } from 'react-i18next';
import { yamlText } from '../../view/yaml-text.ts';
import { CopyButton } from '../shared/CopyButton.tsx';
import { useAnswer } from './useAnswer.ts';
import styles from './Inspector.module.css';

/** The object as the API server would give it now. */
export function YamlTab({ objectKey }: { readonly objectKey: string }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const answer = useAnswer({ type: 'object', key: objectKey });
  if (!answer?.object) return <p className={styles['quiet']}>{answer ? t('gone') : t('loading')}</p>;
  const text = yamlText(answer.object);
  return (
    <div className={styles['yaml']}>
      <div className={styles['copy']}><CopyButton small text={text} /></div>
      <pre tabIndex={0} aria-label="YAML">{text}</pre>
    </div>
  );
}
