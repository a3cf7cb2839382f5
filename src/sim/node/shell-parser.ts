// Reads the little shell scripts that manifests carry (`sh -c "touch /tmp/healthy; sleep 30; rm /tmp/healthy"`) into a
// tree: lists, pipelines, loops, conditions, plain commands. Expansions are left as they stand; what cannot be read is a command.

export type ShellNode =
  | { readonly kind: 'command'; readonly words: readonly string[]; readonly redirects: Redirects; readonly background: boolean }
  | { readonly kind: 'pipe'; readonly nodes: readonly ShellNode[] }
  | { readonly kind: 'sequence'; readonly items: readonly { readonly when: 'always' | 'ok' | 'failed'; readonly node: ShellNode }[] }
  | { readonly kind: 'not'; readonly node: ShellNode }
  | { readonly kind: 'while'; readonly until: boolean; readonly condition: ShellNode; readonly body: ShellNode }
  | { readonly kind: 'for'; readonly count: number; readonly body: ShellNode }
  | { readonly kind: 'if'; readonly condition: ShellNode; readonly body: ShellNode; readonly otherwise: ShellNode | undefined };

/** Where a command reads and writes instead: `<`, `>`, `>>`, `2>&1`, `>&2`. */
export interface Redirects {
  readonly input: string | undefined;
  readonly output: { readonly path: string; readonly append: boolean } | undefined;
  readonly errors: { readonly path: string; readonly append: boolean } | undefined;
  readonly errorsToOutput: boolean;
  readonly outputToErrors: boolean;
}
const NO_REDIRECTS: Redirects = { input: undefined, output: undefined, errors: undefined, errorsToOutput: false, outputToErrors: false };

const NOTHING: ShellNode = { kind: 'sequence', items: [] };
const TOKEN = /\s*(?:(#[^\n]*)|(\n|;;|;|&&|\|\||\||&|\(|\)|\{(?=\s)|\}(?=\s|;|$))|(\d?>&\d|\d?>>?|<)|((?:\$\(\([^)]*\)\)|\$\([^)]*\)|`[^`]*`|\\.|'[^']*'|"(?:\\.|[^"\\])*"|[^\s;&|<>()'"\\`])+))/y;

function tokenize(script: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const text = script.replaceAll('\\\n', ' ').trimEnd();
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) break;
    const [, comment, operator, redirect, word] = match;
    if (comment === undefined) tokens.push(operator === '\n' ? ';' : operator ?? redirect ?? word ?? '');
  }
  return tokens;
}

/** Takes quotes away; what is inside stays as it is. */
export function unquote(word: string): string {
  return word.replaceAll(/\\(.)|'([^']*)'|"((?:\\.|[^"\\])*)"/g, (_, escaped?: string, single?: string, double?: string) => escaped ?? single ?? double ?? '');
}

const CLOSERS = new Set(['do', 'done', 'then', 'else', 'elif', 'fi', ')', '}']);
const SEPARATORS = new Set([';', '&', '&&', '||', '|']);

class Parser {
  private at = 0;
  private readonly tokens: readonly string[];

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  sequence(): ShellNode {
    const items: { when: 'always' | 'ok' | 'failed'; node: ShellNode }[] = [];
    let when: 'always' | 'ok' | 'failed' = 'always';
    while (this.at < this.tokens.length && !CLOSERS.has(this.peek())) {
      const token = this.peek();
      if (SEPARATORS.has(token)) {
        this.at++;
        when = token === '&&' ? 'ok' : token === '||' ? 'failed' : 'always';
        continue;
      }
      items.push({ when, node: this.pipeline() });
      when = 'always';
    }
    return { kind: 'sequence', items };
  }

  private pipeline(): ShellNode {
    const first = this.statement();
    if (this.peek() !== '|') return first;
    const nodes = [first];
    while (this.peek() === '|') {
      this.at++;
      nodes.push(this.statement());
    }
    return { kind: 'pipe', nodes };
  }

