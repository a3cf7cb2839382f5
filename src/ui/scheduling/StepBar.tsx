import { useTranslation } from 'react-i18next';
import type { FoundAttempt } from '../../worker/protocol.ts';
import { IconButton } from '../shared/Button.tsx';
import { useSaying } from './saying.ts';
import { goTo, setPlaying, stepBy, useWalk } from './walk.ts';
import styles from './Scheduling.module.css';

/** Back, forward, play; and what this step does, in one sentence. */
export function StepBar({ found }: { readonly found: FoundAttempt }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { steps, index, playing } = useWalk();
  const saying = useSaying(found);
  const step = steps[index];
  const last = steps.length - 1;
  return (
    <div className={styles['stepBar']}>
      <fieldset className={styles['buttons']} aria-label={t('step.label')} title={t('step.keys')}>
        <IconButton small icon="toStart" label={t('step.start')} unavailable={index === 0} data-testid="walk-start" onClick={() => goTo(0)} />
        <IconButton small icon="chevronLeft" label={t('step.backNode')} unavailable={index === 0} data-testid="walk-back-node" onClick={() => stepBy(-1, 'node')} />
        <IconButton small icon="stepBack" label={t('step.back')} unavailable={index === 0} data-testid="walk-back" onClick={() => stepBy(-1)} />
        <IconButton small icon={playing ? 'pause' : 'play'} label={t(playing ? 'step.pause' : 'step.play')} data-testid="walk-play" onClick={() => setPlaying(!playing)} />
        <IconButton small icon="step" label={t('step.forward')} unavailable={index === last} data-testid="walk-forward" onClick={() => stepBy(1)} />
        <IconButton small icon="chevronRight" label={t('step.forwardNode')} unavailable={index === last} data-testid="walk-forward-node" onClick={() => stepBy(1, 'node')} />
        <IconButton small icon="toEnd" label={t('step.end')} unavailable={index === last} data-testid="walk-end" onClick={() => goTo(last)} />
      </fieldset>
      <p className={styles['saying']} aria-live="polite" data-testid="walk-says">{step ? saying(step) : ''}</p>
      <p className={styles['progress']} title={t('step.progress', { index: index + 1, count: steps.length })} data-testid="walk-progress">{index + 1} / {steps.length}</p>
    </div>
  );
}
