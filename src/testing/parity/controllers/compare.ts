// Compares the recording of a run with what real runs showed, section by section.
import { equal, isPlain, textOf } from './json.ts';
import type { Expectation, ExpectedEvent, PodGroup, PodOperation, RecordedEvent, Recording, Scenario, Sequence } from './scenario.ts';

/**
 * `exact`: equal to what all real runs showed. `variant`: equal to one of them. `within`: equal to none, but with everything
 * that they have in common and with no state that none of them showed.
 */
type How = 'exact' | 'variant' | 'within';
const HOW: readonly How[] = ['exact', 'variant', 'within'];

export interface Section {
  readonly name: 'responses' | 'events' | 'trajectory' | 'podGroups' | 'order' | 'final' | 'placement' | 'invariants';
  readonly pass: boolean;
  readonly how: How;
  readonly failures: readonly string[];
}
export interface Comparison { readonly pass: boolean; readonly sections: readonly Section[] }

interface Verdict { readonly how: How; readonly failures: readonly string[] }
const EXACT: Verdict = { how: 'exact', failures: [] };
const failed = (...failures: readonly string[]): Verdict => ({ how: 'exact', failures });
const passed = (how: How): Verdict => ({ how, failures: [] });

/** One verdict for all: the weakest way of passing, and every failure. */
function together(verdicts: readonly Verdict[]): Verdict {
  const rank = Math.max(0, ...verdicts.map(({ how, failures }) => (failures.length > 0 ? 0 : HOW.indexOf(how))));
  return { how: HOW[rank] ?? 'exact', failures: verdicts.flatMap(({ failures }) => failures) };
}

