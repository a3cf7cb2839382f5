import { ViewportPortal } from '@xyflow/react';
import { COMPONENT_IDS, curveBetween, svgPath, trunkOf } from '../../view/stage/scene.ts';
import type { Scene } from '../../view/stage/scene.ts';
import { useWorld } from '../../view/store.ts';
import styles from './Stage.module.css';

/** Who talks to whom, at rest: only the API server reaches etcd, and everybody reaches the API server. */
export function Links({ scene }: { readonly scene: Scene }): React.JSX.Element {
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
      {scene.level === 'cells' && scene.zones.map(({ zone, box }) => <span key={zone} className={styles['zone']} style={{ left: box.x, top: box.y }}>{zone}</span>)}
    </ViewportPortal>
  );
}
