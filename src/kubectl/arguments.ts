/** One command line, taken apart. Errors are kubectl's own texts. */
export interface Arguments {
  readonly verb: string;
  /** What stands without a dash: `deployment`, `web` or `deployment/web`. */
  readonly words: readonly string[];
  readonly files: readonly string[];
  readonly namespace: string;
  /** The last value of each flag, by its long name. */
  readonly flags: Readonly<Record<string, string>>;
  /** All values of each flag. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** What follows `--`: the command of a container. */
  readonly command: readonly string[];
}

const SHORT: Readonly<Record<string, string>> = {
  f: 'filename', n: 'namespace', o: 'output', l: 'selector', p: 'patch', A: 'all-namespaces', L: 'label-columns', R: 'recursive', w: 'watch',
};
const SWITCHES = new Set([
  'force', 'all', 'now', 'server-side', 'all-namespaces', 'ignore-not-found', 'list', 'no-headers', 'overwrite', 'recursive', 'show-kind', 'show-labels', 'show-managed-fields', 'watch',
]);

export function parseArguments(args: readonly string[]): Arguments | { readonly error: string } {
  const words: string[] = [];
  const lists: Record<string, string[]> = {};
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  for (let i = 0; i < own.length; i++) {
    const arg = own[i] as string;
    if (!arg.startsWith('-') || arg === '-') {
      words.push(arg);
      continue;
    }
    const [raw, inline] = splitFlag(arg);
    const name = SHORT[raw] ?? raw;
    const value = inline ?? (SWITCHES.has(name) ? 'true' : own[++i]);
    if (value === undefined) return { error: `error: flag needs an argument: ${arg.startsWith('--') ? `--${raw}` : `'${raw}' in ${arg}`}` };
    lists[name] = [...lists[name] ?? [], value];
  }
  const [verb = '', ...rest] = words;
  const flags = Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? '']));
  const files = (lists['filename'] ?? []).flatMap((value) => value.split(','));
  return { verb, words: rest, files, namespace: flags['namespace'] ?? '', flags, lists, command: end < 0 ? [] : args.slice(end + 1) };
}

/** `--replicas=3` → [replicas, 3]; `-nweb` → [n, web]; `--force` → [force, undefined]. */
function splitFlag(arg: string): readonly [string, string | undefined] {
  if (!arg.startsWith('--')) return [arg.slice(1, 2), arg.length > 2 ? arg.slice(2).replace(/^=/, '') : undefined];
  const equals = arg.indexOf('=');
  return equals < 0 ? [arg.slice(2), undefined] : [arg.slice(2, equals), arg.slice(equals + 1)];
}
