// Which Pod Security Standard a namespace's labels ask for (models pod-security-admission/api).
import type { FieldError } from '../../../api/meta.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';
const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];

/** A level as one Kubernetes version defines it; the version is a minor number. */
export interface LevelVersion { readonly level: Level; readonly version: number | 'latest' }

export interface Policy { readonly enforce: LevelVersion; readonly audit: LevelVersion; readonly warn: LevelVersion }

type Labels = Readonly<Record<string, string>> | undefined;

const PREFIX = 'pod-security.kubernetes.io/';
const PRIVILEGED: LevelVersion = { level: 'privileged', version: 'latest' };
const NO_POLICY: { readonly policy: Policy; readonly errors: readonly FieldError[] } = { policy: { enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED }, errors: [] };

/** What the labels ask for, and what is wrong with them. An unreadable level enforces the strictest, and audits and warns of nothing. */
export function policyOf(labels: Labels): { readonly policy: Policy; readonly errors: readonly FieldError[] } {
  if (!labels || !Object.keys(labels).some((label) => label.startsWith(PREFIX))) return NO_POLICY;
  const errors: FieldError[] = [];
  const level = (mode: string, fallback: Level): Level | undefined => {
    const text = labels[PREFIX + mode];
    if (text === undefined) return undefined;
    const known = LEVELS.find((name) => name === text);
    if (!known) errors.push(unreadable(PREFIX + mode, text, `must be one of ${LEVELS.join(', ')}`));
    return known ?? fallback;
  };
  const version = (mode: string): LevelVersion['version'] => {
    const text = labels[`${PREFIX}${mode}-version`] ?? 'latest';
    if (text === 'latest') return text;
    const minor = /^v1\.([0-9]|[1-9][0-9]*)$/.exec(text)?.[1];
    if (minor === undefined) errors.push(unreadable(`${PREFIX}${mode}-version`, text, 'must be "latest" or "v1.x"'));
    return minor === undefined ? 'latest' : Number(minor);
  };
  const enforce: LevelVersion = { level: level('enforce', 'restricted') ?? 'privileged', version: version('enforce') };
  const audit: LevelVersion = { level: level('audit', 'privileged') ?? 'privileged', version: version('audit') };
  const warnLevel = level('warn', 'privileged');
  const ownVersion = version('warn');
  // Whoever enforces without a word on warnings gets warnings for the same.
  const follows = warnLevel === undefined && enforce.level !== 'privileged' && enforce.level === labels[`${PREFIX}enforce`];
  const warn: LevelVersion = follows
    ? { level: enforce.level, version: labels[`${PREFIX}warn-version`] === undefined ? enforce.version : ownVersion }
    : { level: warnLevel ?? 'privileged', version: ownVersion };
  return { policy: { enforce, audit, warn }, errors };
}

function unreadable(label: string, value: string, why: string): FieldError {
  return { type: 'FieldValueInvalid', path: `metadata.labels[${label}]`, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

/** `baseline:latest`, `restricted:v1.25`. */
export function levelText({ level, version }: LevelVersion): string {
  return `${level}:${version === 'latest' ? version : `v1.${version}`}`;
}
