// The strategic merge patches that the kubelet sends: only what differs, lists with merge keys element by element.
import type { Json, JsonObject, NodeCondition, PodCondition, PodStatus } from '../../api/generated/types.ts';
import { sameJson } from './equal.ts';

type Members = Readonly<Record<string, unknown>>;

/** What `next` changes in `old`, null for what it leaves out; members listed in `except` are not looked at. */
function changedMembers(old: Members, next: Members, except: ReadonlySet<string>): Record<string, Json> {
  const changes: Record<string, Json> = {};
  for (const key in next) {
    const value = next[key];
    if (!except.has(key) && value !== undefined && !sameJson(value, old[key])) changes[key] = value as Json;
  }
  for (const key in old) if (!except.has(key) && old[key] !== undefined && next[key] === undefined) changes[key] = null;
  return changes;
}

const NONE: ReadonlySet<string> = new Set();
const CONDITIONS: ReadonlySet<string> = new Set(['conditions']);
type AnyCondition = PodCondition | NodeCondition;

/** Changed elements of a list of conditions, with the merge key; undefined if nothing changed. */
function changedConditions(old: readonly AnyCondition[] | undefined, next: readonly AnyCondition[] | undefined): JsonObject[] | undefined {
  if (old === next || !next) return undefined;
  const changed: JsonObject[] = [];
  for (const condition of next) {
    const before = old?.find((each) => each.type === condition.type);
    if (before === condition) continue;
    const members = changedMembers((before ?? {}) as Members, condition as unknown as Members, NONE);
    if (Object.keys(members).length > 0) changed.push({ ...members, type: condition.type });
  }
  return changed.length > 0 ? changed : undefined;
}

function withConditions(status: Record<string, Json>, old: readonly AnyCondition[] | undefined, next: readonly AnyCondition[] | undefined): void {
  const changed = changedConditions(old, next);
  if (!changed || !next) return;
  status['$setElementOrder/conditions'] = next.map(({ type }) => ({ type }));
  status['conditions'] = changed;
}

/** Patch of a pod's status, with the uid as its precondition; undefined when the API has it already. */
export function podStatusPatch(uid: string, old: PodStatus, next: PodStatus): JsonObject | undefined {
  // The API server keeps what the kubelet does not own.
  const status = changedMembers(old as unknown as Members, { ...(old as unknown as Members), reason: undefined, message: undefined, ...(next as unknown as Members) }, CONDITIONS);
  withConditions(status, old.conditions, next.conditions);
  return Object.keys(status).length === 0 ? undefined : { metadata: { uid }, status };
}

/** Patch of a node's status from what was last seen to what is so now; undefined when nothing differs. */
export function nodeStatusPatch(old: Members, next: Members): JsonObject | undefined {
  const status = changedMembers(old, { ...old, ...next }, CONDITIONS);
  withConditions(status, old['conditions'] as readonly NodeCondition[] | undefined, next['conditions'] as readonly NodeCondition[] | undefined);
  return Object.keys(status).length === 0 ? undefined : { status };
}
