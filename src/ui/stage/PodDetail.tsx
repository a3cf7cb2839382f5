import type { PodSummary } from '../../worker/protocol.ts';
import styles from './NodeTile.module.css';

/** Inside a pod, seen from near: its name, the sandbox that holds its address, and its containers. */
export function PodDetail({ pod }: { readonly pod: PodSummary }): React.JSX.Element {
  return (
    <span className={styles['detail']}>
      <span className={styles['detailName']}>{pod.name}</span>
      <span className={styles['detailLine']}>{pod.ip || pod.status}</span>
      <span className={styles['containers']}>{Array.from({ length: pod.containers }, (_, i) => <span key={i} data-ready={i < pod.ready || undefined} />)}</span>
    </span>
  );
}
