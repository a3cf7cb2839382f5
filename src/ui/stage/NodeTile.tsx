import type { NodeProps } from '@xyflow/react';
import { useTranslation } from 'react-i18next';
import type { NodeSummary, PodSummary } from '../../worker/protocol.ts';
import { useWorld } from '../../view/store.ts';
import { PART_KINDS, TIGHT_BELOW } from '../../view/stage/scene.ts';
import { densityFor, insideFits } from '../../view/stage/density.ts';
import type { TileLevel } from '../../view/stage/scene.ts';
import { PhaseGlyph } from '../shared/PhaseGlyph.tsx';
import { useFocus, useInFocus } from './focus.ts';
import { inspectComponent, inspectNode, inspectPod } from './inspect.ts';
import { PodDetails } from './PodDetail.tsx';
import styles from './NodeTile.module.css';

const NO_PODS: readonly PodSummary[] = [];
const GIB = 1024 ** 3;
/** What the header and the parts take from a tile, and the edges. */
const ABOVE_PODS: Readonly<Record<TileLevel, number>> = { parts: 62, cells: 22, dots: 0 };
const SIDES = 20;
/** Narrower than this the header has no room for long bars. */
const NARROW_BELOW = 300;
/** Wide enough for one pod with its name. */
const ROOM_FOR_NAMES = 150;
/** Calls between the parts of a node travel here while there is room. */
const LANE = 20;

export interface TileData extends Record<string, unknown> { readonly node: string; readonly level: TileLevel; readonly nearness: number; readonly lookInside: () => void }

/** One machine: how full it is, its parts, and its pods. From near it is drawn with more px than it has on the scene, and made smaller again. */
export function NodeTile({ data, width = 0, height = 0 }: NodeProps): React.JSX.Element {
  const { node, level, nearness, lookInside } = data as TileData;
  const { t } = useTranslation('stage');
  const summary = useWorld((state) => state.model.nodes.get(node));
  const pods = useWorld((state) => state.model.podsByNode.get(node)) ?? NO_PODS;
  const focus = useFocus();
  const inFocus = !focus.active || [...focus.actors].some((actor) => actor.endsWith(`/${node}`));
  const state = stateOf(summary);
  const room = { width: width * nearness, height: height * nearness };
  const inner = { width: room.width - SIDES, height: room.height - ABOVE_PODS[level] };
  const near = level === 'parts' && nearness > 1 && insideFits(pods.length, inner.width, inner.height);
  return (
    <section className={`${styles['tile']} nopan`} style={{ ...room, transform: `scale(${1 / nearness})` }} data-level={level} data-narrow={room.width < NARROW_BELOW || undefined} data-tight={room.width < TIGHT_BELOW || undefined} data-state={state} data-back={!inFocus || undefined} data-testid={`node-${node}`} aria-label={t('node.label', { node, state: t(`node.state.${state}`), count: pods.length })}>
      <button type="button" className={styles['head']} title={[headTitle(summary, t(`node.state.${state}`)), t('node.lookInside')].join('\n')} onClick={() => inspectNode(node)} onDoubleClick={lookInside}>
        <span className={styles['name']}>{node}</span>
        {state !== 'ready' && level === 'parts' && <span className={styles['state']}>{t(`node.state.${state}`)}</span>}
        {level === 'parts' && summary && <Bars summary={summary} pods={pods} />}
      </button>
      {level === 'parts' && <Parts node={node} />}
      {near ? <PodDetails node={node} pods={pods} /> : <Pods node={node} pods={pods} level={level} {...inner} />}
    </section>
  );
}

interface PodsProps { readonly node: string; readonly pods: readonly PodSummary[]; readonly level: TileLevel; readonly width: number; readonly height: number }

