// Every panel in its place: one line each, loaded when the page first shows it.
// For example: stage: lazy(async () => ({ default: (await import('./stage/Stage.tsx')).Stage })),
import type { Places } from './shell/places.ts';

export const places: Places = {};
