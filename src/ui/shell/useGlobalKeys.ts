// Keys that work anywhere on the page. Panels handle their own before these; whoever handles one prevents its default.
import { useEffect } from 'react';
import { closeScheduling } from '../../view/scheduling/open.ts';
import { setPreference, usePreferences } from '../shared/preferences.ts';
import { isTyping, listShortcuts } from '../shared/shortcuts.ts';
import { closeInspector, focusStage, foldEditor, makeRoomBeside, PANEL_IDS, showHelp, showSearch, TOP_BAR_ID, useLayout } from './layout.ts';

listShortcuts([
  { group: 'page', keys: ['?'], text: 'help' },
  { group: 'page', keys: ['Esc'], text: 'stage' },
  { group: 'page', keys: ['Mod+K'], text: 'search' },
  { group: 'page', keys: ['F6'], text: 'nextPanel' },
  { group: 'page', keys: ['Shift+F6'], text: 'previousPanel' },
  { group: 'page', keys: ['Mod+B'], text: 'foldEditor' },
  { group: 'page', keys: ['Mod+Shift+P'], text: 'presenter' },
]);

/** Moves the focus to the panel after (or before) the one that has it. */
function cyclePanels(step: 1 | -1): void {
  const panels = [TOP_BAR_ID, ...Object.values(PANEL_IDS)].map((id) => document.getElementById(id)).filter((panel) => panel !== null && !panel.closest('[inert]'));
  const current = panels.findIndex((panel) => panel?.contains(document.activeElement));
  const next = current === -1 ? (step === 1 ? 0 : panels.length - 1) : (current + step + panels.length) % panels.length;
  const panel = panels[next];
  const start = panel?.querySelector<HTMLElement>('[data-panel-start]');
  (start ?? panel)?.focus();
}

function handle(event: KeyboardEvent): boolean {
  const mod = event.ctrlKey || event.metaKey;
  if (event.key === 'Escape') {
    closeInspector();
    makeRoomBeside(false);
    closeScheduling();
    focusStage();
    return true;
  }
  if (event.key === 'F6') {
    cyclePanels(event.shiftKey ? -1 : 1);
    return true;
  }
  if (mod && !event.shiftKey && event.key.toLowerCase() === 'b') {
    foldEditor(!useLayout.getState().editorFolded);
    return true;
  }
  if (mod && event.shiftKey && event.key.toLowerCase() === 'p') {
    setPreference('presenter', !usePreferences.getState().presenter);
    return true;
  }
  if (event.key === '?' && !mod && !isTyping(event.target)) {
    showHelp(true);
    return true;
  }
  return false;
}

/** A tooltip closes on Esc and claims the key for that; with nothing else open, Esc still leads to the stage. */
function onlyTooltipOpen(): boolean {
  return document.querySelector('[role=tooltip]') !== null && document.querySelector('[role=dialog], [role=menu]') === null;
}

export function useGlobalKeys(): void {
  useEffect(() => {
    let claimedByTooltip = false;
    const before = (event: KeyboardEvent): void => {
      claimedByTooltip = event.key === 'Escape' && onlyTooltipOpen();
      // Before the text editor takes it for the first half of a chord.
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') {
        showSearch(true);
        event.preventDefault();
        event.stopPropagation();
      }
    };
    const onKeyDown = (event: KeyboardEvent): void => {
      const free = !event.defaultPrevented || claimedByTooltip;
      if (free && !event.isComposing && handle(event)) event.preventDefault();
    };
    globalThis.addEventListener('keydown', before, { capture: true });
    globalThis.addEventListener('keydown', onKeyDown);
    return () => {
      globalThis.removeEventListener('keydown', before, { capture: true });
      globalThis.removeEventListener('keydown', onKeyDown);
    };
  }, []);
}
