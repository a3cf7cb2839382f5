import { ViewportPortal, useStore } from '@xyflow/react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { curveBetween, pointAt } from '../../view/stage/scene.ts';
import type { Scene } from '../../view/stage/scene.ts';
import { useWorld } from '../../view/store.ts';
import { useFocus } from './focus.ts';
import { inspectMessage } from './inspect.ts';
import styles from './Stage.module.css';

const PARKED_MAX = 6;

/** While nothing plays, the last beat stays where it happened, as capsules that can be clicked and reached by keyboard. */
export function ParkedMessages({ scene }: { readonly scene: Scene }): React.JSX.Element | null {
  const { t } = useTranslation('stage');
  const playing = useWorld((state) => state.playing);
  const flight = useWorld((state) => state.flight);
  const { marks } = useFocus();
  const zoom = useStore((state) => state.transform[2]);
  const [landed, setLanded] = useState<typeof flight>();
  useEffect(() => {
    if (!flight) return undefined;
    const timer = setTimeout(() => setLanded(flight), Math.max(0, flight.startedMs + flight.durationMs - performance.now()));
    return () => clearTimeout(timer);
  }, [flight]);
  if (playing || !flight || landed !== flight) return null;
  return (
    <ViewportPortal>
      {marks.slice(0, PARKED_MAX).map((mark) => {
        const curve = curveBetween(scene, mark.from, mark.to);
        if (!curve) return null;
        const { x, y } = pointAt(curve, 0.5);
        return (
          <button key={mark.id} type="button" className={styles['parked']} data-kind={mark.kind} data-refused={mark.refused || mark.lost || undefined} data-testid="parked-message"
            style={{ transform: `translate(${x}px, ${y}px) translate(-50%, -50%) scale(${1 / zoom})` }} onClick={() => inspectMessage(mark.id)} title={t('message.open')}>
            {mark.label}
          </button>
        );
      })}
    </ViewportPortal>
  );
}