const SHOWN = 300;

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : textOf(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Which members of two states differ, in words. */
function stateDifference(want: unknown, got: unknown): string {
  if (!isPlain(want) || !isPlain(got)) return `${shown(want)}, got ${shown(got)}`;
  const keys = [...new Set([...Object.keys(want), ...Object.keys(got)])].filter((key) => !equal(want[key], got[key]));
  return keys.map((key) => `${key}=${shown(want[key])} (got ${shown(got[key])})`).join(', ');
}

/** The first place where two sequences differ, in words. */
function sequenceDifference(want: Sequence, got: Sequence): string {
  const length = Math.max(want.length, got.length);
  for (let index = 0; index < length; index++)
    if (!equal(want[index], got[index])) return `at ${index}: want ${stateDifference(want[index], got[index])}`;
  return 'equal';
}

function isSubsequence(part: Sequence, whole: Sequence): boolean {
  let found = 0;
  const wanted = part.map(textOf);
  for (const state of whole) if (textOf(state) === wanted[found]) found++;
  return found === wanted.length;
}

const NOTHING_IGNORED: ReadonlySet<string> = new Set();

/** The first place where two values differ; `<varies>` in the expected one stands for anything. */
export function firstDifference(want: unknown, got: unknown, path: string, ignored: ReadonlySet<string> = NOTHING_IGNORED): string | undefined {
  if (want === '<varies>') return undefined;
  if (Array.isArray(want) && Array.isArray(got)) {
    if (want.length !== got.length) return `${path}: want ${want.length} items, got ${got.length}`;
    return firstOf(want.keys(), (index) => firstDifference(want[index], got[index], `${path}[${index}]`, ignored));
  }
  if (isPlain(want) && isPlain(got)) {
    const keys = [...new Set([...Object.keys(want), ...Object.keys(got)])].filter((key) => !ignored.has(key)).sort();
    return firstOf(keys, (key) => firstDifference(want[key], got[key], `${path}.${key}`, ignored));
  }
  return equal(want, got) ? undefined : `${path}: want ${shown(want)}, got ${shown(got)}`;
}

function firstOf<T>(members: Iterable<T>, find: (member: T) => string | undefined): string | undefined {
  for (const member of members) {
    const found = find(member);
    if (found !== undefined) return found;
  }
  return undefined;
}

function compareResponses({ steps }: Scenario, recording: Recording): Verdict {
  const failures = steps.map(({ request, response }, index) => {
    if (!request || !response) return undefined;
    return firstDifference(response, recording.steps[index]?.response ?? {}, `step ${index} ${request.method} ${request.path}`);
  });
  return failed(...failures.filter((failure) => failure !== undefined));
}

const eventKey = ({ count: _count, ...line }: ExpectedEvent): string => textOf(line);
const eventText = ({ kind, name, reason }: ExpectedEvent): string => `${kind}/${name} ${reason}`;

function compareEvents({ expect: { events, eventsSometimes = [] } }: Scenario, recording: Recording): Verdict {
  const got = new Map(recording.events.map((event) => [eventKey(event), event]));
  const known = new Set([...events, ...eventsSometimes].map(eventKey));
  const unknown = recording.events.filter((event) => !known.has(eventKey(event)));
  const missingOrMiscounted = events.map((want) => compareEvent(want, got.get(eventKey(want)), unknown)).filter((failure) => failure !== undefined);
  return failed(...missingOrMiscounted, ...unknown.map((event) => `unexpected ${eventText(event)}: ${event.message} (${event.source})`));
}

function compareEvent(want: ExpectedEvent, got: RecordedEvent | undefined, unknown: readonly RecordedEvent[]): string | undefined {
  if (!got) {
    const near = unknown.find(({ kind, reason, name }) => kind === want.kind && reason === want.reason && name === want.name);
    const instead = near ? ` (got message: ${near.message}, source ${near.source}, type ${near.type})` : '';
    return `missing ${eventText(want)}: ${want.message}${instead}`;
  }
  const { count } = want;
  // Where real runs differ in the count, any count is one that a cluster can show.
  const right = typeof count === 'number' ? got.count === count : count[1] <= 1 || got.count >= 1;
  return right ? undefined : `count of ${eventText(want)}: want ${shown(count)}, got ${got.count}: ${want.message}`;
}

function compareTrajectories({ expect: { trajectory, trajectoryVariants } }: Scenario, recording: Recording): Verdict {
  const verdicts = Object.entries(trajectory).map(([key, want]) => prefixed(key, compareTrajectory(want, trajectoryVariants?.[key], recording.trajectory[key])));
  return together([...verdicts, unexpectedKeys(recording.trajectory, 'object', trajectory)]);
}

function compareTrajectory(want: Sequence, variants: readonly (Sequence | null)[] | undefined, got: Sequence | undefined): Verdict {
  if (got === undefined) return variants?.includes(null) ? EXACT : failed('missing');
  if (!variants) return equal(want, got) ? EXACT : failed(sequenceDifference(want, got));
  if (variants.some((variant) => equal(variant, got))) return passed('variant');
  const sequences = variants.filter((variant) => variant !== null);
  const seen = new Set(sequences.flat().map(textOf));
  const strange = got.find((state) => !seen.has(textOf(state)));
  if (strange !== undefined) return failed(`state never seen: ${shown(strange)}`);
  if (isSubsequence(want, got)) return passed('within');
  return failed(`common part not contained; against the first variant ${sequenceDifference(sequences[0] ?? [], got)}`);
}

const prefixed = (key: string, { how, failures }: Verdict): Verdict => ({ how, failures: failures.map((failure) => `${key}: ${failure}`) });

function unexpectedKeys(got: object, what: string, ...expected: readonly (object | undefined)[]): Verdict {
  const strange = Object.keys(got).filter((key) => !expected.some((known) => known && key in known));
  return failed(...strange.map((key) => `${key}: unexpected ${what}`));
}

function comparePodGroups({ expect: { podGroups, podGroupVariants = {} } }: Scenario, recording: Recording): Verdict {
  const strict = Object.entries(podGroups).map(([key, want]) => prefixed(key, compareGroup(want, recording.podGroups[key] ?? [])));
  const loose = Object.entries(podGroupVariants).map(([key, variants]) => prefixed(key, compareGroupVariants(variants, recording.podGroups[key] ?? [])));
  return together([...strict, ...loose, unexpectedKeys(recording.podGroups, 'group', podGroups, podGroupVariants)]);
}

function compareGroup(want: readonly PodGroup[], got: readonly PodGroup[]): Verdict {
  if (equal(want, got)) return EXACT;
  const counts = `want ${want.map(({ n }) => n).join()} pods, got ${got.map(({ n }) => n).join()}`;
  // The most telling difference is between a story that only the real cluster told and one that only we tell.
  const missed = want.find(({ seq }) => !got.some((other) => equal(other.seq, seq))) ?? want[0];
  const invented = got.find(({ seq }) => !want.some((other) => equal(other.seq, seq))) ?? got[0];
  return failed(missed && invented ? `${counts}; ${sequenceDifference(missed.seq, invented.seq)}` : counts);
}

const podCount = (groups: readonly PodGroup[]): number => groups.reduce((sum, { n }) => sum + n, 0);

function compareGroupVariants(variants: readonly (readonly PodGroup[])[], got: readonly PodGroup[]): Verdict {
  if (variants.some((variant) => equal(variant, got))) return passed('variant');
  const seen = new Set(variants.flat().flatMap(({ seq }) => seq.map(textOf)));
  const strange = got.flatMap(({ seq }) => seq).find((state) => !seen.has(textOf(state)));
  if (strange !== undefined) return failed(`state never seen: ${shown(strange)}`);
  if (variants.some((variant) => podCount(variant) === podCount(got))) return passed('within');
  return failed(`${podCount(got)} pods, real runs had ${[...new Set(variants.map(podCount))].join()}`);
}

const anonymous = (order: readonly PodOperation[]): readonly PodOperation[] => order.map(([operation, pod]) => [operation, pod.replace(/<p\d+>/g, '<p>')]);

/** Numbers the nodes in names of daemon pods by first appearance. */
function relabelled(order: readonly PodOperation[]): readonly PodOperation[] {
  const labels = new Map<string, string>();
  const label = (node: string): string => {
    if (!labels.has(node)) labels.set(node, `<n${labels.size + 1}>`);
    return labels.get(node) ?? node;
  };
  return order.map(([operation, pod]) => [operation, pod.replace(/<node-[^>]*>/g, label)]);
}

function compareOrder({ expect: { order, orderNodes, orderVariants } }: Scenario, { order: got }: Recording): Verdict {
  if (order && orderNodes) return equal(order, relabelled(got)) ? EXACT : failed(sequenceDifference(order, relabelled(got)));
  const anonymousGot = anonymous(got);
  if (order) {
    if (equal(order, got) || equal(order, anonymousGot)) return EXACT;
    // Which of several equal pods is taken is random in a real cluster.
    return equal(anonymous(order), anonymousGot) ? passed('variant') : failed(sequenceDifference(order, got));
  }
  if (!orderVariants || orderVariants.some((variant) => equal(variant, anonymousGot))) return passed(orderVariants ? 'variant' : 'exact');
  const multiset = (operations: readonly PodOperation[]): string => operations.map(textOf).sort().join();
  if (orderVariants.some((variant) => multiset(variant) === multiset(anonymousGot))) return passed('within');
  return failed(`other creations or deletions: ${sequenceDifference(orderVariants[0] ?? [], anonymousGot)}`);
}

/** What follows from a free choice among equal nodes. */
const FREE_CHOICE: ReadonlySet<string> = new Set(['nodeName', 'hostIP', 'zone']);

function compareFinal({ expect: { final, finalSometimes }, nodesMatter }: Scenario, recording: Recording): Verdict {
  const differences = Object.entries(final).map(([key, want]) => {
    const got = recording.final[key];
    return got === undefined ? `${key}: missing` : firstDifference(want, got, key, nodesMatter ? NOTHING_IGNORED : FREE_CHOICE);
  });
  return together([failed(...differences.filter((difference) => difference !== undefined)), unexpectedKeys(recording.final, 'object', final, finalSometimes)]);
}

const spreadOf = (counts: Readonly<Record<string, number>>): readonly number[] => Object.values(counts).sort((a, b) => b - a);

function comparePlacement({ expect, nodesMatter }: Scenario, recording: Recording): Verdict {
  const wrong = Object.entries(expect.placement).filter(([key, want]) => !isPlacedLike(want, recording.placement[key] ?? {}, nodesMatter));
  return failed(...wrong.map(([key, want]) => `${key}: want ${shown(want)}, got ${shown(recording.placement[key] ?? {})}`));
}

function isPlacedLike(want: Expectation['placement'][string], got: Readonly<Record<string, number>>, nodesMatter: boolean): boolean {
  const spread = spreadOf(got);
  if (want.byNode) return equal(want.byNode, got) || (!nodesMatter && equal(spreadOf(want.byNode), spread));
  return (want.spread ? [want.spread] : want.spreads ?? []).some((allowed) => equal(allowed, spread));
}

function compareInvariants({ expect: { invariants } }: Scenario, recording: Recording): Verdict {
  const broken = invariants.filter(({ holds }) => holds).flatMap(({ name }) => recording.invariants.filter((got) => got.name === name && !got.holds));
  return failed(...broken.map((got) => `${got.name}: ${got.what} ${got.op} ${got.value}, got min ${got.observedMin} max ${got.observedMax}`));
}

const SECTIONS: readonly (readonly [Section['name'], (scenario: Scenario, recording: Recording) => Verdict])[] = [
  ['responses', compareResponses],
  ['events', compareEvents],
  ['trajectory', compareTrajectories],
  ['podGroups', comparePodGroups],
  ['order', compareOrder],
  ['final', compareFinal],
  ['placement', comparePlacement],
  ['invariants', compareInvariants],
];

export function compareScenario(scenario: Scenario, recording: Recording): Comparison {
  const sections = SECTIONS.map(([name, compare]) => {
    const { how, failures } = compare(scenario, recording);
    return { name, pass: failures.length === 0, how, failures };
  });
  return { pass: sections.every(({ pass }) => pass), sections };
}
