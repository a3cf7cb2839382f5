import { diffLines } from 'diff';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import en from '../../i18n/en/inspector.ts';
import type { MutationStep, RequestExplanation, StageOutcome } from '../../sim/apiserver/messages.ts';
import { world } from '../../view/store.ts';
import { yamlText } from '../../view/yaml-text.ts';
import type { RequestStory } from '../../worker/protocol.ts';
import { Section } from './links.tsx';
import styles from './Inspector.module.css';

type StageCode = keyof typeof en.stageCode;
const isCode = (code: string): code is StageCode => code in en.stageCode;

/** One request through its stages: what each decided, and the object before and after where one changed it. */
export function StagesView({ explanation, story }: { readonly explanation: RequestExplanation; readonly story: RequestStory | undefined }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const { stages } = explanation;
  const steps = useSteps(story, stages);
  return (
    <Section title={t('stages')}>
      <ol className={styles['stageList']} data-testid="stages">
        {stages.map((stage, i) => <Stage key={i} stage={stage} before={objectBefore(stages, i, story)} steps={stage.steps ?? (stage.code === 'mutated' ? steps : NO_STEPS)} story={story} />)}
      </ol>
    </Section>
  );
}

const NO_STEPS: readonly MutationStep[] = [];

/** What each admission plugin made of the object: asked for once, because the request has to be received again for it. */
function useSteps(story: RequestStory | undefined, stages: readonly StageOutcome[]): readonly MutationStep[] {
  const messageId = stages.some(({ code }) => code === 'mutated') ? story?.messageId ?? 0 : 0;
  const [found, setFound] = useState<{ readonly messageId: number; readonly steps: readonly MutationStep[] }>();
  useEffect(() => {
    if (messageId === 0) return undefined;
    let current = true;
    world.query({ type: 'explain', messageId, detail: true }).then((answer) => {
      const steps = answer.explanations.flatMap((each) => (each.about === 'request' ? (each as RequestExplanation).stages : [])).find((stage) => stage.steps)?.steps;
      if (current) setFound({ messageId, steps: steps ?? NO_STEPS });
    }, () => undefined);
    return () => { current = false; };
  }, [messageId]);
  return found?.messageId === messageId ? found.steps : NO_STEPS;
}

/** What the stage was given: what the stage before it made, else what the client sent, or changed. */
function objectBefore(stages: readonly StageOutcome[], index: number, story: RequestStory | undefined): object | undefined {
  return stages.slice(0, index).findLast((each) => each.object)?.object ?? story?.sent ?? story?.before;
}

interface StageProps { readonly stage: StageOutcome; readonly before: object | undefined; readonly steps: readonly MutationStep[]; readonly story: RequestStory | undefined }

function Stage({ stage, before, steps, story }: StageProps): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const { t: ts } = useTranslation('stage');
  const { code, params } = stage;
  return (
    <li data-outcome={stage.outcome} data-stage={stage.stage}>
      <p><strong>{ts(`apiserver.stage.${stage.stage}`)}</strong> <span>{isCode(code) ? t(`stageCode.${code}`, params) : `${code} ${Object.values(params).join(' ')}`}</span></p>
      {params['groups'] !== undefined && params['groups'] !== '' && <p className={styles['quiet']}>{t('groups', { groups: params['groups'] })}</p>}
      {params['rule'] !== undefined && <pre className={styles['rule']} tabIndex={0} aria-label={t('rule')} data-testid="rbac-rule">{String(params['rule']).replaceAll('], ', ']\n')}</pre>}
      {steps.length > 0 && <Mutations before={before} steps={steps} />}
      {steps.length === 0 && stage.object && before && <Change title="" before={before} after={stage.object} />}
      {stage.stage === 'etcd' && story?.after && before && <Change title={t('stored')} before={before} after={story.after} />}
    </li>
  );
}

function Mutations({ before, steps }: { readonly before: object | undefined; readonly steps: readonly MutationStep[] }): React.JSX.Element {
  return (
    <div data-testid="mutations">
      {steps.map(({ plugin, object }, i) => {
        const given = steps[i - 1]?.object ?? before;
        return given && <Change key={plugin} title={plugin} before={given} after={object} />;
      })}
    </div>
  );
}

function Change({ title, before, after }: { readonly title: string; readonly before: object; readonly after: object }): React.JSX.Element | null {
  const { t } = useTranslation('inspector');
  const changed = diffLines(yamlText(before), yamlText(after)).filter((part) => part.added || part.removed);
  if (changed.length === 0) return null;
  const lines = t('changedLines', { count: changed.reduce((sum, part) => sum + part.count, 0) });
  return (
    <details>
      <summary>{title === '' ? lines : `${title}: ${lines}`}</summary>
      <pre className={styles['diff']} tabIndex={0} aria-label={t('change')}>{changed.map((part, i) => <span key={i} data-kind={part.added ? 'added' : 'removed'}>{part.value}</span>)}</pre>
    </details>
  );
}
