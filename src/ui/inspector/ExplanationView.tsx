import { useTranslation } from 'react-i18next';
import en from '../../i18n/en/inspector.ts';
import type { Explanation } from '../../sim/kernel/actor.ts';
import type { PlanExplanation } from '../../sim/controllers/controller.ts';
import type { RequestExplanation } from '../../sim/apiserver/messages.ts';
import type { PodActionsExplanation } from '../../sim/node/kubelet/pod-actions.ts';
import type { AttemptExplanation } from '../../sim/scheduler/actor.ts';
import type { RequestStory } from '../../worker/protocol.ts';
import { AttemptView } from './AttemptView.tsx';
import { Section } from './links.tsx';
import { StagesView } from './StagesView.tsx';
import styles from './Inspector.module.css';

/** The reason that the deciding code gave, in words. */
export function ExplanationView({ explanation, story }: { readonly explanation: Explanation; readonly story: RequestStory | undefined }): React.JSX.Element | null {
  switch (explanation.about) {
    case 'request': return <StagesView explanation={explanation as RequestExplanation} story={story} />;
    case 'plan': return <Plan explanation={explanation as PlanExplanation} />;
    case 'attempt': return <AttemptView explanation={explanation as AttemptExplanation} />;
    case 'podActions': return <PodActions explanation={explanation as PodActionsExplanation} />;
    default: return null;
  }
}

type ActionCode = keyof typeof en.action;
const isAction = (code: string): code is ActionCode => code in en.action;

function useActionText(): (code: string, params: Readonly<Record<string, string | number>>) => string {
  const { t } = useTranslation('inspector');
  return (code, params) => {
    const text = isAction(code) ? t(`action.${code}`, params) : code;
    const rest = isAction(code) ? '' : Object.entries(params).map(([name, value]) => `${name}=${value}`).join(' ');
    return rest ? `${text} ${rest}` : text;
  };
}

function Plan({ explanation }: { readonly explanation: PlanExplanation }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const actionText = useActionText();
  const names = [...new Set([...Object.keys(explanation.observed), ...Object.keys(explanation.desired)])];
  return (
    <Section title={t('plan', { controller: explanation.controller, key: explanation.key })}>
      <table className={styles['table']}>
        <thead><tr><th>{t('measure')}</th><th>{t('observed')}</th><th>{t('desired')}</th></tr></thead>
        <tbody>{names.map((name) => <tr key={name} data-differs={differs(explanation, name) || undefined}><th scope="row">{name}</th><td>{explanation.observed[name] ?? ''}</td><td>{explanation.desired[name] ?? ''}</td></tr>)}</tbody>
      </table>
      <ul className={styles['plain']}>
        {explanation.actions.length === 0 && <li>{t('nothingToDo')}</li>}
        {explanation.actions.map((action, i) => <li key={i}>{actionText(action.code, action.params)}</li>)}
      </ul>
    </Section>
  );
}

function differs({ observed, desired }: PlanExplanation, name: string): boolean {
  return name in observed && name in desired && observed[name] !== desired[name];
}

function PodActions({ explanation }: { readonly explanation: PodActionsExplanation }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const actionText = useActionText();
  return (
    <Section title={t('podActions', { pod: explanation.pod, phase: explanation.phase })}>
      <ul className={styles['plain']}>{explanation.actions.map((action, i) => <li key={i}>{actionText(action.code, action.params)}</li>)}</ul>
    </Section>
  );
}
