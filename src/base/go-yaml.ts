// Writes values as the YAML of Go's yaml.v2 does, which sigs.k8s.io/yaml and with it the API server use: its choice of
// quotes, its order of keys, its indentation, and its way of breaking long lines.

type Value = string | number | boolean | null | undefined | readonly Value[] | { readonly [key: string]: Value };

const INDENT = 2;
/** Lines are broken at the first blank after this column. */
const BEST_WIDTH = 80;
/** Longer keys are written in the explicit form, `? key`. */
const MAX_SIMPLE_KEY_BYTES = 128;

/** The text of a JSON value, with a line break at its end. Members that are undefined are left out. */
export function goYaml(value: unknown): string {
  const writer = new Writer();
  writer.node(value as Value, 0, false);
  return writer.finish();
}

class Writer {
  private out = '';
  private column = 0;

  finish(): string {
    return this.out.endsWith('\n') ? this.out : `${this.out}\n`;
  }

  /** `indent` is where lines of a mapping or sequence begin; the cursor stands after `key:` or `- `, or at a line's beginning. */
  node(value: Value, indent: number, afterKey: boolean): void {
    if (Array.isArray(value)) this.sequence(value as readonly Value[], indent, afterKey);
    else if (typeof value === 'object' && value !== null) this.mapping(value as { readonly [key: string]: Value }, indent, afterKey);
    else this.scalar(value as Exclude<Value, object>, indent, afterKey);
  }

  private mapping(value: { readonly [key: string]: Value }, indent: number, afterKey: boolean): void {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined).sort(compareKeys);
    if (keys.length === 0) return this.write(`${afterKey ? ' ' : ''}{}`);
    keys.forEach((key, i) => {
      if (i > 0 || afterKey) this.line(indent);
      const member = value[key];
      const inner = Array.isArray(member) ? indent : indent + INDENT;
      if (isSimpleKey(key)) {
        this.write(`${keyText(key)}:`);
        this.node(member, inner, true);
        return;
      }
      this.write('? ');
      this.scalar(key, indent, false);
      this.line(indent);
      this.write(':');
      this.node(member, inner, true);
    });
  }

  private sequence(values: readonly Value[], indent: number, afterKey: boolean): void {
    if (values.length === 0) return this.write(`${afterKey ? ' ' : ''}[]`);
    values.forEach((value, i) => {
      if (i > 0 || afterKey) this.line(indent);
      this.write('- ');
      this.node(value, indent + INDENT, false);
    });
  }

  private scalar(value: string | number | boolean | null | undefined, indent: number, afterKey: boolean): void {
    if (afterKey) this.write(' ');
    if (typeof value !== 'string') return this.write(String(value ?? null));
    // Go on where the mapping's own lines are indented by one step more.
    const continued = Math.max(indent, INDENT);
    switch (styleOf(value)) {
      case 'plain': return this.folded(value, continued, '', (text) => text);
      case 'single': return this.folded(value, continued, "'", (text) => (text === "'" ? "''" : text));
      case 'double': return this.double(value, continued);
      case 'literal': return this.literal(value, continued);
    }
  }

  private folded(text: string, indent: number, quote: string, escape: (character: string) => string): void {
    const characters = Array.from(text);
    this.write(quote);
    characters.forEach((character, i) => {
      const isBreak = character === ' ' && characters[i - 1] !== ' ' && characters[i + 1] !== ' ' && this.column > BEST_WIDTH && i > 0 && i < characters.length - 1;
      if (isBreak) this.line(indent);
      else this.write(escape(character));
    });
    this.write(quote);
  }

  private double(text: string, indent: number): void {
    const characters = Array.from(text);
    let wasSpace = false;
    this.write('"');
    characters.forEach((character, i) => {
      const isSpace = character === ' ';
      if (isSpace && !wasSpace && this.column > BEST_WIDTH && i > 0 && i < characters.length - 1) {
        this.line(indent);
        if (characters[i + 1] === ' ') this.write('\\');
      } else this.write(isSpace ? ' ' : escaped(character));
      wasSpace = isSpace;
    });
    this.write('"');
  }

  private literal(text: string, indent: number): void {
    const hint = text.startsWith(' ') || text.startsWith('\n') ? String(INDENT) : '';
    const chomping = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
    this.write(`|${hint}${chomping}`);
    const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
    for (const line of lines) {
      if (line === '') this.line(0);
      else {
        this.line(indent);
        this.write(line);
      }
    }
  }

  private write(text: string): void {
    this.out += text;
    this.column += text.length;
  }

  private line(indent: number): void {
    this.out += `\n${' '.repeat(indent)}`;
    this.column = indent;
  }
}

