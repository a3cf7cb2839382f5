import { Background, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from '@xyflow/react';
import type { Node, NodeTypes } from '@xyflow/react';
import type { RefObject } from 'react';
import '@xyflow/react/dist/base.css';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Box } from '../../view/stage/curve.ts';
import { nearnessAt, sceneFor, variantFor, viewFor, viewInto } from '../../view/stage/scene.ts';
import type { Scene, SceneNode, Tile } from '../../view/stage/scene.ts';
import { useWorld } from '../../view/store.ts';
import { ApiServerCard } from './ApiServerCard.tsx';
import { ClientCard, ControllersCard, EtcdCard, SchedulerCard, StorageCard } from './cards.tsx';
import { Dots } from './Dots.tsx';
import { Legend } from './Legend.tsx';
import { Links } from './Links.tsx';
import { MessageLayer } from './MessageLayer.tsx';
import { NodeTile } from './NodeTile.tsx';
import type { TileData } from './NodeTile.tsx';
import { ParkedMessages } from './ParkedMessages.tsx';
import { StageControls } from './StageControls.tsx';
import { PRESENTER_SCALE, usePreferences } from '../shared/preferences.ts';
import { useSize } from '../shared/useSize.ts';
import { PANEL_IDS, useLayout } from '../shell/layout.ts';
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

/** The nodes as the scene needs them. Nodes change with every status; these only when one comes, goes or moves to another zone. */
function useSceneNodes(): readonly SceneNode[] {
  const nodes = useWorld((state) => state.model.nodes);
  const key = [...nodes.values()].map((node) => `${node.name}@${node.zone}`).join();
  return useMemo(() => (key === '' ? [] : key.split(',').map((text): SceneNode => ({ name: text.slice(0, text.indexOf('@')), zone: text.slice(text.indexOf('@') + 1) }))), [key]);
}

function flowNodes(scene: Scene, lookInside: (box: Box) => void): Node[] {
  // React Flow takes no clicks on nodes that it does nothing with; the buttons inside do.
  const fixed = { draggable: false, selectable: false, focusable: false, connectable: false, style: { pointerEvents: 'all' } } as const;
  const components = Object.entries(scene.components).map(([id, box]): Node => ({ id, type: id, position: box, width: box.width, height: box.height, data: {}, ...fixed }));
  const { x, y } = scene.tiles[0]?.box ?? scene.extent;
  if (scene.shown === 'dots') return [...components, { id: 'dots', type: 'dots', position: { x, y }, width: scene.extent.width - x, height: scene.extent.height - y, data: { scene, lookInside: (tile: Tile) => lookInside(tile.box) }, ...fixed }];
  const data = ({ node, box }: Tile): TileData => ({ node, level: scene.shown, nearness: scene.nearness, lookInside: () => lookInside(box) });
  return [...components, ...scene.tiles.map((tile): Node => ({ id: `tile/${tile.node}`, type: 'tile', position: tile.box, width: tile.box.width, height: tile.box.height, data: data(tile), ...fixed }))];
}

/** How much nearer one may come than where the whole scene is in view: one of a thousand nodes then fills the place. */
const NEAREST = 60;

interface Fitted { readonly scene: Scene; readonly wholeZoom: number; readonly fit: (durationMs: number) => void; readonly lookInside: (box: Box) => void }

/** The scene in the design that the place has room for, as it looks from where one is, and the ways to see all of it or one tile. */
function useFittedScene(place: RefObject<HTMLDivElement | null>): Fitted {
  const { width, height } = useSize(place);
  const uiScale = usePreferences((state) => (state.presenter ? PRESENTER_SCALE : 1));
  const nodes = useSceneNodes();
  const variant = width > 0 ? variantFor(width, height, uiScale) : 'wide';
  const whole = useMemo(() => sceneFor(nodes, variant), [nodes, variant]);
  const view = useMemo(() => viewFor(whole, width, height, uiScale), [whole, width, height, uiScale]);
  const nearness = useStore((state) => nearnessAt(state.transform[2], view.zoom));
  const scene = useMemo(() => (nearness === 1 ? whole : sceneFor(nodes, variant, nearness)), [whole, nodes, variant, nearness]);
  const { setViewport } = useReactFlow();
  const fit = useCallback((durationMs: number) => {
    if (width > 0) void setViewport(view, { duration: durationMs });
  }, [setViewport, view, width]);
  const lookInside = useCallback((box: Box) => {
    const covered = useLayout.getState().inspectorOpen ? document.getElementById(PANEL_IDS.inspector)?.clientWidth ?? 0 : 0;
    void setViewport(viewInto(box, width - covered, height, view.zoom), { duration: 200 });
  }, [setViewport, view, width, height]);
  useEffect(() => {
    const frame = requestAnimationFrame(() => fit(0));
    return () => cancelAnimationFrame(frame);
  }, [fit]);
  return { scene, wholeZoom: view.zoom, fit, lookInside };
}

function Flow(): React.JSX.Element {
  const { t } = useTranslation('stage');
  const wrapper = useRef<HTMLDivElement>(null);
  const { scene, wholeZoom, fit, lookInside } = useFittedScene(wrapper);
  const nodes = useMemo(() => flowNodes(scene, lookInside), [scene, lookInside]);
  const focused = useFocus().active;
  return (
    <div ref={wrapper} className={styles['stage']} data-focused={focused || undefined} data-level={scene.shown} data-variant={scene.variant} data-testid="stage">
      <ReactFlow nodes={nodes} edges={[]} nodeTypes={NODE_TYPES} minZoom={0.15} maxZoom={NEAREST * wholeZoom} nodesDraggable={false} nodesConnectable={false}
        elementsSelectable={false} nodesFocusable={false} edgesFocusable={false} disableKeyboardA11y panActivationKeyCode={null} selectionKeyCode={null} multiSelectionKeyCode={null} zoomActivationKeyCode={null} deleteKeyCode={null} zoomOnDoubleClick={false} proOptions={{ hideAttribution: true }}
        onlyRenderVisibleElements={scene.tiles.length > 60} aria-label={t('label')}>
        <Background gap={28 / scene.nearness} size={1 / scene.nearness} className={styles['ground'] ?? ''} />
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
