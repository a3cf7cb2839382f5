/** One command line, taken apart. Errors are kubectl's own texts. */
export interface Arguments {
  readonly verb: string;
  /** What stands without a dash: `deployment`, `web` or `deployment/web`. */
  readonly words: readonly string[];
  readonly files: readonly string[];
  readonly namespace: string;
  readonly flags: Readonly<Record<string, string>>;
}

const SHORT: Readonly<Record<string, string>> = { f: 'filename', n: 'namespace', o: 'output', l: 'selector' };
const SWITCHES = new Set(['force', 'all', 'now', 'server-side']);

export function parseArguments(args: readonly string[]): Arguments | { readonly error: string } {
  const words: string[] = [];
  const files: string[] = [];
  const flags: Record<string, string> = {};
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (!arg.startsWith('-') || arg === '-') {
      words.push(arg);
      continue;
    }
    const [raw, inline] = splitFlag(arg);
    const name = SHORT[raw] ?? raw;
    const value = inline ?? (SWITCHES.has(name) ? 'true' : args[++i]);
    if (value === undefined) return { error: `error: flag needs an argument: ${arg.startsWith('--') ? `--${raw}` : `'${raw}' in ${arg}`}` };
    if (name === 'filename') files.push(...value.split(','));
    else flags[name] = value;
  }
  const [verb = '', ...rest] = words;
  return { verb, words: rest, files, namespace: flags['namespace'] ?? '', flags };
}

/** `--replicas=3` → [replicas, 3]; `-nweb` → [n, web]; `--force` → [force, undefined]. */
function splitFlag(arg: string): readonly [string, string | undefined] {
  if (!arg.startsWith('--')) return [arg.slice(1, 2), arg.length > 2 ? arg.slice(2).replace(/^=/, '') : undefined];
  const equals = arg.indexOf('=');
  return equals < 0 ? [arg.slice(2), undefined] : [arg.slice(2, equals), arg.slice(equals + 1)];
}
