import { useTranslation } from 'react-i18next';
import { STATIONS, skippedStations } from '../../view/scheduling/steps.ts';
import type { Station } from '../../view/scheduling/steps.ts';
import type { FoundAttempt } from '../../worker/protocol.ts';
import { goToStation, isTold, useWalk } from './walk.ts';
import styles from './Scheduling.module.css';

/** What a station came to, once it is behind. */
function useDone(found: FoundAttempt): (station: Station) => string {
  const { t } = useTranslation('scheduling');
  const { attempt, attempts } = found;
  const { detail } = attempt;
  return (station) => {
    switch (station) {
      case 'queue': return t('road.done.queue', { number: attempts });
      case 'preFilter': return t('road.done.preFilter', { count: detail?.preFilter.plugins.length ?? 0 });
      case 'filter': return t('road.done.filter', { feasible: detail?.feasible.length ?? 0, nodes: detail?.filter?.length ?? 0 });
      case 'postFilter': return t('road.done.postFilter', { candidates: attempt.preemption?.detail?.candidates.length ?? 0 });
      case 'preScore': return t('road.done.preScore', { count: detail?.preScore?.length ?? 0 });
      case 'score': return detail?.columns ? t('road.done.score', { count: detail.columns.length }) : t('road.skipped');
      case 'normalise': return t('road.done.normalise', { best: attempt.total ?? '' });
      case 'reserve': case 'bind': return t(`road.done.${station}`, { node: attempt.node ?? '' });
      case 'permit': return t('road.done.permit');
    }
  };
}

/** The ten stations in a row. Each leads to its last step; stations that are not needed are passed by. */
export function Road({ found }: { readonly found: FoundAttempt }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const { steps, index } = useWalk();
  const told = useWalk(isTold);
  const done = useDone(found);
  const here = steps[index]?.station ?? 'queue';
  // Which stations are left out would give the outcome away.
  const skipped = new Set([...skippedStations(steps)].filter((station) => told || STATIONS.indexOf(station) < STATIONS.indexOf(here)));
  const state = (station: Station): 'now' | 'done' | 'ahead' | 'skipped' => {
    if (station === here) return 'now';
    if (skipped.has(station)) return 'skipped';
    return STATIONS.indexOf(station) < STATIONS.indexOf(here) ? 'done' : 'ahead';
  };
  const finished = (station: Station): boolean => state(station) === 'done' || (station === here && steps[index + 1]?.station !== station);
  return (
    <ol className={styles['road']} aria-label={t('road.label')}>
      {STATIONS.map((station) => (
        <li key={station} data-state={state(station)}>
          <button type="button" disabled={skipped.has(station)} title={t(`road.about.${station}`)} aria-current={station === here ? 'step' : undefined} data-testid={`station-${station}`} onClick={() => goToStation(station)}>
            <span className={styles['dot']} />
            <span className={styles['stationName']}>{t(`road.station.${station}`)}</span>
            <span className={styles['stationNote']}>{skipped.has(station) ? t('road.skipped') : finished(station) ? done(station) : '\u00a0'}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
