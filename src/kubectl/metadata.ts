// kubectl label and annotate (models kubectl's pkg/cmd/label and pkg/cmd/annotate).
import type { JsonObject } from '../sim/api/generated/types.ts';
import { gvrOf } from '../sim/api/kind.ts';
import { getRequest, patchRequest } from '../sim/client/requests.ts';
import type { Arguments } from './arguments.ts';
import { complain, complainOfStatus, isRefused, printedName, report, say, withOptions } from './run.ts';
import type { Item, Run, Step, Verb } from './run.ts';

const PAIR = /^([^=\s/]+(?:\/[^=\s]+)?|[^=/]+)=(.*)$/s;

/** The pairs to set and the keys to take away that a command line ends with: `a=b c-`. */
export function changesIn({ words }: Pick<Arguments, 'words'>): { readonly set: Readonly<Record<string, string>>; readonly remove: readonly string[]; readonly from: number } {
  const from = words.findIndex((word, i) => i > 0 && isChange(word));
  const changes = from < 0 ? [] : words.slice(from);
  const set = changes.map((change) => PAIR.exec(change)).filter((match) => match !== null).map((match): [string, string] => [match[1] ?? '', match[2] ?? '']);
  return { set: Object.fromEntries(set), remove: changes.filter((change) => !change.includes('=')).map((change) => change.slice(0, -1)), from: from < 0 ? words.length : from };
}

function isChange(word: string): boolean {
  return PAIR.test(word) || (word.endsWith('-') && word.length > 1);
}

type Field = 'labels' | 'annotations';
type Texts = Readonly<Record<string, string>>;

/** Looks at the object, and then patches what is not yet so. */
function changing(name: string, field: Field, said: string): Verb {
  return {
    name,
    begin: (_run, item) => ({ phase: 'get', request: getRequest(gvrOf(item.kind), item.namespace, item.name) }),
    answer(run, item, response): Step {
      if (isRefused(response)) complainOfStatus(run, item, response, '');
      else if (run.phase === 'get') return afterGet(run, item, response.body as JsonObject, field, said);
      else report(run, item, saidOf(run, field, said), response.body);
      return 'done';
    },
  };
}

export const label = changing('label', 'labels', 'labeled');
export const annotate = changing('annotate', 'annotations', 'annotated');

function afterGet(run: Run, item: Item, live: JsonObject, field: Field, said: string): Step {
  const metadata = live['metadata'] as { readonly labels?: Texts; readonly annotations?: Texts };
  const present = metadata[field] ?? {};
  const { set, remove } = changesIn(run.args);
  if (run.args.flags['list'] === 'true') {
    for (const [key, text] of Object.entries(present)) say(run, `${key}=${text}`);
    return 'done';
  }
  const taken = Object.keys(set).filter((key) => present[key] !== undefined && present[key] !== set[key]);
  if (taken.length > 0 && run.args.flags['overwrite'] !== 'true') {
    const each = taken.map((key) => `'${key}' already has a value (${present[key] ?? ''})`).join(', ');
    return refuse(run, item, field === 'labels' ? `error: ${each}, and --overwrite is false` : `error: --overwrite is false but found the following declared annotation(s): ${each}`);
  }
  if (field === 'labels') for (const key of remove) if (present[key] === undefined) say(run, `label "${key}" not found.`);
  const changed = { ...set, ...Object.fromEntries(remove.filter((key) => present[key] !== undefined).map((key) => [key, null])) };
  const isChanged = Object.entries(changed).some(([key, text]) => present[key] !== (text ?? undefined));
  if (!isChanged && field === 'labels') {
    report(run, item, 'not labeled', live);
    return 'done';
  }
  if (run.args.flags['dry-run'] === 'client') {
    report(run, item, saidOf(run, field, said), live);
    return 'done';
  }
  return { phase: 'patch', request: withOptions(patchRequest(gvrOf(item.kind), item.namespace, item.name, 'merge', { metadata: { [field]: changed } }), run) };
}

/** What takes labels away does not only label. */
function saidOf(run: Run, field: Field, said: string): string {
  const { set, remove } = changesIn(run.args);
  if (field !== 'labels' || remove.length === 0) return said;
  return Object.keys(set).length > 0 ? 'modified' : 'unlabeled';
}

function refuse(run: Run, item: Item, message: string): Step {
  complain(run, message, [{ file: item.file, document: item.document, object: printedName(item), field: '', message, line: 0, column: 0 }]);
  return 'done';
}
