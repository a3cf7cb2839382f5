import { useTranslation } from 'react-i18next';
import { NOBODY } from '../../view/scheduling/predict.ts';
import { Button } from '../shared/Button.tsx';
import { answerQuestion, leaveQuestion, resetTally, setPredicting, useWalk } from './walk.ts';
import styles from './Scheduling.module.css';

/** Turns the questions on, and keeps the tally. */
export function PredictSwitch(): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { predicting, right, asked } = useWalk();
  return (
    <div className={styles['predict']}>
      {asked > 0 && <Button small hint={t('predict.reset')} data-testid="predict-tally" onClick={resetTally}>{t('predict.tally', { right, asked })}</Button>}
      <Button small look="outlined" hint={t('predict.hint')} aria-pressed={predicting} data-testid="predict" onClick={() => setPredicting(!predicting)}>{t('predict.label')}</Button>
    </div>
  );
}

/** One question, its choices, and whether the guess was right. */
export function QuestionCard(): React.JSX.Element | null {
  const { t } = useTranslation('scheduling');
  const { question, answered } = useWalk();
  if (!question) return null;
  const given = answered.get(question.id);
  const named = (choice: string): string => (choice === NOBODY ? t(`predict.nobody.${question.kind}`) : choice);
  const ask = question.kind === 'refusal' ? t('predict.refusal', { node: question.node }) : t(`predict.${question.kind}`);
  return (
    <fieldset className={styles['question']} data-testid="question">
      <legend>{ask}</legend>
      <div className={styles['choices']}>
        {question.choices.map((choice) => (
          <Button key={choice} look="outlined" aria-pressed={given === choice} data-right={(given !== undefined && question.right.includes(choice)) || undefined} unavailable={given !== undefined} data-testid="question-choice" data-choice={choice} onClick={() => answerQuestion(choice)}>{named(choice)}</Button>
        ))}
      </div>
      <p className={styles['answer']} aria-live="polite" data-testid="question-answer">
        {given === undefined ? '' : question.right.includes(given) ? t('predict.right') : t('predict.wrong', { answer: question.right.map(named).join(', ') })}
      </p>
      <Button small look={given === undefined ? 'quiet' : 'primary'} data-testid="question-go-on" onClick={leaveQuestion}>{t(given === undefined ? 'predict.skip' : 'predict.goOn')}</Button>
    </fieldset>
  );
}