  private statement(): ShellNode {
    switch (this.peek()) {
      case '!': this.at++; return { kind: 'not', node: this.statement() };
      case 'while': return this.loop(false);
      case 'until': return this.loop(true);
      case 'for': return this.forLoop();
      case 'if': return this.condition();
      case '(': case '{': return this.group();
      default: return this.command();
    }
  }

  private loop(until: boolean): ShellNode {
    this.at++;
    const condition = this.sequence();
    this.expect('do');
    const body = this.sequence();
    this.expect('done');
    return { kind: 'while', until, condition, body };
  }

  private forLoop(): ShellNode {
    this.at++;
    let count = 0;
    let counting = false;
    for (; this.at < this.tokens.length && this.peek() !== 'do'; this.at++) {
      if (counting && this.peek() !== ';') count += timesOf(this.peek());
      if (this.peek() === 'in') counting = true;
    }
    this.expect('do');
    const body = this.sequence();
    this.expect('done');
    return { kind: 'for', count: counting ? count : 1, body };
  }

  private condition(): ShellNode {
    this.at++;
    const condition = this.sequence();
    this.expect('then');
    const body = this.sequence();
    let otherwise: ShellNode | undefined;
    if (this.peek() === 'elif') return { kind: 'if', condition, body, otherwise: this.condition() };
    if (this.peek() === 'else') {
      this.at++;
      otherwise = this.sequence();
    }
    this.expect('fi');
    return { kind: 'if', condition, body, otherwise };
  }

  private group(): ShellNode {
    const close = this.peek() === '(' ? ')' : '}';
    this.at++;
    const node = this.sequence();
    this.expect(close);
    return node;
  }

  private command(): ShellNode {
    const words: string[] = [];
    let redirects = NO_REDIRECTS;
    for (; this.at < this.tokens.length && !SEPARATORS.has(this.peek()) && this.peek() !== ')'; this.at++) {
      const token = this.peek();
      if (/^(?:\d?>|<)/.test(token)) redirects = this.redirect(token, redirects);
      else words.push(unquote(token));
    }
    if (words.length === 0 && redirects === NO_REDIRECTS) return NOTHING;
    return { kind: 'command', words, redirects, background: this.peek() === '&' };
  }

  private redirect(token: string, redirects: Redirects): Redirects {
    const [, from = '', , to] = /^(\d?)(>>|>|<)&?(\d?)$/.exec(token) ?? [];
    if (to === '1' && from === '2') return { ...redirects, errorsToOutput: true };
    if (to === '2' && from !== '2') return { ...redirects, outputToErrors: true };
    if (to !== undefined && to !== '') return redirects;
    const path = unquote(this.tokens[++this.at] ?? '');
    if (token === '<') return { ...redirects, input: path };
    const target = { path, append: token.endsWith('>>') };
    return from === '2' ? { ...redirects, errors: target } : { ...redirects, output: target };
  }

  private peek(): string {
    return this.tokens[this.at] ?? '';
  }

  /** A script without its `done` or `fi` ends as if it had one. */
  private expect(token: string): void {
    if (this.peek() === token) this.at++;
  }
}

/** How often a word of `for … in` runs the body: `$(seq 5)` five times, anything else once. */
function timesOf(word: string): number {
  const seq = /^(?:\$\(|`)seq (?:(\d+) )?(\d+)/.exec(word);
  if (!seq) return 1;
  return Math.max(0, Number(seq[2]) - Number(seq[1] ?? 1) + 1);
}

const parsed = new Map<string, ShellNode>();

/** The tree of a script; memoised by text. */
export function parseShell(script: string): ShellNode {
  let node = parsed.get(script);
  if (!node) {
    if (parsed.size > 1_000) parsed.clear();
    node = new Parser(tokenize(script)).sequence();
    parsed.set(script, node);
  }
  return node;
}
