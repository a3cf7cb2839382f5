import { useEffect } from 'react';
import { useWorld, world } from '../../view/store.ts';
import { isTyping, listShortcuts } from '../shared/shortcuts.ts';

listShortcuts([
  { group: 'playback', keys: ['Space'], text: 'play' },
  { group: 'playback', keys: ['→'], text: 'step' },
  { group: 'playback', keys: ['←'], text: 'stepBack' },
  { group: 'playback', keys: ['Shift+→'], text: 'stepRequest' },
  { group: 'playback', keys: ['Shift+←'], text: 'stepBackRequest' },
  { group: 'playback', keys: ['Alt+→'], text: 'stepPhase' },
  { group: 'playback', keys: ['Alt+←'], text: 'stepBackPhase' },
  { group: 'playback', keys: ['Q'], text: 'untilQuiet' },
  { group: 'playback', keys: ['Shift+Q'], text: 'backToQuiet' },
  { group: 'playback', keys: ['Home'], text: 'start' },
  { group: 'playback', keys: ['End'], text: 'end' },
]);

/** A focused control keeps its own keys: space presses a button, arrows move a slider or a tab. */
function belongsToControl(event: KeyboardEvent): boolean {
  const target = event.target instanceof HTMLElement ? event.target : undefined;
  if (!target || isTyping(target)) return true;
  if (target.closest('[role=menu],[role=dialog],[role=listbox],[role=tablist],[role=separator]')) return true;
  return event.key === ' ' && target.closest('button,a,summary,[role=button]') !== null;
}

function handle(event: KeyboardEvent): boolean {
  switch (event.key) {
    case ' ': world.toggle(); return true;
    case 'ArrowRight': void world.step(event.shiftKey ? 'request' : event.altKey ? 'phase' : 'message'); return true;
    case 'ArrowLeft': void world.stepBack(event.shiftKey ? 'request' : event.altKey ? 'phase' : 'message'); return true;
    case 'Home': void world.seek({ position: 0 }); return true;
    case 'End': void world.seek({ position: useWorld.getState().model.endPosition }); return true;
    case 'q': case 'Q': void (event.shiftKey ? world.stepBack('quiet') : world.step('quiet')); return true;
    default: return false;
  }
}

export function usePlaybackKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || belongsToControl(event)) return;
      if (useWorld.getState().status === 'ready' && handle(event)) event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}
