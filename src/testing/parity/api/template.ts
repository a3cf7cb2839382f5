// Recorded answers are templates: what changes from run to run is a token. A numbered one, `<uid:1>`, stands for one value
// throughout a scenario, and equal values have equal numbers; others, `<time>`, for any value of their form.
import { isPlain, textOf } from '../controllers/json.ts';
import type { Plain } from '../controllers/json.ts';
import type { Step } from './scenario.ts';

const FORMS: Readonly<Record<string, string>> = {
  uid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', rv: '\\d+', rand: '[a-z0-9]{5}', ip: '\\d+(?:\\.\\d+){3}', port: '\\d{4,5}',
  time: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ', microtime: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z',
  gotime: '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)? \\+0000 UTC(?: m=[+-][\\d.]+)?',
  continue: '[^]+', token: '[^]+', age: '(?:\\d+[smhdy])+', hash: '[0-9A-Fa-f]+', any: '[^]*',
};
const TOKEN = new RegExp(`<(?:(uid|rv|rand|ip|port):(\\d+)|(${Object.keys(FORMS).filter((form) => !['uid', 'rand', 'ip', 'port'].includes(form)).join('|')}))>`, 'g');

interface Pattern { readonly expression: RegExp; readonly tokens: readonly { readonly text: string; readonly form: string; readonly numbered: boolean }[] }
const patterns = new Map<string, Pattern | undefined>();

function patternOf(template: string): Pattern | undefined {
  if (patterns.has(template)) return patterns.get(template);
  const found = [...template.matchAll(TOKEN)];
  const literal = template.split(/<(?:(?:uid|rv|rand|ip|port):\d+|rv|time|microtime|gotime|continue|token|age|hash|any)>/).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const tokens = found.map(([text, numbered, , plain]) => ({ text, form: numbered ?? plain ?? '', numbered: numbered !== undefined }));
  const source = literal.map((text, i) => (i === 0 ? text : `(${FORMS[tokens[i - 1]?.form ?? ''] ?? ''})${text}`)).join('');
  const pattern = found.length === 0 ? undefined : { expression: new RegExp(`^${source}$`), tokens };
  patterns.set(template, pattern);
  return pattern;
}

/** Compares answers of one scenario with their templates, and remembers what the numbered tokens stand for. */
export class Comparison {
  private readonly values = new Map<string, string>();
  private readonly tokens = new Map<string, string>();

  /** The first difference, in words; undefined if there is none. `ignored` has paths of which only the presence counts. */
  difference(expected: unknown, actual: unknown, ignored: ReadonlySet<string> = new Set(), path = '$'): string | undefined {
    const differs = `${path}: expected ${short(expected)}, got ${short(actual)}`;
    if (ignored.has(path)) return (expected === undefined) === (actual === undefined) ? undefined : differs;
    if (typeof expected === 'string' && (typeof actual === 'string' || (typeof actual === 'number' && /^<port:\d+>$/.test(expected)))) {
      return this.unify(expected, String(actual)) ? undefined : differs;
    }
    if (Array.isArray(expected) && Array.isArray(actual)) {
      for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
        const found = this.difference(expected[i], actual[i], ignored, `${path}[${i}]`);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    if (isPlain(expected) && isPlain(actual)) {
      for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
        const found = this.difference(expected[key], actual[key], ignored, /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    return expected === actual ? undefined : differs;
  }

  private unify(template: string, text: string): boolean {
    const pattern = patternOf(template);
    if (!pattern) return template === text;
    const match = pattern.expression.exec(text);
    if (!match) return false;
    const bound: [string, string][] = [];
    for (const [i, token] of pattern.tokens.entries()) {
      if (!token.numbered) continue;
      const value = `${token.form} ${match[i + 1] ?? ''}`;
      if ((this.values.get(token.text) ?? value) !== value || (this.tokens.get(value) ?? token.text) !== token.text) return false;
      bound.push([token.text, value]);
    }
    for (const [token, value] of bound) {
      this.values.set(token, value);
      this.tokens.set(value, token);
    }
    return true;
  }
}

const SHOWN = 400;

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Groups of custom resources that other scenarios make: left out of discovery, so that scenarios don't depend on each other. */
const SCENARIO_GROUP = /\.example\.com(\/|$)/;

/**
 * An answer without what is never compared: managed fields, the projected source that the recorded build adds to service
 * account volumes, groups of other scenarios; and with random orders sorted.
 */
export function comparable(body: unknown, { keepManagedFields = false, unordered = false }: Pick<Step, 'keepManagedFields' | 'unordered'>): unknown {
  if (typeof body === 'string') return keepManagedFields ? body : body.replaceAll(/^( *)managedFields:\n(?:\1(?:- | ).*\n)*/gm, '');
  const pruned = prune(body, '', keepManagedFields);
  return isPlain(pruned) ? withoutScenarioGroups(unordered ? sortedErrors(pruned) : pruned) : pruned;
}

function prune(value: unknown, key: string, keepManagedFields: boolean): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isAddedSource(item)).map((item) => prune(item, '', keepManagedFields));
  if (!isPlain(value)) return value;
  const members = Object.entries(value).filter(([name, member]) => member !== undefined && (keepManagedFields || name !== 'managedFields' || key !== 'metadata'));
  return Object.fromEntries(members.map(([name, member]) => [name, prune(member, name, keepManagedFields)]));
}

function isAddedSource(item: unknown): boolean {
  return isPlain(item) && isPlain(item['configMap']) && item['configMap']['name'] === 'openshift-service-ca.crt';
}

function byText(values: unknown): unknown {
  return Array.isArray(values) ? values.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1)) : values;
}

function sortedErrors(body: Plain): Plain {
  const details = body['details'];
  const message = String(body['message']).split(/[\s,[\]]+/).sort().join(' ');
  return { ...body, message, ...(isPlain(details) && { details: { ...details, causes: byText(details['causes']) } }) };
}

function withoutScenarioGroups(body: Plain): Plain {
  const named = (item: unknown, of: (item: Plain) => unknown): boolean => !isPlain(item) || !SCENARIO_GROUP.test(String(of(item)));
  const { groups, items, paths, kind, status } = body;
  if (kind === 'SelfSubjectRulesReview' && isPlain(status)) {
    return { ...body, status: { ...status, resourceRules: byText(status['resourceRules']), nonResourceRules: byText(status['nonResourceRules']) } };
  }
  if (Array.isArray(groups)) return { ...body, groups: groups.filter((group) => named(group, ({ name }) => name)) };
  if (kind === 'APIGroupDiscoveryList' && Array.isArray(items)) return { ...body, items: items.filter((item) => named(item, ({ metadata }) => (isPlain(metadata) ? metadata['name'] : ''))) };
  if (Array.isArray(paths) && kind === undefined) return { ...body, paths: paths.filter((path) => !SCENARIO_GROUP.test(String(path))) };
  return body;
}
