import { ViewportPortal } from '@xyflow/react';
import { pointAt, svgPath } from '../../view/stage/curve.ts';
import { COMPONENT_IDS, curveBetween, nodesPlace, trunkOf } from '../../view/stage/scene.ts';
import type { Scene } from '../../view/stage/scene.ts';
import { useWorld } from '../../view/store.ts';
import { useTranslation } from 'react-i18next';
import { useInject } from '../shell/useInject.ts';
import styles from './Stage.module.css';

const SERVER = 'kube-apiserver';

/** Marks of faults on their lines, and the way to mend them. */
function FaultTags({ scene }: { readonly scene: Scene }): React.JSX.Element {
  const { t } = useTranslation('faults');
  const inject = useInject();
  const faults = useWorld((state) => state.model.facts.faults);
  return (
    <>
      {faults.map((fault) => {
        const other = fault.a === SERVER ? fault.b : fault.a;
        const curve = curveBetween(scene, other, SERVER);
        if (!curve) return null;
        const { x, y } = pointAt(curve, 0.5);
        return (
          <button key={`${fault.a} ${fault.b}`} type="button" className={styles['fault']} data-fault={fault.cut ? 'cut' : 'slow'} data-testid={`link-fault-${other}`} title={`${SERVER} – ${other}\n${t('mendTag')}`}
            style={{ transform: `translate(${x}px, ${y}px) translate(-50%, -50%)` }} onClick={() => inject?.({ kind: 'mendLink', from: fault.a, to: fault.b })}>
            {fault.cut ? t('cutTag') : t('slowTag', { ms: Math.round(fault.extraUs / 1000) })}
          </button>
        );
      })}
    </>
  );
}

/** A cluster without a node, and the way to its first. */
function NoNodes({ scene }: { readonly scene: Scene }): React.JSX.Element | null {
  const { t } = useTranslation('stage');
  const { t: tf } = useTranslation('faults');
  const inject = useInject();
  const ready = useWorld((state) => state.status === 'ready');
  const { x, y, width } = nodesPlace(scene);
  if (!ready) return null;
  return (
    <div className={styles['noNodes']} style={{ left: x, top: y, width }} data-testid="stage-no-nodes">
      <p>{t('noNodes')}</p>
      {inject && <button type="button" className={styles['link']} onClick={() => inject({ kind: 'addNode' })}>{tf('addNode')}</button>}
    </div>
  );
}

/** Who talks to whom, at rest: only the API server reaches etcd, and everybody reaches the API server. */
export function Links({ scene }: { readonly scene: Scene }): React.JSX.Element {
  const { t } = useTranslation('stage');
  const faults = useWorld((state) => state.model.facts.faults);
  const pairs = [
    ...COMPONENT_IDS.filter((id) => id !== 'kube-apiserver').map((id) => [id, 'kube-apiserver'] as const),
    ...(scene.level === 'parts' ? scene.tiles.map((tile) => [`kubelet/${tile.node}`, 'kube-apiserver'] as const) : []),
  ];
  const faultOf = (a: string, b: string): string | undefined => {
    const fault = faults.find((each) => (each.a === a && each.b === b) || (each.a === b && each.b === a));
    if (!fault) return undefined;
    return fault.cut ? 'cut' : 'slow';
  };
  return (
    <ViewportPortal>
      <svg className={styles['links']} width={scene.extent.width} height={scene.extent.height} aria-hidden="true">
        {pairs.map(([a, b]) => {
          const curve = curveBetween(scene, a, b);
          return curve && <path key={`${a} ${b}`} d={svgPath(curve)} data-fault={faultOf(a, b)} />;
        })}
        {scene.level !== 'parts' && <path d={svgPath(trunkOf(scene))} />}
      </svg>
      <FaultTags scene={scene} />
      {scene.tiles.length === 0 && <NoNodes scene={scene} />}
      {scene.zones.map(({ zone, nodes, box }) => <span key={zone} className={styles['zone']} style={{ left: box.x, top: box.y, transform: `scale(${1 / scene.nearness})` }}>{zone || t('dots.noZone')} · {nodes}</span>)}
    </ViewportPortal>
  );
}
