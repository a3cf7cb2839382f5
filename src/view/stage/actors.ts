/** `kubelet/node-1` → `kubelet`. The page speaks of actors by id only; the simulator's own helpers stay in the worker. */
export function kindOf(actor: string): string {
  const slash = actor.indexOf('/');
  return slash < 0 ? actor : actor.slice(0, slash);
}

/** `kubelet/node-1` → `node-1`; '' for components that there is one of. */
export function instanceOf(actor: string): string {
  const slash = actor.indexOf('/');
  return slash < 0 ? '' : actor.slice(slash + 1);
}