/** A sign for each pod, with its name where there is room. */
function Pods({ node, pods, level, width, height }: PodsProps): React.JSX.Element {
  const { t } = useTranslation('stage');
  const changed = useWorld((state) => state.model.changed);
  const roomy = densityFor(pods.length, width, height - LANE);
  const lane = level === 'parts' && (roomy.name === 'named' || roomy.name === 'some');
  const density = lane ? roomy : densityFor(pods.length, width, height, level === 'parts' || width > ROOM_FOR_NAMES ? 'named' : 'many');
  return (
    <ul className={styles['pods']} data-density={density.name} data-lane={lane || undefined} aria-label={t('node.pods', { node, count: pods.length })}>
      {pods.slice(0, density.shown).map((pod) => (
        <li key={`${pod.key} ${pod.status}`} data-changed={changed.has(pod.key) || undefined}>
          <button type="button" className={styles['pod']} title={`${pod.name} · ${pod.status} · ${pod.ready}/${pod.containers}`} data-testid={`pod-${pod.name}`} data-phase={pod.phase} onClick={() => inspectPod(pod.key)}>
            <PhaseGlyph phase={pod.phase} size={density.glyph} />
            {density.name === 'named' && <span className={styles['podName']}>{pod.name}</span>}
          </button>
        </li>
      ))}
      {pods.length > density.shown && <li className={styles['more']}>+{pods.length - density.shown}</li>}
    </ul>
  );
}

type NodeState = 'ready' | 'notReady' | 'unknown' | 'off' | 'cordoned';

export function stateOf(summary: NodeSummary | undefined): NodeState {
  if (!summary?.up) return 'off';
  if (summary.ready === 'Unknown') return 'unknown';
  if (summary.ready === 'False') return 'notReady';
  return summary.unschedulable ? 'cordoned' : 'ready';
}

function headTitle(summary: NodeSummary | undefined, state: string): string {
  if (!summary) return state;
  return [`${summary.name} · ${state}`, `${summary.cpuMilli / 1000} CPU · ${(summary.memoryBytes / GIB).toFixed(1)} GiB · ${summary.zone}`, ...summary.taints].join('\n');
}

function Bars({ summary, pods }: { readonly summary: NodeSummary; readonly pods: readonly PodSummary[] }): React.JSX.Element {
  const { t } = useTranslation('stage');
  const cpuMilli = pods.reduce((sum, pod) => sum + pod.cpuMilli, 0);
  const memoryBytes = pods.reduce((sum, pod) => sum + pod.memoryBytes, 0);
  return (
    <span className={styles['bars']}>
      <Bar name={t('node.cpu')} used={cpuMilli} of={summary.cpuMilli} text={`${cpuMilli / 1000}/${summary.cpuMilli / 1000}`} />
      <Bar name={t('node.memory')} used={memoryBytes} of={summary.memoryBytes} text={`${(memoryBytes / GIB).toFixed(1)}/${(summary.memoryBytes / GIB).toFixed(0)}`} />
      <Bar name={t('node.podCount')} used={pods.length} of={summary.maxPods} text={`${pods.length}/${summary.maxPods}`} />
    </span>
  );
}

function Bar({ name, used, of, text }: { readonly name: string; readonly used: number; readonly of: number; readonly text: string }): React.JSX.Element {
  const share = of > 0 ? Math.min(1, used / of) : 0;
  return (
    <span className={styles['bar']} title={`${name} ${text}`}>
      <span className={styles['barName']}>{name}</span>
      <span className={styles['barTrack']}><span className={styles['barFill']} style={{ transform: `scaleX(${share})` }} /></span>
    </span>
  );
}

function Parts({ node }: { readonly node: string }): React.JSX.Element {
  return <div className={styles['parts']}>{PART_KINDS.map((kind) => <Part key={kind} actor={`${kind}/${node}`} name={kind} />)}</div>;
}

const PART_NAMES: Readonly<Record<string, string>> = { kubelet: 'kubelet', 'container-runtime': 'runtime', cni: 'CNI', 'csi-node': 'CSI' };

function Part({ actor, name }: { readonly actor: string; readonly name: string }): React.JSX.Element {
  const { t } = useTranslation('stage');
  const focus = useFocus();
  const inFocus = useInFocus(actor);
  return (
    <button type="button" className={styles['part']} data-now={(focus.active && inFocus) || undefined} title={t(`part.${name as 'kubelet' | 'container-runtime' | 'cni' | 'csi-node'}`)} data-testid={`part-${actor}`} onClick={() => inspectComponent(actor)}>
      {PART_NAMES[name]}
    </button>
  );
}
