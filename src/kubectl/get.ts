// kubectl get: lists and single objects as tables, names, YAML or JSON (models kubectl's pkg/cmd/get).
import { goYaml } from '../base/go-yaml.ts';
import type { CustomResourceDefinition, Json } from '../sim/api/generated/types.ts';
import { tableOfKind } from '../sim/api/custom/columns.ts';
import { parseJsonPath } from '../sim/api/json-path.ts';
import type { Kind } from '../sim/api/kind.ts';
import { gvrOf } from '../sim/api/kind.ts';
import { byKind } from '../sim/api/kinds/index.ts';
import type { ApiObject } from '../sim/api/meta.ts';
import { apiVersionOf } from '../sim/api/meta.ts';
import { value } from '../sim/api/quantity.ts';
import type { ApiResponse } from '../sim/apiserver/messages.ts';
import { getRequest, listRequest } from '../sim/client/requests.ts';
import type { Mapping } from './mapping.ts';
import { complain, complainOfStatus, printedKind, say, selectors, statusText, warnOf, withoutManagedFields } from './run.ts';
import type { Item, Run, Step, Verb } from './run.ts';
import { tableLines } from './table-text.ts';
import type { TableLook } from './table-text.ts';
import { customColumns, fillTemplate, sortedKeys } from './templates.ts';

const DEFINITIONS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

type Table = Pick<Kind, 'columns' | 'row'>;

/** What one request found. */
export interface Found { readonly kind: Mapping; readonly table: Table; readonly objects: readonly ApiObject[] }

export const get: Verb = {
  name: 'get',
  /** The table of a custom resource is in its definition, which is asked for first. */
  begin: (run, item) => (isBuiltIn(item.kind) ? ask(run, item) : { phase: 'definition', request: getRequest(DEFINITIONS, '', `${item.kind.plural}.${item.kind.group}`) }),
  answer(run, item, response) {
    if (run.phase === 'definition') {
      run.definition = response.code === 200 ? response.body as CustomResourceDefinition : undefined;
      return ask(run, item);
    }
    warnOf(run, response);
    if (response.code === 200) run.found = [...run.found, { kind: item.kind, table: tableOf(run, item.kind), objects: objectsOf(response, item.kind) }];
    else if (response.code !== 404 || item.name === '' || run.args.flags['ignore-not-found'] !== 'true') refuse(run, item, response);
    return 'done';
  },
  finish: print,
};

const isBuiltIn = (kind: Mapping): boolean => byKind(apiVersionOf(kind.group, kind.version), kind.kind) !== undefined;

function ask(run: Run, item: Item): Step {
  const gvr = gvrOf(item.kind);
  return { phase: 'get', request: item.name === '' ? listRequest(gvr, item.namespace, selectors(run)) : getRequest(gvr, item.namespace, item.name) };
}

function tableOf(run: Run, { group, version, kind }: Mapping): Table {
  return byKind(apiVersionOf(group, version), kind) ?? tableOfKind(run.definition?.spec.versions.find(({ name }) => name === version)?.additionalPrinterColumns);
}

/** Items of a list come without what the list says of all of them. */
function objectsOf({ body }: ApiResponse, { group, version, kind }: Mapping): readonly ApiObject[] {
  const { items } = body as { readonly items?: readonly ApiObject[] };
  return (items ?? [body as ApiObject]).map((object) => ({ ...object, apiVersion: apiVersionOf(group, version), kind }));
}

/** A list that the server takes for a bad request is told with what was asked for. */
function refuse(run: Run, item: Item, response: ApiResponse): void {
  const { group, version, plural } = item.kind;
  const { labelSelector = '', fieldSelector = '' } = selectors(run);
  const context = item.name === '' && response.code === 400
    ? `Unable to find "${group}/${version}, Resource=${plural}" that match label selector ${JSON.stringify(labelSelector)}, field selector ${JSON.stringify(fieldSelector)}: ` : '';
  const text = statusText(response, context);
  if (!run.stderr.includes(text)) complainOfStatus(run, item, response, context);
}

// ---- printing ----

function print(run: Run, unixUs: number): void {
  const { output = '', 'sort-by': sortBy } = run.args.flags;
  const sorted = sortBy === undefined ? run.found : run.found.map((found) => ({ ...found, objects: sortedBy(found.objects, sortBy) }));
  if (output === '' || output === 'wide') return printTables(run, sorted, unixUs / 1000);
  const all = sorted.flatMap(({ kind, objects }) => objects.map((object) => ({ kind, object })));
  switch (output) {
    case 'name': return all.forEach(({ kind, object }) => say(run, `${printedKind(kind)}/${object.metadata.name ?? ''}`));
    case 'yaml': return printWhole(run, all, (object) => goYaml(object).replace(/\n$/, ''));
    case 'json': return printWhole(run, all, (object) => JSON.stringify(sortedKeys(object), null, 4));
    default: return printTemplate(run, all, output);
  }
}

