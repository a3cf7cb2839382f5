/** Where menus and tooltips are drawn: inside the page's main landmark, so that screen readers find them in it. */
export const OVERLAYS_ID = 'overlays';

/** The place itself; without the frame of the page there is none and the body serves. */
export function overlays(): HTMLElement | null {
  return document.getElementById(OVERLAYS_ID);
}
