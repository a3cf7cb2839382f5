// What a plugin says about a pod or a node (framework.Status). Success is `undefined`, so that the common answer costs
// nothing; statuses are shared constants wherever their text is fixed.

export type Code = 'Success' | 'Error' | 'Unschedulable' | 'UnschedulableAndUnresolvable' | 'Wait' | 'Skip' | 'Pending';

export interface Status {
  readonly code: Code;
  readonly reasons: readonly string[];
  /** The plugin that said it. */
  readonly plugin: string;
}

export function status(plugin: string, code: Code, ...reasons: readonly string[]): Status {
  return { code, reasons, plugin };
}

/** Preemption or an event may help: the node could take the pod if pods left it. */
export function unschedulable(plugin: string, ...reasons: readonly string[]): Status {
  return { code: 'Unschedulable', reasons, plugin };
}

/** Removing pods cannot help. */
export function unresolvable(plugin: string, ...reasons: readonly string[]): Status {
  return { code: 'UnschedulableAndUnresolvable', reasons, plugin };
}

export function isRejected(s: Status): boolean {
  return s.code === 'Unschedulable' || s.code === 'UnschedulableAndUnresolvable' || s.code === 'Pending';
}

/** Status.Message: the reasons joined. */
export function messageOf(s: Status | undefined): string {
  return s === undefined ? '' : s.reasons.join(', ');
}
