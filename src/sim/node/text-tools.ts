// Programs that read text and print text: what stands between the bars of a pipeline. Only the options that people type.
import { bytesOfText } from '../../base/byte-text.ts';

/** What such a program printed, and its exit code. */
export interface Filtered { readonly text: string; readonly exitCode: number; readonly error?: string }
type Filter = (args: readonly string[], text: string) => Filtered;

const ok = (text: string): Filtered => ({ text, exitCode: 0 });
const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
const join = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const has = (args: readonly string[], letter: string): boolean => args.some((word) => /^-[a-zA-Z]+$/.test(word) && word.includes(letter));

/** The value of `-n 5`, `-n5` or, for head and tail, `-5`. */
function valueOf(args: readonly string[], letter: string): string | undefined {
  const at = args.findIndex((word) => word === `-${letter}`);
  return at >= 0 ? args[at + 1] : args.find((word) => word.startsWith(`-${letter}`))?.slice(2);
}

function countOf(args: readonly string[]): number {
  return Number(valueOf(args, 'n') ?? args.find((word) => /^-\d+$/.test(word))?.slice(1) ?? 10);
}

function grep(args: readonly string[], text: string): Filtered {
  const pattern = valueOf(args.filter((word) => word === '-e' || !word.startsWith('-e')), 'e') ?? args.find((word) => !word.startsWith('-')) ?? '';
  const source = has(args, 'F') ? pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`) : has(args, 'E') ? pattern : pattern.replaceAll(/\\?([+?|(){}])/g, (found, sign: string) => (found.length > 1 ? sign : `\\${sign}`));
  let expression: RegExp;
  try {
    expression = new RegExp(source, has(args, 'i') ? 'i' : '');
  } catch {
    return { text: '', exitCode: 2, error: `grep: bad regex '${pattern}'` };
  }
  const found = linesOf(text).filter((line) => expression.test(line) !== has(args, 'v'));
  const exitCode = found.length > 0 ? 0 : 1;
  return { text: has(args, 'q') ? '' : has(args, 'c') ? `${found.length}\n` : join(found), exitCode };
}

function wc(args: readonly string[], text: string): Filtered {
  const counts = { l: text.split('\n').length - 1, w: text.split(/\s+/).filter(Boolean).length, c: bytesOfText(text).length };
  const asked = (['l', 'w', 'c'] as const).filter((letter) => has(args, letter));
  return ok(`${(asked.length > 0 ? asked : ['l', 'w', 'c'] as const).map((letter) => String(counts[letter]).padStart(asked.length === 1 ? 0 : 9)).join(' ').trimEnd()}\n`);
}

function sort(args: readonly string[], text: string): Filtered {
  const byNumber = (a: string, b: string): number => (Number.parseFloat(a) || 0) - (Number.parseFloat(b) || 0);
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = [...linesOf(text)].sort(has(args, 'n') ? byNumber : byText);
  if (has(args, 'r')) sorted.reverse();
  return ok(join(has(args, 'u') ? [...new Set(sorted)] : sorted));
}

function uniq(args: readonly string[], text: string): Filtered {
  const groups: { readonly line: string; count: number }[] = [];
  for (const line of linesOf(text)) {
    const last = groups.at(-1);
    if (last?.line === line) last.count++;
    else groups.push({ line, count: 1 });
  }
  return ok(join(groups.map(({ line, count }) => (has(args, 'c') ? `${String(count).padStart(7)} ${line}` : line))));
}

/** The characters of a set: ranges and the classes that people use. */
function setOf(text: string): readonly string[] {
  const named = text.replaceAll('[:upper:]', 'A-Z').replaceAll('[:lower:]', 'a-z').replaceAll('[:digit:]', '0-9').replaceAll(String.raw`\n`, '\n');
  return Array.from(named.replaceAll(/(.)-(.)/gs, (_, from: string, to: string) => {
    const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
    return String.fromCharCode(...Array.from({ length: Math.max(0, last - first + 1) }, (__, i) => first + i));
  }));
}

function tr(args: readonly string[], text: string): Filtered {
  const [from = '', to = ''] = args.filter((word) => !/^-[a-z]+$/.test(word));
  const [old, young] = [setOf(from), setOf(to)];
  if (has(args, 'd')) return ok(Array.from(text).filter((character) => !old.includes(character)).join(''));
  return ok(Array.from(text).map((character) => {
    const at = old.indexOf(character);
    return at < 0 ? character : young[Math.min(at, young.length - 1)] ?? character;
  }).join(''));
}

function cut(args: readonly string[], text: string): Filtered {
  const field = Number(valueOf(args, 'f') ?? 1);
  const delimiter = valueOf(args, 'd') ?? '\t';
  return ok(join(linesOf(text).map((line) => line.split(delimiter)[field - 1] ?? '')));
}

function sed(args: readonly string[], text: string): Filtered {
  const script = args.find((word) => !word.startsWith('-')) ?? '';
  const match = /^s(.)(.*?)\1(.*?)\1(g?)$/s.exec(script);
  if (!match) return { text: '', exitCode: 1, error: `sed: unsupported command ${script}` };
  try {
    const expression = new RegExp(match[2] ?? '', match[4] === 'g' ? 'g' : '');
    return ok(join(linesOf(text).map((line) => line.replace(expression, match[3] ?? ''))));
  } catch {
    return { text: '', exitCode: 1, error: 'sed: bad regex' };
  }
}

export const filters: Readonly<Record<string, Filter | undefined>> = {
  grep, egrep: (args, text) => grep(['-E', ...args], text), wc, sort, uniq, tr, cut, sed,
  head: (args, text) => ok(valueOf(args, 'c') === undefined ? join(linesOf(text).slice(0, countOf(args))) : text.slice(0, Number(valueOf(args, 'c')))),
  tail: (args, text) => ok(/^\+\d+$/.test(valueOf(args, 'c') ?? '') ? text.slice(Number(valueOf(args, 'c')) - 1) : join(linesOf(text).slice(-countOf(args)))),
  rev: (_, text) => ok(join(linesOf(text).map((line) => Array.from(line).reverse().join('')))),
};

/** Which of a filter's arguments are files: not its options, their values, nor its pattern. */
export function filesOf(name: string, args: readonly string[]): readonly string[] {
  const valued = name === 'head' || name === 'tail' ? ['-n', '-c'] : name === 'cut' ? ['-d', '-f'] : name === 'grep' || name === 'egrep' || name === 'sed' ? ['-e'] : [];
  const plain = args.filter((word, i) => !(word.startsWith('-') && word.length > 1) && !valued.includes(args[i - 1] ?? ''));
  const takesPattern = (name === 'grep' || name === 'egrep' || name === 'sed') && !args.includes('-e');
  return name === 'tr' ? [] : plain.slice(takesPattern ? 1 : 0);
}
