// How a user chooses what a simulated container does. One annotation on the pod, `wheelhouse.dev/behavior`, holds for
// all its containers but init containers; `wheelhouse.dev/behavior.NAME` for the one of that name. Words are separated
// by commas, semicolons, spaces or `|`. Unknown words are ignored, as unknown annotations are.
import { value } from '../api/quantity.ts';

export const BEHAVIOR_ANNOTATION = 'wheelhouse.dev/behavior';

export interface Behavior {
  /** The process ends by itself. */
  readonly exit: { readonly code: number; readonly afterUs: number } | undefined;
  /** Replaces the image's time until it listens. */
  readonly readyAfterUs: number | undefined;
  /** Answers probes with failure for ever. */
  readonly neverReady: boolean;
  /** Answers probes with failure from then on. */
  readonly unhealthyAfterUs: number | undefined;
  /** Bytes at the start, and growth in bytes a second. */
  readonly memoryBytes: number | undefined;
  readonly memoryPerSecond: number;
  /** Does not react to SIGTERM. */
  readonly ignoresTerm: boolean;
  /** StartContainer fails. */
  readonly startError: boolean;
}

export interface BehaviorWord { readonly code: string; readonly form: string; readonly example: string; readonly text: string }

/** The words, for the page's help: `text` is a code of its texts. */
export const BEHAVIOR_WORDS: readonly BehaviorWord[] = [
  { code: 'exit', form: 'exit=CODE[@TIME]', example: 'exit=1@5s', text: 'behavior.exit' },
  { code: 'crash', form: 'crash[@TIME]', example: 'crash@2s', text: 'behavior.crash' },
  { code: 'never-ready', form: 'never-ready', example: 'never-ready', text: 'behavior.neverReady' },
  { code: 'ready-after', form: 'ready-after=TIME', example: 'ready-after=3s', text: 'behavior.readyAfter' },
  { code: 'unhealthy-after', form: 'unhealthy-after=TIME', example: 'unhealthy-after=20s', text: 'behavior.unhealthyAfter' },
  { code: 'memory', form: 'memory=QUANTITY or memory=+QUANTITY/s', example: 'memory=+10Mi/s', text: 'behavior.memory' },
  { code: 'ignore-term', form: 'ignore-term', example: 'ignore-term', text: 'behavior.ignoreTerm' },
  { code: 'start-error', form: 'start-error', example: 'start-error', text: 'behavior.startError' },
];

export const DEFAULT_BEHAVIOR: Behavior = {
  exit: undefined, readyAfterUs: undefined, neverReady: false, unhealthyAfterUs: undefined, memoryBytes: undefined, memoryPerSecond: 0,
  ignoresTerm: false, startError: false,
};

/** SIGSEGV: what a crash ends with. */
const CRASH_EXIT_CODE = 139;
const SOON_US = 100_000;
const UNITS: Readonly<Record<string, number>> = { ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000, d: 86_400_000_000 };

/** `1.5s`, `200ms`, `2m`, `10` (seconds) in microseconds; undefined if it is no time. */
export function parseDurationUs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text);
  return match ? Math.round(Number(match[1]) * (UNITS[match[2] ?? 's'] as number)) : undefined;
}

function quantityBytes(text: string): number | undefined {
  return /^\d+(?:\.\d+)?(?:[kKMGT]i?)?$/.test(text) ? value(text) : undefined;
}

const parsed = new Map<string, Behavior>();

/** The behaviour that an annotation's value describes; memoised. */
export function parseBehavior(text: string): Behavior {
  if (text === '') return DEFAULT_BEHAVIOR;
  let behavior = parsed.get(text);
  if (!behavior) {
    if (parsed.size > 1_000) parsed.clear();
    behavior = text.split(/[\s,;|]+/).reduce(withWord, DEFAULT_BEHAVIOR);
    parsed.set(text, behavior);
  }
  return behavior;
}

function withWord(behavior: Behavior, word: string): Behavior {
  const [key = '', argument = ''] = word.split('=', 2);
  const [name = '', at = ''] = key.split('@', 2);
  switch (name) {
    case 'exit': return withExit(behavior, argument);
    case 'crash': return { ...behavior, exit: { code: CRASH_EXIT_CODE, afterUs: parseDurationUs(at) ?? SOON_US } };
    case 'never-ready': return { ...behavior, neverReady: true };
    case 'ready-after': return { ...behavior, readyAfterUs: parseDurationUs(argument) ?? behavior.readyAfterUs };
    case 'unhealthy-after': return { ...behavior, unhealthyAfterUs: parseDurationUs(argument) ?? behavior.unhealthyAfterUs };
    case 'memory': return withMemory(behavior, argument);
    case 'ignore-term': return { ...behavior, ignoresTerm: true };
    case 'start-error': return { ...behavior, startError: true };
    default: return behavior;
  }
}

function withExit(behavior: Behavior, argument: string): Behavior {
  const [code = '', at = ''] = argument.split('@', 2);
  if (!/^\d{1,3}$/.test(code)) return behavior;
  return { ...behavior, exit: { code: Number(code) & 255, afterUs: parseDurationUs(at) ?? SOON_US } };
}

function withMemory(behavior: Behavior, argument: string): Behavior {
  const growth = /^\+(.+)\/s$/.exec(argument)?.[1];
  if (growth !== undefined) return { ...behavior, memoryPerSecond: quantityBytes(growth) ?? behavior.memoryPerSecond };
  return { ...behavior, memoryBytes: quantityBytes(argument) ?? behavior.memoryBytes };
}

/** The text that holds for one container: its own annotation, else the pod's (init containers only have their own). */
export function behaviorOf(annotations: { readonly [key: string]: string } | undefined, container: string, isInit: boolean): string {
  if (!annotations) return '';
  return annotations[`${BEHAVIOR_ANNOTATION}.${container}`] ?? (isInit ? '' : annotations[BEHAVIOR_ANNOTATION]) ?? '';
}
