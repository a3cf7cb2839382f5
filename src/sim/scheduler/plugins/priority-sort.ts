import type { Plugin } from '../framework/plugin.ts';

/** Models PrioritySort (queuesort): higher priority first, then who waited longer. */
export const prioritySort: Plugin = {
  name: 'PrioritySort',
  less(a, b) {
    return a.priority > b.priority || (a.priority === b.priority && a.timestampUs < b.timestampUs);
  },
};
