import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../shared/Button.tsx';
import { Icon } from '../shared/Icon.tsx';
import { clearAnswer, type LocatedProblem, revealRange, type ShownAnswer, useAnswers } from './answers.ts';
import styles from './AnswerStrip.module.css';

/** More would be a wall; the rest is counted. */
const SHOWN_AT_MOST = 40;

function Problem({ located, fileId }: { readonly located: LocatedProblem; readonly fileId: string }): React.JSX.Element {
  const { t } = useTranslation('editor');
  const { problem, range } = located;
  const said = problem.field !== '' && !problem.message.includes(problem.field) ? `${problem.field}: ${problem.message}` : problem.message;
  return (
    <li className={styles['problem']} data-testid="answer-problem">
      <span className={styles['mark']}><Icon name="alert" /></span>
      <span className={styles['said']}>{problem.object !== '' && <span className={styles['object']}>{problem.object}</span>}{said}</span>
      {range !== undefined && (
        <Button small look="outlined" aria-label={t('problem.goTo', { line: range.startLine })} onClick={() => revealRange(fileId, range)}>{problem.column > 0 ? t('problem.at', { line: problem.line, column: problem.column }) : t('problem.line', { line: range.startLine })}</Button>
      )}
    </li>
  );
}

/** kubectl's heading over the causes of one refusal, which are listed one by one. */
const HEADING = /^The \S+ ".*" is invalid: ?$/;

/** Whether a line of kubectl only says what a listed problem says. */
function repeats({ text, problem: isProblem }: ShownAnswer['lines'][number], problems: readonly LocatedProblem[]): boolean {
  if (!isProblem || problems.length === 0) return false;
  return HEADING.test(text) || problems.some(({ problem }) => problem.message.split('\n').some((said) => said !== '' && (text.includes(said) || said.includes(text))));
}

function AnswerLines({ answer }: { readonly answer: ShownAnswer }): React.JSX.Element {
  const { t } = useTranslation('editor');
  const { problems, lines } = answer;
  const others = lines.filter((line) => !repeats(line, problems));
  const hidden = Math.max(0, problems.length - SHOWN_AT_MOST) + Math.max(0, others.length - SHOWN_AT_MOST);
  return (
    <ul className={styles['lines']}>
      {problems.slice(0, SHOWN_AT_MOST).map((located, index) => <Problem key={index} located={located} fileId={answer.fileId} />)}
      {others.slice(0, SHOWN_AT_MOST).map((line, index) => (
        <li key={index} className={line.problem ? styles['problem'] : styles['line']} data-testid="answer-line">
          <span className={styles['mark']}><Icon name={line.problem || line.text.startsWith('Warning: ') ? 'alert' : 'check'} /></span>
          <span className={styles['said']}>{line.text}</span>
        </li>
      ))}
      {hidden > 0 && <li className={styles['more']}>{t('outcome.more', { count: hidden })}</li>}
    </ul>
  );
}

/** What the API server answered, in its own words; problems lead to their lines. */
export function AnswerStrip(): React.JSX.Element {
  const { t } = useTranslation('editor');
  const answer = useAnswers((state) => state.answer);
  return (
    <div role="log" aria-live="polite" aria-label={t('outcome.heading')}>
      {answer !== undefined && (
        <div className={styles['strip']} data-testid="answer">
          <div className={styles['head']}>
            <h2 className={styles['title']}>{t('outcome.heading')}{answer.dryRun && ` · ${t('outcome.dryRunSuffix')}`}</h2>
            <IconButton small icon="close" label={t('outcome.clear')} onClick={clearAnswer} />
          </div>
          <AnswerLines answer={answer} />
        </div>
      )}
    </div>
  );
}
