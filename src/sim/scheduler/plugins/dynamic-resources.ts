import type { Plugin } from '../framework/plugin.ts';
import { status, unschedulable } from '../framework/status.ts';

const NAME = 'DynamicResources';
const SKIP = { status: status(NAME, 'Skip') };
const NO_STATE = { status: status(NAME, 'Error', 'not found') };
const NO_CLAIMS = { status: unschedulable(NAME, 'no new claims to deallocate') };

/**
 * Models DynamicResources for pods without resource claims, the only pods here: it filters nothing and scores every
 * node 0, but its PostFilter speaks before preemption, and fails when PreFilter never got as far as this plugin.
 */
export const dynamicResources: Plugin = {
  name: NAME,
  preFilter: () => SKIP,
  filter: () => undefined,
  postFilter: (context) => (context.preFilterRan(NAME) ? NO_CLAIMS : NO_STATE),
  score: () => 0,
};
