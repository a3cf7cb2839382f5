import { diffLines } from 'diff';
import { useTranslation } from 'react-i18next';
import { stringify } from 'yaml';
import en from '../../i18n/en/inspector.ts';
import type { RequestExplanation, StageOutcome } from '../../sim/apiserver/messages.ts';
import { Section } from './links.tsx';
import styles from './Inspector.module.css';

type StageCode = keyof typeof en.stageCode;
const isCode = (code: string): code is StageCode => code in en.stageCode;

/** One request through its stages: what each decided, and the object before and after where one changed it. */
export function StagesView({ explanation }: { readonly explanation: RequestExplanation }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const { t: ts } = useTranslation('stage');
  return (
    <Section title={t('stages')}>
      <ol className={styles['stageList']} data-testid="stages">
        {explanation.stages.map((stage, i) => {
          const previous = explanation.stages.slice(0, i).findLast((each: StageOutcome) => each.object)?.object;
          return (
            <li key={i} data-outcome={stage.outcome}>
              <p><strong>{ts(`apiserver.stage.${stage.stage}`)}</strong> <span>{isCode(stage.code) ? t(`stageCode.${stage.code}`, stage.params) : `${stage.code} ${Object.values(stage.params).join(' ')}`}</span></p>
              {stage.object && previous && <Change before={previous} after={stage.object} />}
            </li>
          );
        })}
      </ol>
    </Section>
  );
}

function Change({ before, after }: { readonly before: object; readonly after: object }): React.JSX.Element | null {
  const { t } = useTranslation('inspector');
  const changed = diffLines(stringify(before), stringify(after)).filter((part) => part.added || part.removed);
  if (changed.length === 0) return null;
  return (
    <details>
      <summary>{t('changedLines', { count: changed.reduce((sum, part) => sum + part.count, 0) })}</summary>
      <pre className={styles['diff']} tabIndex={0} aria-label={t('change')}>{changed.map((part, i) => <span key={i} data-kind={part.added ? 'added' : 'removed'}>{part.value}</span>)}</pre>
    </details>
  );
}
