// Every panel in its place: one line each, loaded when the page first shows it.
import { lazy } from 'react';
import type { Places } from './shell/places.ts';

export const places: Places = {
  stage: lazy(async () => ({ default: (await import('./stage/Stage.tsx')).Stage })),
  narrator: lazy(async () => ({ default: (await import('./narrator/Narrator.tsx')).Narrator })),
  inspector: lazy(async () => ({ default: (await import('./inspector/Inspector.tsx')).Inspector })),
  scheduling: lazy(async () => ({ default: (await import('./scheduling/SchedulingView.tsx')).SchedulingView })),
  timeline: lazy(async () => ({ default: (await import('./timeline/Timeline.tsx')).Timeline })),
};
