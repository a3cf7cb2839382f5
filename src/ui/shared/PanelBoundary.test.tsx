// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTranslations } from '../../i18n/index.ts';
import { PanelBoundary } from './PanelBoundary.tsx';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
startTranslations();

let root: Root;
let place: HTMLElement;
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  place = document.body.appendChild(document.createElement('div'));
  root = createRoot(place);
});
afterEach(() => {
  act(() => root.unmount());
  place.remove();
  vi.restoreAllMocks();
});

let broken = false;
function Panel(): React.JSX.Element {
  if (broken) throw new Error('no such lane');
  return <p>drawn</p>;
}
const show = (): void => act(() => root.render(<><PanelBoundary name="timeline"><Panel /></PanelBoundary><p>beside</p></>));

test('a panel that fails says what, where and what to do; its neighbours go on; trying again brings it back', () => {
  broken = true;
  show();
  expect(place.textContent).toContain('The timeline stopped working');
  expect(place.textContent).toContain('no such lane');
  expect(place.textContent).toContain('beside');
  broken = false;
  act(() => [...place.querySelectorAll('button')].find((button) => button.textContent === 'Try again')?.click());
  expect(place.textContent).toBe('drawnbeside');
});
