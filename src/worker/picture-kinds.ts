// The kinds of stored objects, as the page's picture needs them.
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../sim/api/generated/types.ts';
import { tableOfKind } from '../sim/api/custom/columns.ts';
import type { Kind } from '../sim/api/kind.ts';
import { byKind } from '../sim/api/kinds/index.ts';
import { apiVersionOf } from '../sim/api/meta.ts';
import type { KeyValue } from '../sim/etcd/messages.ts';
import type { EtcdState } from '../sim/etcd/actor.ts';

type Store = Pick<EtcdState['store'], 'get'>;
type Table = Pick<Kind, 'columns' | 'row'>;

/** What the picture needs of a kind. */
export type PictureKind = Pick<Kind, 'group' | 'plural' | 'kind'> & Table;

const DEFINITIONS = '/registry/apiextensions.k8s.io/customresourcedefinitions/';
const NO_TABLE: Table = { columns: [], row: () => [] };

/** Tables of versions of definitions; those are never changed, but replaced. */
const tables = new WeakMap<CustomResourceDefinitionVersion, Table>();

function tableOf(version: CustomResourceDefinitionVersion): Table {
  const table = tables.get(version) ?? tableOfKind(version.additionalPrinterColumns);
  tables.set(version, table);
  return table;
}

/** The kind of a stored object; that of a custom resource from its key, since its definition may be gone before it. */
export function kindAt({ key, value: { apiVersion, kind } }: KeyValue, store: Store): PictureKind | undefined {
  const builtIn = byKind(apiVersion, kind);
  if (builtIn) return builtIn;
  const [, , group = '', plural = ''] = key.split('/');
  if (plural === '' || !apiVersion.startsWith(`${group}/`)) return undefined;
  const definition = store.get(`${DEFINITIONS}${plural}.${group}`)?.value as CustomResourceDefinition | undefined;
  const version = definition?.spec.versions.find(({ name }) => apiVersionOf(group, name) === apiVersion);
  return { group, plural, kind, ...(version ? tableOf(version) : NO_TABLE) };
}

/** Where the resources of a definition are kept, if the key is that of a definition. */
export function resourcesBehind({ key, value }: KeyValue): string | undefined {
  if (!key.startsWith(DEFINITIONS)) return undefined;
  const { group, names } = (value as CustomResourceDefinition).spec;
  return `/registry/${group}/${names.plural}/`;
}

/** The cells of an object's own table that `kubectl get` shows, without its name and age. */
export function cellsOf(kind: PictureKind, object: KeyValue['value'], nowMs: number): readonly { readonly name: string; readonly value: string }[] {
  const row = kind.row(object, nowMs);
  const cells = kind.columns.map(({ name, priority }, index) => ({ name, priority, value: String(row[index] ?? '') }));
  return cells.filter(({ name, priority, value }) => name !== 'Name' && name !== 'Age' && priority === 0 && value !== '').map(({ name, value }) => ({ name, value }));
}
