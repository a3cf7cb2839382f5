import { ViewportPortal, useStore } from '@xyflow/react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mark } from '../../view/mark-store.ts';
import { parkingPlaces, writtenParts } from '../../view/stage/parking.ts';
import type { Curve } from '../../view/stage/curve.ts';
import { curveBetween } from '../../view/stage/scene.ts';
import type { Scene } from '../../view/stage/scene.ts';
import { useWorld } from '../../view/store.ts';
import { PRESENTER_SCALE, usePreferences } from '../shared/preferences.ts';
import { useFocus } from './focus.ts';
import { inspectMessage } from './inspect.ts';
import styles from './Stage.module.css';

const PARKED_MAX = 6;
/** A good enough width of a capsule in px: 12 px letters, padding and border. */
const LETTER_PX = 6.95;
const CAPSULE_PX = { sides: 20, height: 26 } as const;

/** While nothing plays, the last beat stays where it happened, as capsules that can be clicked and reached by keyboard. */
export function ParkedMessages({ scene }: { readonly scene: Scene }): React.JSX.Element | null {
  const { t } = useTranslation('stage');
  const playing = useWorld((state) => state.playing);
  const flight = useWorld((state) => state.flight);
  const { marks } = useFocus();
  const zoom = useStore((state) => state.transform[2]);
  const uiScale = usePreferences((state) => (state.presenter ? PRESENTER_SCALE : 1));
  const [landed, setLanded] = useState<typeof flight>();
  useEffect(() => {
    if (!flight) return undefined;
    const timer = setTimeout(() => setLanded(flight), Math.max(0, flight.startedMs + flight.durationMs - performance.now()));
    return () => clearTimeout(timer);
  }, [flight]);
  if (playing || !flight || landed !== flight) return null;
  const hops = marks.flatMap((mark): readonly { readonly mark: Mark; readonly curve: Curve }[] => {
    const curve = curveBetween(scene, mark.from, mark.to);
    return curve ? [{ mark, curve }] : [];
  });
  const shown = hops.slice(0, PARKED_MAX);
  const places = parkingPlaces(shown.map(({ mark, curve }) => ({
    curve, width: ((mark.label.length * LETTER_PX + CAPSULE_PX.sides) * uiScale) / zoom, height: (CAPSULE_PX.height * uiScale) / zoom,
  })), scene.extent, writtenParts(scene));
  return (
    <ViewportPortal>
      <svg className={styles['ties']} width={scene.extent.width} height={scene.extent.height} aria-hidden="true">
        {places.map((place, i) => place.tie && <path key={shown[i]?.mark.id} d={`M${place.x} ${place.y}L${place.tie.x} ${place.tie.y}`} />)}
      </svg>
      {shown.map(({ mark }, i) => (
        <button key={mark.id} type="button" className={styles['parked']} data-kind={mark.kind} data-refused={mark.refused || mark.lost || undefined} data-testid="parked-message"
          style={{ transform: `translate(${places[i]?.x ?? 0}px, ${places[i]?.y ?? 0}px) translate(-50%, -50%) scale(${1 / zoom})` }} onClick={() => inspectMessage(mark.id)}
          title={mark.lost ? t('message.lost') : t('message.open')}>
          {mark.label}{mark.lost ? ` · ${t('message.lostShort')}` : ''}{i === PARKED_MAX - 1 && hops.length > PARKED_MAX ? ` +${hops.length - PARKED_MAX}` : ''}
        </button>
      ))}
    </ViewportPortal>
  );
}
