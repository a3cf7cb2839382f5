// Which groups, versions and resources there are: those that every server has, and those of custom resources.
import { encodeBytes } from '../api/base64.ts';
import type { Kind } from '../api/kind.ts';
import { apiVersionOf } from '../api/meta.ts';
import { sha256 } from '../../base/sha256.ts';
import data from './data/discovery.json';

export interface ResourceEntry {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
}

export interface Group { readonly name: string; readonly versions: readonly string[] }

export interface Catalog {
  readonly groups: readonly Group[];
  /** By `v1`, `apps/v1`. */
  readonly resources: Readonly<Record<string, readonly ResourceEntry[] | undefined>>;
  readonly custom: readonly Kind[];
}

const BUILT_IN: Catalog = { groups: data.groups, resources: data.resources, custom: [] };
const known = new WeakMap<readonly Kind[], Catalog>();

/** The catalog with these custom kinds: all versions of all definitions, of which those without verbs are not served. */
export function catalogOf(all: readonly Kind[]): Catalog {
  const custom = all.filter(({ verbs }) => verbs.length > 0);
  if (custom.length === 0) return BUILT_IN;
  let catalog = known.get(all);
  if (!catalog) known.set(all, catalog = withCustom(custom));
  return catalog;
}

function withCustom(custom: readonly Kind[]): Catalog {
  const resources: Record<string, readonly ResourceEntry[] | undefined> = { ...BUILT_IN.resources };
  const versions = new Map<string, Set<string>>();
  for (const kind of custom) {
    const groupVersion = apiVersionOf(kind.group, kind.version);
    resources[groupVersion] = [...(resources[groupVersion] ?? []), ...entriesOf(kind)];
    const ofGroup = versions.get(kind.group) ?? new Set();
    versions.set(kind.group, ofGroup.add(kind.version));
  }
  const groups = [...versions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, all]): Group => ({ name, versions: [...all].sort(compareVersions) }));
  return { groups: [...BUILT_IN.groups, ...groups], resources, custom };
}

const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];

function entriesOf(kind: Kind): readonly ResourceEntry[] {
  const { plural, singular, namespaced, shortNames, categories, subresources } = kind;
  const own: ResourceEntry = {
    name: plural, singularName: singular, namespaced, kind: kind.kind, verbs: CUSTOM_VERBS, ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}), storageVersionHash: storageHash(kind),
  };
  const rest = subresources.map((name): ResourceEntry => ({
    name: `${plural}/${name}`, singularName: '', namespaced, ...(name === 'scale' ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : { kind: kind.kind }), verbs: SUBRESOURCE_VERBS,
  }));
  return [own, ...rest];
}

/** Tells storage versions apart (discovery.StorageVersionHash). */
function storageHash({ group, version, kind, storedAs }: Kind): string {
  return encodeBytes(sha256(`${storedAs?.apiVersion ?? apiVersionOf(group, version)}/${kind}`).subarray(0, 8));
}

/** Newest first: v2, v1, v1beta1, v1alpha1, then anything else by name (version.CompareKubeAwareVersionStrings). */
export function compareVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor;
}

const STABILITIES = ['alpha', 'beta', ''];

function partsOf(version: string): { readonly stability: number; readonly major: number; readonly minor: number } | undefined {
  const [, major, stability = '', minor = '0'] = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version) ?? [];
  return major === undefined ? undefined : { stability: STABILITIES.indexOf(stability), major: Number(major), minor: Number(minor) };
}
