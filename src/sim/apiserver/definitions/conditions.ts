// What the status of a CustomResourceDefinition says (models apiextensions-apiserver's naming and establishing controllers).
import type { CustomResourceDefinition, CustomResourceDefinitionCondition, CustomResourceDefinitionNames } from '../../api/generated/types.ts';
import { sameContent } from '../object.ts';

export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

type Condition = Pick<CustomResourceDefinitionCondition, 'type' | 'status' | 'reason' | 'message'>;

export function conditionOf({ status }: CustomResourceDefinition, type: string): CustomResourceDefinitionCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function isEstablished(definition: CustomResourceDefinition): boolean {
  return conditionOf(definition, 'Established')?.status === 'True';
}

export function isTerminating(definition: CustomResourceDefinition): boolean {
  return conditionOf(definition, 'Terminating')?.status === 'True';
}

/** The definition with a condition; its time moves only with its status. */
export function withCondition(definition: CustomResourceDefinition, condition: Condition, now: string): CustomResourceDefinition {
  const before = definition.status?.conditions ?? [];
  const old = before.find(({ type }) => type === condition.type);
  const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now;
  const next: CustomResourceDefinitionCondition = { ...condition, ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }) };
  const conditions = old ? before.map((each) => (each === old ? next : each)) : [...before, next];
  return { ...definition, status: { ...definition.status, conditions } };
}

interface Taken { readonly resources: ReadonlySet<string>; readonly kinds: ReadonlySet<string> }

/** Names that the other definitions of a group have been granted. */
function takenBy(others: readonly CustomResourceDefinition[]): Taken {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { status } of others) {
    const { plural = '', singular = '', shortNames = [], kind = '', listKind = '' } = status?.acceptedNames ?? ({} as Partial<CustomResourceDefinitionNames>);
    for (const name of [plural, singular, ...shortNames]) resources.add(name);
    for (const name of [kind, listKind]) kinds.add(name);
  }
  return { resources, kinds };
}

/** Grants the names that nobody else in the group has. */
export function withNames(definition: CustomResourceDefinition, others: readonly CustomResourceDefinition[], now: string): CustomResourceDefinition {
  const { names } = definition.spec;
  const accepted: Partial<CustomResourceDefinitionNames> = definition.status?.acceptedNames ?? {};
  const taken = takenBy(others);
  let granted: Partial<CustomResourceDefinitionNames> = accepted;
  let conflict: Condition | undefined;
  const grant = (field: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<string>, reason: string): void => {
    const wanted = names[field] ?? '';
    if (wanted === (accepted[field] ?? '') || !used.has(wanted)) granted = wanted === '' ? granted : { ...granted, [field]: wanted };
    else conflict = { type: 'NamesAccepted', status: 'False', reason, message: `${JSON.stringify(wanted)} is already in use` };
  };
  grant('plural', taken.resources, 'PluralConflict');
  grant('singular', taken.resources, 'SingularConflict');
  const clashes = (names.shortNames ?? []).filter((name) => !accepted.shortNames?.includes(name) && taken.resources.has(name)).map((name) => `${JSON.stringify(name)} is already in use`);
  if (clashes.length > 0) conflict = { type: 'NamesAccepted', status: 'False', reason: 'ShortNamesConflict', message: clashes.length === 1 ? (clashes[0] ?? '') : `[${clashes.join(', ')}]` };
  else if (names.shortNames) granted = { ...granted, shortNames: names.shortNames };
  grant('kind', taken.kinds, 'KindConflict');
  grant('listKind', taken.kinds, 'ListKindConflict');
  if (names.categories) granted = { ...granted, categories: names.categories };
  const named = withCondition(definition, conflict ?? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }, now);
  const acceptedNames = { plural: '', kind: '', ...granted };
  const next: CustomResourceDefinition = { ...named, status: { ...named.status, acceptedNames } };
  return notEstablished(next, conflict === undefined, now);
}

const INITIAL_NAMES = 'the initial names have been accepted';

function notEstablished(definition: CustomResourceDefinition, accepted: boolean, now: string): CustomResourceDefinition {
  if (isEstablished(definition)) return definition;
  const [reason, message] = accepted ? ['Installing', INITIAL_NAMES] : ['NotAccepted', 'not all names are accepted'];
  return withCondition(definition, { type: 'Established', status: 'False', reason, message }, now);
}

/** A definition that has its names is established with a write of its own. */
export function established(definition: CustomResourceDefinition, now: string): CustomResourceDefinition {
  if (isEstablished(definition) || conditionOf(definition, 'NamesAccepted')?.status !== 'True') return definition;
  return withCondition(definition, { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: INITIAL_NAMES }, now);
}

export function sameStatus(a: CustomResourceDefinition, b: CustomResourceDefinition): boolean {
  return sameContent(a.status, b.status);
}
