import type { ComponentType } from 'react';

/** The panels that others fill. Each fills its place completely. */
export interface Places {
  readonly stage: ComponentType;
  readonly narrator: ComponentType;
  readonly timeline: ComponentType;
  readonly inspector: ComponentType;
  /** A scheduling decision, in place of the stage or beside it. */
  readonly scheduling: ComponentType;
}
