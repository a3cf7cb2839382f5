import { Background, ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react';
import type { Node, NodeTypes } from '@xyflow/react';
import type { RefObject } from 'react';
import '@xyflow/react/dist/base.css';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { sceneFor, variantFor, viewFor } from '../../view/stage/scene.ts';
import type { Scene, SceneNode, Variant } from '../../view/stage/scene.ts';
import { useWorld } from '../../view/store.ts';
import { ApiServerCard } from './ApiServerCard.tsx';
import { ClientCard, ControllersCard, EtcdCard, SchedulerCard, StorageCard } from './cards.tsx';
import { Dots } from './Dots.tsx';
import { Legend } from './Legend.tsx';
import { Links } from './Links.tsx';
import { MessageLayer } from './MessageLayer.tsx';
import { NodeTile } from './NodeTile.tsx';
import { ParkedMessages } from './ParkedMessages.tsx';
import { StageControls } from './StageControls.tsx';
import { PRESENTER_SCALE, usePreferences } from '../shared/preferences.ts';
import { useSize } from '../shared/useSize.ts';
import { useFocus } from './focus.ts';
import styles from './Stage.module.css';

const NODE_TYPES: NodeTypes = {
  kubectl: ClientCard, 'kube-apiserver': ApiServerCard, etcd: EtcdCard, 'kube-controller-manager': ControllersCard, 'kube-scheduler': SchedulerCard,
  'csi-controller': StorageCard, tile: NodeTile, dots: Dots,
};

/** The cluster as it is at the playhead, and the messages of the current beat travelling through it. */
export function Stage(): React.JSX.Element {
  return <ReactFlowProvider><Flow /></ReactFlowProvider>;
}

function useScene(variant: Variant): Scene {
  const nodes = useWorld((state) => state.model.nodes);
  // Nodes change with every status; the scene only when one comes, goes or moves to another zone.
  const key = [...nodes.values()].map((node) => `${node.name}@${node.zone}`).join();
  return useMemo(() => sceneFor(key === '' ? [] : key.split(',').map((text): SceneNode => ({ name: text.slice(0, text.indexOf('@')), zone: text.slice(text.indexOf('@') + 1) })), variant), [key, variant]);
}

function flowNodes(scene: Scene): Node[] {
  // React Flow takes no clicks on nodes that it does nothing with; the buttons inside do.
  const fixed = { draggable: false, selectable: false, focusable: false, connectable: false, style: { pointerEvents: 'all' } } as const;
  const components = Object.entries(scene.components).map(([id, box]): Node => ({ id, type: id, position: box, width: box.width, height: box.height, data: {}, ...fixed }));
  if (scene.level === 'dots') {
    const first = scene.tiles[0]?.box ?? scene.extent;
    const height = scene.extent.height - first.y + 24;
    return [...components, { id: 'dots', type: 'dots', position: { x: first.x, y: first.y - 20 }, width: scene.extent.width - first.x, height, data: { scene }, ...fixed }];
  }
  const tiles = scene.tiles.map((tile): Node => ({ id: `tile/${tile.node}`, type: 'tile', position: tile.box, width: tile.box.width, height: tile.box.height, data: { node: tile.node, level: scene.level }, ...fixed }));
  return [...components, ...tiles];
}

/** The scene in the design that the place has room for, and the way to bring all of it into view. */
function useFittedScene(place: RefObject<HTMLDivElement | null>): { readonly scene: Scene; readonly fit: (durationMs: number) => void } {
  const { width, height } = useSize(place);
  const uiScale = usePreferences((state) => (state.presenter ? PRESENTER_SCALE : 1));
  const scene = useScene(width > 0 ? variantFor(width, height, uiScale) : 'wide');
  const { setViewport } = useReactFlow();
  const fit = useCallback((durationMs: number) => {
    if (width > 0) void setViewport(viewFor(scene, width, height, uiScale), { duration: durationMs });
  }, [setViewport, scene, width, height, uiScale]);
  useEffect(() => {
    const frame = requestAnimationFrame(() => fit(0));
    return () => cancelAnimationFrame(frame);
  }, [fit]);
  return { scene, fit };
}

function Flow(): React.JSX.Element {
  const { t } = useTranslation('stage');
  const wrapper = useRef<HTMLDivElement>(null);
  const { scene, fit } = useFittedScene(wrapper);
  const nodes = useMemo(() => flowNodes(scene), [scene]);
  const focused = useFocus().active;
  return (
    <div ref={wrapper} className={styles['stage']} data-focused={focused || undefined} data-level={scene.level} data-variant={scene.variant} data-testid="stage">
      <ReactFlow nodes={nodes} edges={[]} nodeTypes={NODE_TYPES} minZoom={0.15} maxZoom={4} nodesDraggable={false} nodesConnectable={false}
        elementsSelectable={false} nodesFocusable={false} edgesFocusable={false} disableKeyboardA11y zoomOnDoubleClick={false} proOptions={{ hideAttribution: true }}
        onlyRenderVisibleElements={scene.tiles.length > 60} aria-label={t('label')}>
        <Background gap={28} size={1} className={styles['ground'] ?? ''} />
        <Links scene={scene} />
        <MessageLayer scene={scene} />
        <ParkedMessages scene={scene} />
      </ReactFlow>
      <div className={styles['corner']}>
        <Legend />
        <StageControls fit={() => fit(200)} />
      </div>
    </div>
  );
}
