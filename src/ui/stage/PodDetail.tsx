import { useTranslation } from 'react-i18next';
import type { ContainerInspection, PodInspection } from '../../sim/node/inspect.ts';
import type { PodSummary } from '../../worker/protocol.ts';
import { useAnswer } from '../inspector/useAnswer.ts';
import { PhaseGlyph } from '../shared/PhaseGlyph.tsx';
import { inspectPod } from './inspect.ts';
import styles from './PodDetail.module.css';

const LINES_MAX = 4;

/** The pods of a node seen from near: the sandbox with its pause container and address, the containers, the volumes. */
export function PodDetails({ node, pods }: { readonly node: string; readonly pods: readonly PodSummary[] }): React.JSX.Element {
  const { t } = useTranslation('stage');
  const answer = useAnswer({ type: 'node', node });
  return (
    <ul className={styles['pods']} aria-label={t('node.pods', { node, count: pods.length })}>
      {pods.map((pod) => <li key={pod.key}><PodDetail pod={pod} inside={answer?.inspection.pods.find((each) => each.uid === pod.uid)} /></li>)}
    </ul>
  );
}

function PodDetail({ pod, inside }: { readonly pod: PodSummary; readonly inside: PodInspection | undefined }): React.JSX.Element {
  const { t } = useTranslation('stage');
  const sandbox = inside?.sandboxes.findLast((each) => each.state === 'SANDBOX_READY') ?? inside?.sandboxes.at(-1);
  const containers = newest(inside?.containers ?? []);
  const volumes = inside?.volumes ?? [];
  return (
    <button type="button" className={styles['pod']} data-testid={`pod-${pod.name}`} data-phase={pod.phase} title={`${pod.name} · ${pod.status} · ${pod.ready}/${pod.containers}`} onClick={() => inspectPod(pod.key)}>
      <span className={styles['head']}><PhaseGlyph phase={pod.phase} size={14} /><span className={styles['name']}>{pod.name}</span></span>
      {sandbox ? (
        <span className={styles['sandbox']} data-ready={sandbox.state === 'SANDBOX_READY' || undefined} title={t('pod.sandbox', { pid: sandbox.pausePid })} data-testid="sandbox">
          <span className={styles['line']}><span className={styles['what']}>pause</span><span>{sandbox.ip || t('pod.noAddress')}</span></span>
          {containers.slice(0, LINES_MAX).map((container) => (
            <span key={container.name} className={styles['line']} data-state={container.state} title={container.image} data-testid="sandbox-container">
              <span className={styles['what']}>{container.name}</span><span>{stateText(container, t)}</span>
            </span>
          ))}
          {containers.length > LINES_MAX && <span className={styles['line']}>+{containers.length - LINES_MAX}</span>}
        </span>
      ) : <span className={styles['line']}><span className={styles['what']}>{t('pod.noSandbox')}</span><span>{pod.status}</span></span>}
      {volumes.slice(0, 2).map((volume) => (
        <span key={volume.name} className={styles['volume']} data-mounted={volume.phase === 'mounted' || undefined} title={`${volume.name} · ${volume.driver || t('pod.volume.local')}`} data-testid="sandbox-volume">
          <span className={styles['what']}>{volume.name}</span><span>{t(`pod.volume.${volume.phase}`)}</span>
        </span>
      ))}
    </button>
  );
}

/** Of the attempts of a container the last one is what it is now. */
function newest(containers: readonly ContainerInspection[]): readonly ContainerInspection[] {
  const byName = new Map<string, ContainerInspection>();
  for (const each of containers) if ((byName.get(each.name)?.attempt ?? -1) <= each.attempt) byName.set(each.name, each);
  return [...byName.values()];
}

function stateText(container: ContainerInspection, t: ReturnType<typeof useTranslation<'stage'>>['t']): string {
  switch (container.state) {
    case 'CONTAINER_CREATED': return t('pod.created');
    case 'CONTAINER_RUNNING': return container.attempt > 0 ? t('pod.runningAgain', { count: container.attempt }) : t('pod.running');
    case 'CONTAINER_EXITED': return t('pod.exited', { code: container.exitCode });
  }
}
