import { ConsistencyStore } from '../consistency.ts';
import { Expectations } from '../expectations.ts';
import { Tallies } from './tally.ts';

/** What the controller remembers between syncs. */
export interface PodSetState {
  readonly expectations: Expectations;
  readonly consistency: ConsistencyStore;
  readonly tallies: Tallies;
}

export function initState(): PodSetState {
  return { expectations: new Expectations(), consistency: new ConsistencyStore(), tallies: new Tallies() };
}

export function cloneState(state: PodSetState): PodSetState {
  return { expectations: state.expectations.clone(), consistency: state.consistency.clone(), tallies: state.tallies.clone() };
}
