// Semantic versions in CEL (models apiserver/pkg/cel/library: semverlib, which parses as blang/semver does).
import type { Environment } from '@marcbachmann/cel-js';

const versionType = 'kubernetes.Semver';
const form = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

class SemanticVersion {
  readonly numbers: readonly bigint[];
  readonly prerelease: readonly (bigint | string)[];

  constructor(numbers: readonly bigint[], prerelease: readonly (bigint | string)[]) {
    this.numbers = numbers;
    this.prerelease = prerelease;
  }
}

/** Without a leading v, without leading zeros, with all three numbers. */
function normalized(text: string): string {
  const [core = '', rest = ''] = /^v?([\d.]*)(.*)$/s.exec(text)?.slice(1) ?? [];
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3 && rest === '') parts.push('0');
  return parts.join('.') + rest;
}

function parse(text: string, isLoose: boolean): SemanticVersion | undefined {
  const match = form.exec(isLoose ? normalized(text) : text);
  if (match === null) return undefined;
  const parts = match[4]?.split('.') ?? [];
  if (parts.some((part) => /^0\d+$/.test(part))) return undefined;
  return new SemanticVersion(match.slice(1, 4).map(BigInt), parts.map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)));
}

function order<T>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Numbers come before words. */
function comparePart(a: bigint | string, b: bigint | string): number {
  return typeof a === typeof b ? order(a, b) : typeof a === 'bigint' ? -1 : 1;
}

function compare(a: SemanticVersion, b: SemanticVersion): number {
  const core = a.numbers.map((number, i) => order(number, b.numbers[i] ?? 0n)).find((result) => result !== 0);
  if (core !== undefined) return core;
  // A release comes after its prereleases.
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return order(b.prerelease.length, a.prerelease.length);
  const common = Math.min(a.prerelease.length, b.prerelease.length);
  for (let i = 0; i < common; i++) {
    const result = comparePart(a.prerelease[i] ?? '', b.prerelease[i] ?? '');
    if (result !== 0) return result;
  }
  return order(a.prerelease.length, b.prerelease.length);
}

function toVersion(text: string, isLoose: boolean): SemanticVersion {
  const version = parse(text, isLoose);
  if (version === undefined) throw new Error('No Major.Minor.Patch elements found');
  return version;
}

export function declareSemanticVersions(env: Environment): void {
  env.registerType(versionType, SemanticVersion);
  env.registerFunction(`semver(string): ${versionType}`, (text: string) => toVersion(text, false));
  env.registerFunction(`semver(string, bool): ${versionType}`, toVersion);
  env.registerFunction('isSemver(string): bool', (text: string) => parse(text, false) !== undefined);
  env.registerFunction('isSemver(string, bool): bool', (text: string, isLoose: boolean) => parse(text, isLoose) !== undefined);
  ['major', 'minor', 'patch'].forEach((name, i) => env.registerFunction(`${versionType}.${name}(): int`, ({ numbers }: SemanticVersion) => numbers[i] ?? 0n));
  env.registerFunction(`${versionType}.compareTo(${versionType}): int`, (a: SemanticVersion, b: SemanticVersion) => BigInt(compare(a, b)));
  env.registerFunction(`${versionType}.isLessThan(${versionType}): bool`, (a: SemanticVersion, b: SemanticVersion) => compare(a, b) < 0);
  env.registerFunction(`${versionType}.isGreaterThan(${versionType}): bool`, (a: SemanticVersion, b: SemanticVersion) => compare(a, b) > 0);
  env.registerOperator(`${versionType} == ${versionType}`, (a: SemanticVersion, b: SemanticVersion) => compare(a, b) === 0);
}

export const semanticVersionNames: readonly string[] = ['semver', 'isSemver', 'major', 'minor', 'patch'];
