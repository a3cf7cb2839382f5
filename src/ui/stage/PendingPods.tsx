import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PodSummary } from '../../worker/protocol.ts';
import { useWorld, world } from '../../view/store.ts';
import { PhaseGlyph } from '../shared/PhaseGlyph.tsx';
import { inspectPod } from './inspect.ts';
import styles from './PendingPods.module.css';

const SHOWN_MAX = 8;
const NO_PODS: readonly PodSummary[] = [];

/** Pods that have no node yet, in front of the one that finds nodes; hovering says what stood in the way. */
export function PendingPods(): React.JSX.Element | null {
  const { t } = useTranslation('stage');
  const pods = useWorld((state) => state.model.podsByNode.get('')) ?? NO_PODS;
  const stuck = useWorld((state) => state.model.facts.scheduler.unschedulable);
  if (pods.length === 0) return null;
  return (
    <ul className={styles['tray']} aria-label={t('scheduler.tray', { count: pods.length })} data-testid="pending-pods">
      {pods.slice(0, SHOWN_MAX).map((pod) => <li key={pod.key}><PendingPod pod={pod} stuck={stuck.includes(pod.key)} /></li>)}
      {pods.length > SHOWN_MAX && <li className={styles['more']}>+{pods.length - SHOWN_MAX}</li>}
    </ul>
  );
}

function PendingPod({ pod, stuck }: { readonly pod: PodSummary; readonly stuck: boolean }): React.JSX.Element {
  const [why, setWhy] = useState('');
  const ask = (): void => {
    world.query({ type: 'attempts', pod: pod.key, limit: 1 }).then(({ attempts }) => setWhy(attempts[0]?.message ?? ''), () => undefined);
  };
  return (
    <button type="button" className={styles['pod']} data-stuck={stuck || undefined} data-testid={`pod-${pod.name}`} data-phase={pod.phase}
      title={[`${pod.name} · ${pod.status}`, why].filter(Boolean).join('\n')} onMouseEnter={ask} onFocus={ask} onClick={() => inspectPod(pod.key)}>
      <PhaseGlyph phase={pod.phase} />
    </button>
  );
}
