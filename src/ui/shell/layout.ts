// Which panels are open. Panels of other folders call these too: the stage opens the inspector, the timeline folds itself.
import { create } from 'zustand';
import { readStored, writeStored } from '../../view/storage.ts';

/** What the folded editor leaves of itself, with the handle. */
const FOLDED_REM = 3.25;

interface LayoutStore {
  readonly editorFolded: boolean;
  readonly timelineFolded: boolean;
  readonly inspectorOpen: boolean;
  /** It is drawn from its first opening on, so that the first view does not wait for it. */
  readonly inspectorNeeded: boolean;
  readonly helpOpen: boolean;
  readonly searchOpen: boolean;
}

export const useLayout = create<LayoutStore>()(() => ({
  editorFolded: readStored('folded.editor') === 'yes',
  timelineFolded: readStored('folded.timeline') === 'yes',
  inspectorOpen: false,
  inspectorNeeded: false,
  helpOpen: false,
  searchOpen: false,
}));

export function foldEditor(folded: boolean): void {
  writeStored('folded.editor', folded ? 'yes' : undefined);
  useLayout.setState({ editorFolded: folded });
}

/** Folded, the timeline keeps only its first strip, where the transport is. */
export function foldTimeline(folded: boolean): void {
  writeStored('folded.timeline', folded ? 'yes' : undefined);
  useLayout.setState({ timelineFolded: folded });
}

export function openInspector(): void {
  useLayout.setState({ inspectorOpen: true, inspectorNeeded: true });
}

export function closeInspector(): void {
  useLayout.setState({ inspectorOpen: false });
}

export function showHelp(open: boolean): void {
  useLayout.setState({ helpOpen: open });
}

export function showSearch(open: boolean): void {
  useLayout.setState({ searchOpen: open });
}

/** What the stage needs for itself in presenter mode, in px of the window: with less, first the editor and then the timeline fold. */
const AUDIENCE_PX = { width: 1_240, height: 990 } as const;
let foldedForAudience: Partial<LayoutStore> = {};
/** Presenter mode on a small screen keeps the room for what the audience looks at, and gives it back afterwards. */
export function makeRoomForAudience(presenter: boolean): void {
  const { editorFolded, timelineFolded } = useLayout.getState();
  if (!presenter) {
    useLayout.setState(foldedForAudience);
    foldedForAudience = {};
    return;
  }
  const folds = {
    ...(globalThis.innerWidth < AUDIENCE_PX.width && !editorFolded && { editorFolded: true }),
    ...(globalThis.innerHeight < AUDIENCE_PX.height && !timelineFolded && { timelineFolded: true }),
  };
  foldedForAudience = Object.fromEntries(Object.keys(folds).map((key) => [key, false]));
  useLayout.setState(folds);
}

/** The stage needs 39 rem to show all of itself, and a decision beside it as much again. */
const BESIDE_REM = 78;
export function besidePx(): number {
  return BESIDE_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** Whether the window is wide enough for the stage and a decision side by side once the editor is folded. */
export function hasRoomBeside(): boolean {
  return globalThis.innerWidth - FOLDED_REM * (besidePx() / BESIDE_REM) >= besidePx();
}

let editorFoldedForRoom = false;
/** Folds the editor where the two would not fit beside it, and gives its place back afterwards. */
export function makeRoomBeside(beside: boolean): void {
  const narrow = (document.getElementById(PANEL_IDS.stage)?.clientWidth ?? 0) < besidePx();
  if (beside && narrow && !useLayout.getState().editorFolded) {
    editorFoldedForRoom = true;
    foldEditor(true);
  } else if (!beside && editorFoldedForRoom) {
    editorFoldedForRoom = false;
    foldEditor(false);
  }
}

export const PANEL_IDS = { editor: 'panel-editor', stage: 'panel-stage', narrator: 'panel-narrator', timeline: 'panel-timeline', inspector: 'panel-inspector' } as const;

/** F6 reaches it too, because the text editor keeps the Tab key. */
export const TOP_BAR_ID = 'top-bar';

/** Where Esc always gets back to. */
export function focusStage(): void {
  document.getElementById(PANEL_IDS.stage)?.focus();
}