/** What -o may say here besides nothing. */
const FORMATS = 'custom-columns,json,jsonpath,name,wide,yaml';

function printTemplate(run: Run, all: readonly { readonly object: ApiObject }[], output: string): void {
  const [format = '', ...rest] = output.split('=');
  const template = rest.join('=');
  const fail = (message: string): void => complain(run, `error: ${message}`, [{ ...UNPRINTED, message }]);
  if (format === 'custom-columns' && template !== '') {
    const lines = customColumns(template, all.map(({ object }) => object as unknown as Json), run.args.flags['no-headers'] !== 'true');
    return lines.forEach((line) => say(run, line));
  }
  if (format !== 'jsonpath') return fail(`unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${FORMATS}`);
  if (template === '') return fail('template format specified but no template given');
  const whole = wholeOf(run, all);
  const text = whole === undefined ? '' : fillTemplate(template, whole as Json);
  if (text === undefined) return fail(`error parsing jsonpath ${template}`);
  run.stdout += text;
}

const UNPRINTED = { file: '', document: 0, object: '', field: '', message: 'output', line: 0, column: 0 };

function printTables(run: Run, all: readonly Found[], nowMs: number): void {
  const { flags } = run.args;
  const withKinds = new Set(all.map(({ kind }) => printedKind(kind))).size > 1 || flags['show-kind'] === 'true';
  const groups: Found[] = [];
  for (const found of all.filter(({ objects }) => objects.length > 0)) {
    const last = groups.at(-1);
    // Objects of one kind that were asked for one by one stand in one table.
    if (last && printedKind(last.kind) === printedKind(found.kind)) groups[groups.length - 1] = { ...last, objects: [...last.objects, ...found.objects] };
    else groups.push(found);
  }
  groups.forEach(({ kind, table, objects }, i) => {
    if (i > 0) say(run, '');
    const look: TableLook = {
      wide: flags['output'] === 'wide', headers: flags['no-headers'] !== 'true', withNamespace: kind.namespaced && flags['all-namespaces'] === 'true', prefix: withKinds ? printedKind(kind) : '',
      labelColumns: (run.args.lists['label-columns'] ?? []).flatMap((labels) => labels.split(',')).filter((label) => label !== ''), allLabels: flags['show-labels'] === 'true',
    };
    for (const line of tableLines(table, objects, look, nowMs)) say(run, line);
  });
  if (groups.length === 0 && run.problems.length === 0 && flags['ignore-not-found'] !== 'true') complain(run, nothingFound(run), []);
}

function nothingFound({ args, items }: Run): string {
  const namespace = items.find(({ kind }) => kind.namespaced)?.namespace ?? '';
  return namespace === '' || args.flags['all-namespaces'] === 'true' ? 'No resources found' : `No resources found in ${namespace} namespace.`;
}

/** One object that was named is printed as it is, everything else as a List. */
function wholeOf(run: Run, all: readonly { readonly object: ApiObject }[]): unknown {
  const objects = all.map(({ object }) => (run.args.flags['show-managed-fields'] === 'true' ? object : withoutManagedFields(object)));
  const isSingle = run.items.length === 1 && run.items[0]?.name !== '';
  return isSingle ? objects[0] : { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } };
}

function printWhole(run: Run, all: readonly { readonly object: ApiObject }[], text: (object: unknown) => string): void {
  const whole = wholeOf(run, all);
  if (whole !== undefined) say(run, text(whole));
}

// ---- sorting ----

function sortedBy(objects: readonly ApiObject[], path: string): readonly ApiObject[] {
  const bare = path.replace(/^\{(.*)\}$/, '$1');
  const find = parseJsonPath(bare.startsWith('.') ? bare : `.${bare}`);
  if (!find) return objects;
  const keyed = objects.map((object) => ({ object, key: find(object as unknown as Json)[0] }));
  return keyed.sort((a, b) => compareValues(a.key, b.key)).map(({ object }) => object);
}

const collator = new Intl.Collator('en', { numeric: true });
const QUANTITY = /^[+-]?\d+(?:\.\d+)?(?:[EPTGMk]i?|[mun]|[eE][+-]?\d+)?$/;

const shownText = (each: Json): string => (typeof each === 'string' ? each : JSON.stringify(each));

/** Absent values first; quantities by what they stand for, other texts with their numbers as numbers. */
function compareValues(a: Json | undefined, b: Json | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string' && QUANTITY.test(a) && QUANTITY.test(b)) return value(a) - value(b);
  return collator.compare(shownText(a), shownText(b));
}
