// The formats that expressions can ask about: `format.dns1123Label().validate(name)` (models apiserver/pkg/cel/library: format).
import type { Environment } from '@marcbachmann/cel-js';
import { Optional } from '@marcbachmann/cel-js';
import { hasFormat, isUri } from '../custom/formats.ts';
import { goQuote } from '../go-format.ts';
import type { TextRule } from '../validation/names.ts';
import { dns1035Label, dns1123Label, dns1123Subdomain, labelName, labelValue, qualifiedName, subdomainName } from '../validation/names.ts';

const formatType = 'kubernetes.NamedFormat';

class NamedFormat {
  readonly problemsOf: TextRule;

  constructor(problemsOf: TextRule) {
    this.problemsOf = problemsOf;
  }
}

/** What `format.named` and the like are called on. */
class Formats {}

const simple = (format: string, problem: string): TextRule => (text) => (hasFormat(text, format) === true ? [] : [problem]);

/** A trailing dash is fine where a suffix follows. */
const prefixOf = (rule: TextRule): TextRule => (text) => rule(text.replace(/-$/, 'a'));

const formats = new Map(Object.entries<TextRule>({
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName,
  dns1123LabelPrefix: (text) => labelName(text, true),
  dns1123SubdomainPrefix: (text) => subdomainName(text, true),
  dns1035LabelPrefix: prefixOf(dns1035Label),
  labelValue,
  uri: (text) => (isUri(text) ? [] : [`parse ${goQuote(text)}: invalid URI for request`]),
  uuid: simple('uuid', 'does not match the UUID format'),
  byte: simple('byte', 'invalid base64'),
  date: simple('date', 'invalid date'),
  datetime: simple('date-time', 'invalid datetime'),
}).map(([name, rule]) => [name, new NamedFormat(rule)] as const));

export function declareNamedFormats(env: Environment): void {
  env.registerType(formatType, NamedFormat);
  env.registerType('kubernetes.Formats', Formats);
  env.registerConstant('format', 'kubernetes.Formats', new Formats());
  for (const [name, format] of formats) env.registerFunction(`kubernetes.Formats.${name}(): ${formatType}`, () => format);
  env.registerFunction(`kubernetes.Formats.named(string): optional<${formatType}>`, (_: Formats, name: string) => {
    const format = formats.get(name);
    return format === undefined ? Optional.none() : Optional.of(format);
  });
  env.registerFunction(`${formatType}.validate(string): optional<list<string>>`, ({ problemsOf }: NamedFormat, text: string) => {
    const problems = problemsOf(text);
    return problems.length === 0 ? Optional.none() : Optional.of(problems);
  });
  env.registerOperator(`${formatType} == ${formatType}`, (a: NamedFormat, b: NamedFormat) => a === b);
  env.registerOperator('optional<list<string>> == null', () => false);
}

export const namedFormatNames: readonly string[] = [...formats.keys(), 'named', 'validate'];