type Style = 'plain' | 'single' | 'double' | 'literal';

function styleOf(text: string): Style {
  const { plain, single, block } = allowedStyles(text);
  if (text.includes('\n')) return block ? 'literal' : 'double';
  if (readsAsOther(text)) return 'double';
  return plain ? 'plain' : single ? 'single' : 'double';
}

function keyText(key: string): string {
  const style = styleOf(key);
  const quoted = (): string => `"${Array.from(key, escaped).join('')}"`;
  if (style === 'plain') return key;
  return style === 'single' ? `'${key.replaceAll("'", "''")}'` : quoted();
}

function isSimpleKey(key: string): boolean {
  return !key.includes('\n') && new TextEncoder().encode(key).length <= MAX_SIMPLE_KEY_BYTES;
}

// ---- which forms a text may have (yaml_emitter_analyze_scalar) ----

const FIRST_INDICATORS = new Set('#,[]{}&*!|>\'"%@`');

function allowedStyles(text: string): { readonly plain: boolean; readonly single: boolean; readonly block: boolean } {
  const special = hasSpecial(text);
  const spaceBreak = / \n/.test(text);
  const edges = /^[ \n]|[ \n]$/.test(text);
  const exact = !special && !spaceBreak;
  return {
    plain: exact && text !== '' && !edges && !text.includes('\n') && !hasIndicators(text),
    single: exact && !/\n /.test(text),
    block: exact && !text.endsWith(' '),
  };
}

function hasIndicators(text: string): boolean {
  const first = text[0] ?? '';
  if (/^(---|\.\.\.)/.test(text) || FIRST_INDICATORS.has(first)) return true;
  if (/^[?:-](\s|$)/.test(text)) return true;
  return /:(\s|$)/.test(text) || /\s#/.test(text);
}

function hasSpecial(text: string): boolean {
  for (const character of text) if (!isPrintable(character)) return true;
  return false;
}

/** Of the characters beyond the basic plane the writer knows none. */
function isPrintable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x0a || (code >= 0x20 && code <= 0x7e)) return true;
  return code >= 0xa0 && code <= 0xfffd && !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfeff;
}

const ESCAPES: Readonly<Record<string, string | undefined>> = {
  '\0': '\\0', '\x07': '\\a', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\v': '\\v', '\f': '\\f', '\r': '\\r', '\x1b': '\\e', '"': '\\"', '\\': '\\\\',
  '\x85': '\\N', '\u2028': '\\L', '\u2029': '\\P',
};

function escaped(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (isPrintable(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

// ---- what a plain text would be read as (resolve) ----

const WORDS = new Set([
  '', '~', 'null', 'Null', 'NULL', 'y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON', 'n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE',
  'off', 'Off', 'OFF', '.nan', '.NaN', '.NAN', '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF', '<<',
]);
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const INTEGER = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)$/;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}([Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[+-]\d{2}:\d{2})| \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)?$/;

function readsAsOther(text: string): boolean {
  if (WORDS.has(text)) return true;
  if (!/^[-+.0-9]/.test(text)) return false;
  const digits = text.replaceAll('_', '');
  return BASE_60.test(text) || TIMESTAMP.test(text) || FLOAT.test(digits) || INTEGER.test(digits);
}

// ---- the order of keys (keyList.Less): letters after everything else, figures by their value ----

const isLetter = (character: string): boolean => /\p{L}/u.test(character);
const isDigit = (character: string | undefined): boolean => character !== undefined && /\p{Nd}/u.test(character);

function compareKeys(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [x = '', y = ''] = [left[i], right[i]];
    if (x === y) continue;
    if (isLetter(x) && isLetter(y)) return order(x, y);
    if (isLetter(x) || isLetter(y)) return isLetter(y) ? -1 : 1;
    return compareFigures(left, right, i);
  }
  return left.length - right.length;
}

function compareFigures(left: readonly string[], right: readonly string[], at: number): number {
  const inNumber = (left[at] === '0' || right[at] === '0') && /[1-9]\d*$/.test(left.slice(0, at).join('')) ? '1' : '';
  const [x, y] = [figuresAt(left, at), figuresAt(right, at)];
  const difference = Number(`${inNumber}${x}` || 0) - Number(`${inNumber}${y}` || 0);
  return difference || x.length - y.length || order(left[at] ?? '', right[at] ?? '');
}

function figuresAt(text: readonly string[], at: number): string {
  let end = at;
  while (isDigit(text[end])) end++;
  return text.slice(at, end).join('');
}

function order(x: string, y: string): number {
  return (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0);
}
