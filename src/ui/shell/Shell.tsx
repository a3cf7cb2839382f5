import { type ComponentType, type ReactNode, lazy, Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Group, Panel, useDefaultLayout, usePanelRef } from 'react-resizable-panels';
import { useScheduling } from '../../view/scheduling/open.ts';
import { usePorts } from '../ports.ts';
import { IconButton } from '../shared/Button.tsx';
import { cx } from '../shared/classNames.ts';
import { Notices } from '../shared/Notices.tsx';
import { OVERLAYS_ID } from '../shared/overlays.ts';
import { PanelBoundary } from '../shared/PanelBoundary.tsx';
import { usePreferences } from '../shared/preferences.ts';
import { SplitHandle } from '../shared/SplitHandle.tsx';
import { readStored, writeStored } from '../../view/storage.ts';
import { useSize } from '../shared/useSize.ts';
import { besidePx, closeInspector, focusStage, foldEditor, foldTimeline, makeRoomForAudience, PANEL_IDS, showSearch, useLayout } from './layout.ts';
import type { Places } from './places.ts';
import { SessionBanner } from './SessionBanner.tsx';
import styles from './Shell.module.css';
import { TopBar } from './TopBar.tsx';
import { useGlobalKeys } from './useGlobalKeys.ts';
import { useSchedulingAddress } from './useSchedulingAddress.ts';

/** Sizes live in guarded storage under the page's own prefix. */
const layoutStorage = {
  getItem: (key: string): string | null => readStored(key) ?? null,
  setItem: (key: string, value: string): void => { writeStored(key, value); },
};

interface RegionProps {
  readonly panel: keyof typeof PANEL_IDS;
  readonly className?: string;
  readonly inert?: boolean;
  readonly children: ReactNode;
}

/** A named part of the page that F6 reaches and that fails alone. */
function Region({ panel, className, inert, children }: RegionProps): React.JSX.Element {
  const { t } = useTranslation('shell');
  const name = t(`panels.${panel}`);
  return (
    <section id={PANEL_IDS[panel]} className={cx(styles['region'], className)} aria-label={name} tabIndex={-1} inert={inert} data-testid={PANEL_IDS[panel]}>
      <PanelBoundary name={name}><Suspense fallback={null}>{children}</Suspense></PanelBoundary>
    </section>
  );
}

/** A panel that folds with its switch and tells the switch when it is dragged shut. */
function useFold(folded: boolean, onFold: (folded: boolean) => void): { readonly ref: ReturnType<typeof usePanelRef>; readonly onResize: () => void } {
  const ref = usePanelRef();
  useEffect(() => {
    const panel = ref.current;
    if (panel === null || panel.isCollapsed() === folded) return;
    if (folded) panel.collapse();
    else panel.expand();
  }, [folded, ref]);
  const onResize = (): void => {
    const collapsed = ref.current?.isCollapsed() ?? folded;
    if (collapsed !== folded) onFold(collapsed);
  };
  return { ref, onResize };
}

function Inspector({ place: Place }: { readonly place: ComponentType }): React.JSX.Element {
  const { t } = useTranslation('shell');
  const open = useLayout((state) => state.inspectorOpen);
  const needed = useLayout((state) => state.inspectorNeeded);
  const close = (): void => { closeInspector(); focusStage(); };
  return (
    <Region panel="inspector" className={cx(styles['inspector'], open && styles['open'])} inert={!open}>
      {needed && <Place />}
      <div className={styles['inspectorClose']}><IconButton icon="close" label={t('panels.closeInspector')} data-testid="inspector-close" onClick={close} /></div>
    </Region>
  );
}

/** The stage, or a scheduling decision in its place or beside it. */
function StageArea({ stage: Stage, scheduling: Scheduling }: Pick<Places, 'stage' | 'scheduling'>): ReactNode {
  const { open, beside } = useScheduling();
  const area = useRef<HTMLDivElement>(null);
  const { width } = useSize(area);
  const both = open && beside && width >= besidePx();
  return (
    <div ref={area} className={cx(styles['fill'], both && styles['two'])}>
      {(!open || both) && <div className={styles['aside']}><Stage /></div>}
      {open && <Suspense fallback={null}><Scheduling /></Suspense>}
    </div>
  );
}

/** All eight lanes of a small cluster with their labels, under the transport. */
const TIMELINE_SIZE = '12rem';

/** Letters grow with presenter mode, so the timeline gets as much more room, and gives it back. */
function usePresenterSize(ref: ReturnType<typeof usePanelRef>): void {
  const presenter = usePreferences((state) => state.presenter);
  const before = useRef(false);
  useEffect(() => {
    if (before.current === presenter) return;
    before.current = presenter;
    makeRoomForAudience(presenter);
    if (ref.current?.isCollapsed() === false) ref.current.resize(TIMELINE_SIZE);
  }, [presenter, ref]);
}

