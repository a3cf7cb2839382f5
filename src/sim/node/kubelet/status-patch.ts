// The strategic merge patches that the kubelet sends: only what differs, lists with merge keys element by element.
import type { Json, JsonObject, NodeCondition, NodeStatus, PodCondition, PodStatus } from '../../api/generated/types.ts';
import { sameJson } from './equal.ts';

type Members = Readonly<Record<string, unknown>>;

type AnyCondition = PodCondition | NodeCondition;

/** Members that `next` has otherwise than `old`; conditions are compared by themselves. */
function changedMembers(old: Members, next: Members): Record<string, Json> {
  const changes: Record<string, Json> = {};
  for (const key in next) {
    const value = next[key];
    if (value !== undefined && value !== old[key] && key !== 'conditions' && !sameJson(value, old[key])) changes[key] = value as Json;
  }
  return changes;
}

/** One condition's changes, null for what it no longer has; undefined if there are none. */
function changedCondition(old: AnyCondition | undefined, next: AnyCondition): JsonObject | undefined {
  if (!old) return next as unknown as JsonObject;
  const changes = changedMembers(old as unknown as Members, next as unknown as Members);
  for (const key of ['reason', 'message'] as const) if (old[key] !== undefined && next[key] === undefined) changes[key] = null;
  for (const _ in changes) return { ...changes, type: next.type };
  return undefined;
}

/** Changed elements of a list of conditions, with the merge key; undefined if nothing changed. */
function changedConditions(old: readonly AnyCondition[] | undefined, next: readonly AnyCondition[] | undefined): JsonObject[] | undefined {
  if (old === next || !next) return undefined;
  let changed: JsonObject[] | undefined;
  for (const condition of next) {
    const before = old?.find((each) => each.type === condition.type);
    const change = before === condition ? undefined : changedCondition(before, condition);
    if (change) (changed ??= []).push(change);
  }
  return changed;
}

function withConditions(status: Record<string, Json>, old: readonly AnyCondition[] | undefined, next: readonly AnyCondition[] | undefined): void {
  const changed = changedConditions(old, next);
  if (!changed || !next) return;
  status['$setElementOrder/conditions'] = next.map(({ type }) => ({ type }));
  status['conditions'] = changed;
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

/** Addresses are merged by `ip`: one that the pod no longer has (its sandbox was made anew) must be taken away. */
function replaceAddresses(status: Record<string, Json>, old: PodStatus, next: PodStatus): void {
  const addresses = (next.podIPs ?? []).map(({ ip }) => ({ ip }));
  const gone = (old.podIPs ?? []).filter(({ ip }) => !addresses.some((address) => address.ip === ip));
  status['podIPs'] = [...addresses, ...gone.map(({ ip }) => ({ $patch: 'delete', ip }))];
  status['$setElementOrder/podIPs'] = addresses;
}

/** Patch of a pod's status, with the uid as its precondition; undefined when the API has it already. */
export function podStatusPatch(uid: string, old: PodStatus, next: PodStatus): JsonObject | undefined {
  // The API server keeps what the kubelet does not own; of its own only these two ever go away again.
  const status = changedMembers(old as unknown as Members, next as unknown as Members);
  if (old.reason !== undefined && next.reason === undefined) status['reason'] = null;
  if (old.message !== undefined && next.message === undefined) status['message'] = null;
  if (status['podIPs']) replaceAddresses(status, old, next);
  withConditions(status, old.conditions, next.conditions);
  return isEmpty(status) ? undefined : { metadata: { uid }, status };
}

/** Patch of a node's status from what was last seen to what is so now; undefined when nothing differs. */
export function nodeStatusPatch(old: NodeStatus, next: NodeStatus): JsonObject | undefined {
  const status = changedMembers(old as unknown as Members, next as unknown as Members);
  withConditions(status, old.conditions, next.conditions);
  return isEmpty(status) ? undefined : { status };
}
