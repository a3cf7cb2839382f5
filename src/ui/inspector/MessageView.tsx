import { useTranslation } from 'react-i18next';
import type { CauseStep } from '../../worker/protocol.ts';
import { world } from '../../view/store.ts';
import { yamlText } from '../../view/yaml-text.ts';
import { useSentence } from '../narrator/sentence.ts';
import { Button } from '../shared/Button.tsx';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { ExplanationView } from './ExplanationView.tsx';
import { MessageLink, Section } from './links.tsx';
import { RequestOutcome } from './RequestOutcome.tsx';
import { useAnswer } from './useAnswer.ts';
import styles from './Inspector.module.css';

const CAUSES_SHOWN = 40;

/** One message: why it was sent, what stages it passed, what led to it and what came of it. */
export function MessageView({ id }: { readonly id: number }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const answer = useAnswer({ type: 'explain', messageId: id });
  if (!answer) return <p className={styles['quiet']}>{t('loading')}</p>;
  const causes = answer.causes.filter((cause) => cause.kind !== 'timer');
  return (
    <>
      <p className={styles['actions']}><Button small look="outlined" onClick={() => void world.seek({ messageId: id })}>{t('goThere')}</Button></p>
      {answer.explanations.length === 0 && <p className={styles['quiet']}>{t('noExplanation')}</p>}
      {answer.explanations.map((explanation, i) => <ExplanationView key={i} explanation={explanation} story={answer.request} />)}
      {answer.request && <RequestOutcome story={answer.request} />}
      {causes.length > 0 && <Section title={t('causes')}><Steps steps={causes.slice(0, CAUSES_SHOWN)} /></Section>}
      {!answer.request && answer.effects.length > 0 && <Section title={t('effects')}><Steps steps={answer.effects} /></Section>}
      <details className={styles['body']}><summary>{t('content')}</summary><pre tabIndex={0} aria-label={t('content')}>{yamlText(answer.body)}</pre></details>
    </>
  );
}

function Steps({ steps }: { readonly steps: readonly CauseStep[] }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const sentence = useSentence();
  return (
    <ol className={styles['steps']}>
      {steps.map((step) => (
        <li key={step.messageId}>
          <time>{formatVirtualTime(step.atUs)}</time>
          <MessageLink id={step.messageId}>{step.narration ? sentence(step.narration) : t('input', { what: step.label })}</MessageLink>
        </li>
      ))}
    </ol>
  );
}
