import { useTranslation } from 'react-i18next';
import { TEMPLATES, configurationAt } from '../../view/scheduling/configuration.ts';
import { useWorld } from '../../view/store.ts';
import type { FoundAttempt, WhatIfEdits } from '../../worker/protocol.ts';
import { Button } from '../shared/Button.tsx';
import { edit } from './edits.ts';
import styles from './Scheduling.module.css';

export const TEMPLATE_NAMES = ['default', 'packing', 'twoProfiles'] as const;

/** Buttons that begin a configuration from one of the templates. */
export function Templates({ testId, onChoose }: { readonly testId: string; readonly onChoose: (yaml: string) => void }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  return (
    <>
      <span>{t('configuration.templates')}</span>
      {TEMPLATE_NAMES.map((name) => <Button key={name} small look="outlined" data-testid={`${testId}-${name}`} onClick={() => onChoose(TEMPLATES[name])}>{t(`configuration.template.${name}`)}</Button>)}
    </>
  );
}

/** The scheduler's whole configuration as it was at that attempt, to be edited for this decision alone. */
export function ConfigurationEdit({ found, edits }: { readonly found: FoundAttempt; readonly edits: WhatIfEdits }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const original = useWorld((state) => configurationAt(state.model.inputs, found.atUs));
  const change = (yaml: string): void => edit({ configuration: yaml === original ? undefined : yaml });
  return (
    <details className={styles['edit']} open={edits.configuration !== undefined || undefined}>
      <summary data-testid="what-if-configuration">{t('whatIf.configuration')}{edits.configuration !== undefined && <small>{t('whatIf.edited')}</small>}</summary>
      <div className={styles['templates']}><Templates testId="what-if-template" onChoose={change} /></div>
      <textarea className={styles['yaml']} spellCheck={false} aria-label={t('configuration.title')} data-testid="what-if-configuration-text" value={edits.configuration ?? original} onChange={(event) => change(event.target.value)} />
    </details>
  );
}
