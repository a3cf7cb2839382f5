import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { BEAT_SPEEDS, REALTIME_SPEEDS } from '../../view/player.ts';
import { useWorld, world } from '../../view/store.ts';
import type { Granularity } from '../../worker/protocol.ts';
import { PRESENTER_SCALE, usePreferences } from '../shared/preferences.ts';
import { useSize } from '../shared/useSize.ts';
import { Button, IconButton } from '../shared/Button.tsx';
import { foldTimeline, useLayout } from '../shell/layout.ts';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { GRANULARITIES, paceOf } from './pace.ts';
import { PaceMenu } from './PaceMenu.tsx';
import styles from './Timeline.module.css';

/** Narrower than this the two fields become one menu. */
const FIELDS_FROM_PX = 800;
const BARE_PX = 460;
/** What the rest needs with the clock. */
const CLOCK_PX = 320;
/** A pause shorter than this is not worth mentioning. */
const SKIP_SHOWN_US = 50_000;

/** Play, step, step back; how far a step goes and how fast playing is; the clock. */
export function Transport({ asList, onList }: { readonly asList: boolean; readonly onList: (asList: boolean) => void }): React.JSX.Element {
  const { t } = useTranslation('timeline');
  const playing = useWorld((state) => state.playing);
  const ready = useWorld((state) => state.status === 'ready');
  const past = useWorld((state) => state.model.position < state.model.endPosition);
  const folded = useLayout((state) => state.timelineFolded);
  const presenter = usePreferences((state) => state.presenter);
  const bar = useRef<HTMLDivElement>(null);
  const { width } = useSize(bar);
  // Before the first measure nothing is known; the fields are what most visitors will have.
  // Beside the inspector on a small screen only what plays and steps stays; the keys do the rest.
  const scale = presenter ? PRESENTER_SCALE : 1;
  const tight = width > 0 && width < BARE_PX * scale;
  const told = width === 0 || width >= CLOCK_PX * scale;
  const roomy = !presenter && (width === 0 || width >= FIELDS_FROM_PX);
  return (
    <div ref={bar} className={styles['transport']} role="toolbar" aria-label={t('transport')}>
      {!tight && <IconButton icon="toStart" label={t('start')} unavailable={!ready} onClick={() => void world.seek({ position: 0 })} data-testid="to-start" />}
      <IconButton icon="stepBack" label={t('stepBack')} unavailable={!ready} onClick={() => void world.stepBack()} data-testid="step-back" />
      {tight
        ? <IconButton look="primary" icon={playing ? 'pause' : 'play'} label={playing ? t('pause') : t('play')} unavailable={!ready} onClick={() => world.toggle()} data-testid="play" />
        : <Button look="primary" icon={playing ? 'pause' : 'play'} unavailable={!ready} onClick={() => world.toggle()} data-testid="play">{playing ? t('pause') : t('play')}</Button>}
      <IconButton icon="step" label={t('step')} unavailable={!ready} onClick={() => void world.step()} data-testid="step" />
      {!tight && <IconButton icon="toEnd" label={t('end')} unavailable={!past} onClick={() => void world.seek({ position: useWorld.getState().model.endPosition })} data-testid="to-end" />}
      {roomy ? <><StepBy /><Speed /></> : <PaceMenu />}
      {told && <Clock brief={tight} />}
      <span className={styles['room']} />
      {past && (roomy
        ? <Button small icon="fork" hint={t('forkHint')} onClick={() => void world.fork()} data-testid="fork">{t('fork')}</Button>
        : <IconButton icon="fork" label={t('fork')} hint={t('forkHint')} onClick={() => void world.fork()} data-testid="fork" />)}
      {!presenter && !tight && <IconButton icon="list" label={asList ? t('asLanes') : t('asList')} aria-pressed={asList} onClick={() => onList(!asList)} data-testid="timeline-list" />}
      <IconButton icon={folded ? 'unfoldUp' : 'foldDown'} label={folded ? t('unfold') : t('fold')} onClick={() => foldTimeline(!folded)} data-testid="fold-timeline" />
    </div>
  );
}

function StepBy(): React.JSX.Element {
  const { t } = useTranslation('timeline');
  const granularity = useWorld((state) => state.granularity);
  return (
    <label className={styles['field']}>
      <span>{t('by')}</span>
      <select value={granularity} data-testid="granularity" onChange={(event) => world.setGranularity(event.target.value as Granularity)}>
        {GRANULARITIES.map((each) => <option key={each} value={each}>{t(`granularity.${each}`)}</option>)}
      </select>
    </label>
  );
}

function Speed(): React.JSX.Element {
  const { t } = useTranslation('timeline');
  const { mode, speed } = useWorld((state) => state.pace);
  return (
    <label className={styles['field']}>
      <span>{t('speed')}</span>
      <select value={`${mode} ${speed}`} data-testid="speed" onChange={(event) => world.setPace(paceOf(event.target.value))}>
        <optgroup label={t('byBeat')}>{BEAT_SPEEDS.map((each) => <option key={each} value={`beats ${each}`}>{t('beats', { speed: each })}</option>)}</optgroup>
        <optgroup label={t('byClock')}>{REALTIME_SPEEDS.map((each) => <option key={each} value={`realtime ${each}`}>{t('realtime', { speed: each })}</option>)}</optgroup>
      </select>
    </label>
  );
}

/** Virtual time, and what the last move skipped. */
function Clock({ brief }: { readonly brief: boolean }): React.JSX.Element {
  const { t } = useTranslation('timeline');
  const nowUs = useWorld((state) => state.model.nowUs);
  const quiet = useWorld((state) => !state.playing && state.stopped === 'quiet' && state.model.quiet);
  const skippedUs = useWorld((state) => state.skippedUs);
  return (
    <span className={styles['clock']} title={t('clockHint')}>
      <time data-testid="clock">{formatVirtualTime(nowUs)}</time>
      {!brief && <span className={styles['skipped']}>{quiet ? t('quiet') : skippedUs >= SKIP_SHOWN_US ? t('skipped', { seconds: (skippedUs / 1e6).toFixed(skippedUs < 1e7 ? 2 : 0) }) : ''}</span>}
    </span>
  );
}