function Right({ places }: { readonly places: Places }): React.JSX.Element {
  const { t } = useTranslation('shell');
  const folded = useLayout((state) => state.timelineFolded);
  const fold = useFold(folded, foldTimeline);
  const layout = useDefaultLayout({ id: 'rows', storage: layoutStorage });
  usePresenterSize(fold.ref);
  const { narrator: Narrator, timeline: Timeline } = places;
  return (
    <Group orientation="vertical" id="rows" className={styles['fill']} {...layout}>
      <Panel id="upper" minSize="12rem" className={styles['upper']}>
        <Region panel="stage" className={styles['stage']}><StageArea stage={places.stage} scheduling={places.scheduling} /></Region>
        <Region panel="narrator" className={styles['narrator']}><Narrator /></Region>
        <Notices />
      </Panel>
      <SplitHandle id="resize-timeline" label={t('panels.resizeTimeline')} />
      <Panel id="timeline" panelRef={fold.ref} onResize={fold.onResize} defaultSize={TIMELINE_SIZE} minSize="7rem" maxSize="60%" collapsible collapsedSize="3rem" groupResizeBehavior="preserve-pixel-size">
        <Region panel="timeline" className={styles['timeline']}><Timeline /></Region>
      </Panel>
    </Group>
  );
}

function EditorColumn({ editor }: { readonly editor: ReactNode }): React.JSX.Element {
  const { t } = useTranslation('shell');
  const folded = useLayout((state) => state.editorFolded);
  return (
    <>
      {folded && <div className={styles['rail']}><IconButton icon="unfoldLeft" label={t('panels.unfoldEditor')} data-testid="unfold-editor" onClick={() => foldEditor(false)} /></div>}
      <Region panel="editor" className={cx(styles['editor'], folded && styles['hidden'])} inert={folded}>{editor}</Region>
    </>
  );
}

const loadSearch = async (): Promise<{ default: ComponentType<{ readonly onClose: () => void }> }> => ({ default: (await import('../search/SearchDialog.tsx')).SearchDialog });
const SearchDialog = lazy(loadSearch);
const SEARCH_AFTER_MS = 2_000;

const ShortcutSheet = lazy(async () => ({ default: (await import('./ShortcutSheet.tsx')).ShortcutSheet }));

function Search(): React.JSX.Element | null {
  const open = useLayout((state) => state.searchOpen);
  // Ready before it is called for, because what is typed right after the shortcut belongs to it; but not before the editor.
  useEffect(() => {
    const timer = setTimeout(() => void loadSearch(), SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return open ? <Suspense fallback={null}><SearchDialog onClose={() => showSearch(false)} /></Suspense> : null;
}

/** The one screen: top bar, editor, stage with narrator, timeline, and the inspector that slides over. */
export function Shell({ places, editor }: { readonly places: Places; readonly editor: ReactNode }): React.JSX.Element {
  const { t } = useTranslation('shell');
  useGlobalKeys();
  const inspecting = useLayout((state) => state.inspectorOpen);
  const helping = useLayout((state) => state.helpOpen);
  useSchedulingAddress();
  const port = usePorts((ports) => ports.shell);
  const folded = useLayout((state) => state.editorFolded);
  const fold = useFold(folded, foldEditor);
  const layout = useDefaultLayout({ id: 'columns', storage: layoutStorage });
  return (
    <div className={styles['page']}>
      <a className={styles['skip']} href={`#${PANEL_IDS.stage}`} onClick={(event) => { event.preventDefault(); focusStage(); }}>{t('panels.skipToStage')}</a>
      <TopBar />
      {port !== undefined && <SessionBanner port={port} />}
      <main className={styles['work']} data-inspecting={inspecting || undefined}>
        <Group orientation="horizontal" id="columns" className={styles['fill']} {...layout}>
          <Panel id="editor" panelRef={fold.ref} onResize={fold.onResize} defaultSize="30%" minSize="17rem" maxSize="60%" collapsible collapsedSize="2.75rem">
            <EditorColumn editor={editor} />
          </Panel>
          <SplitHandle id="resize-editor" upright label={t('panels.resizeEditor')} />
          <Panel id="right" minSize="24rem"><Right places={places} /></Panel>
        </Group>
        <Inspector place={places.inspector} />
        <div id={OVERLAYS_ID} />
      </main>
      {helping && <Suspense fallback={null}><ShortcutSheet /></Suspense>}
      <Search />
    </div>
  );
}
