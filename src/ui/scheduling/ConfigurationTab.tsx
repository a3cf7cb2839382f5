import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';
import { runningConfiguration } from '../../view/scheduling/configuration.ts';
import { showSchedulingTab, useScheduling } from '../../view/scheduling/open.ts';
import { useWorld, world } from '../../view/store.ts';
import type { EditProblem } from '../../worker/protocol.ts';
import { Button } from '../shared/Button.tsx';
import { notify } from '../shared/notices.ts';
import { takeFailure } from '../session/failures.ts';
import { Templates } from './ConfigurationEdit.tsx';
import { beginEdits, edit } from './edits.ts';
import { Problems } from './Problems.tsx';
import styles from './Scheduling.module.css';

/** What is being written stays while the view is closed. */
const useDraft = create<{ readonly draft: string | undefined }>(() => ({ draft: undefined }));
const setDraft = (draft: string | undefined): void => useDraft.setState({ draft });

const PAUSE_MS = 300;
const NO_PROBLEMS: readonly EditProblem[] = [];

function useProblems(yaml: string, running: string): readonly EditProblem[] | undefined {
  const [checked, setChecked] = useState<{ readonly yaml: string; readonly problems: readonly EditProblem[] }>();
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      world.query({ type: 'configuration', yaml }).then(({ problems }) => { if (current) setChecked({ yaml, problems }); }, () => undefined);
    }, PAUSE_MS);
    return () => { current = false; clearTimeout(timer); };
  }, [yaml]);
  if (yaml === running) return NO_PROBLEMS;
  return checked?.yaml === yaml ? checked.problems : undefined;
}

/** The scheduler's own configuration, to be edited and applied while it runs. */
export function ConfigurationTab(): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const running = useWorld((state) => runningConfiguration(state.model.inputs, state.model.position));
  const draft = useDraft((state) => state.draft);
  const yaml = draft ?? running;
  const problems = useProblems(yaml, running);
  const apply = (): void => {
    void world.input({ type: 'schedulerConfigure', yaml }).then((ok) => {
      if (ok) setDraft(undefined);
      notify(ok ? t('configuration.applied') : takeFailure(), ok ? {} : { kind: 'problem' });
    });
  };
  const tryIt = (): void => {
    beginEdits(useScheduling.getState().place.messageId);
    edit({ configuration: yaml });
    showSchedulingTab('whatIf');
  };
  const state = yaml === running ? t('configuration.same') : problems?.length === 0 ? t('configuration.valid') : '';
  return (
    <section className={styles['configuration']} data-testid="scheduler-configuration">
      <p className={styles['prose']}>{t('configuration.text')}</p>
      <div className={styles['templates']}>
        <Templates testId="template" onChoose={setDraft} />
        <Button small unavailable={draft === undefined} onClick={() => setDraft(undefined)}>{t('configuration.revert')}</Button>
      </div>
      <textarea className={styles['yaml']} spellCheck={false} aria-label={t('configuration.title')} value={yaml} data-testid="configuration-text" onChange={(event) => setDraft(event.target.value)} />
      {problems && problems.length > 0 && <Problems title={t('configuration.invalid', { count: problems.length })} problems={problems} />}
      <p className={styles['applyRow']}>
        <Button look="primary" unavailable={yaml === running || problems === undefined || problems.length > 0} data-testid="configuration-apply" onClick={apply}>{t('configuration.apply')}</Button>
        <Button look="outlined" unavailable={yaml === running} hint={t('configuration.tryHint')} data-testid="configuration-try" onClick={tryIt}>{t('configuration.try')}</Button>
        <span className={styles['quiet']} role="status">{state}</span>
      </p>
    </section>
  );
}
