// The forms that names, keys and values may have, and what is said when they don't
// (models apimachinery/pkg/util/validation and api/validate/content).
import { byteLength } from './field.ts';

/** Returns what is wrong with a text; empty if nothing is. */
export type TextRule = (text: string) => readonly string[];
/** `prefix` is true for generateName, which may end in a dash. */
export type NameRule = (name: string, prefix: boolean) => readonly string[];

const fine: readonly string[] = [];

export function maxLengthMessage(length: number): string {
  return `must be no more than ${length} characters`;
}

export function maxBytesMessage(length: number): string {
  return `must be no more than ${length} bytes`;
}

export function rangeMessage(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

export function regexMessage(message: string, format: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${format}')`;
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${format}')`;
}

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const labelPattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const subdomainPattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const labelMessage = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const subdomainMessage = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

/** At most 63 characters of [a-z0-9-]. */
export const dns1123Label: TextRule = (text) => {
  if (text.length <= 63 && labelPattern.test(text)) return fine;
  const messages: string[] = [];
  if (byteLength(text) > 63) messages.push(maxLengthMessage(63));
  if (!labelPattern.test(text)) {
    messages.push(subdomainPattern.test(text) ? 'must not contain dots' : regexMessage(labelMessage, labelFormat, 'my-name', '123-abc'));
  }
  return messages;
};

/** At most 253 characters: labels joined by dots. */
export const dns1123Subdomain: TextRule = (text) => {
  if (text.length <= 253 && subdomainPattern.test(text)) return fine;
  const messages: string[] = [];
  if (byteLength(text) > 253) messages.push(maxLengthMessage(253));
  if (!subdomainPattern.test(text)) messages.push(regexMessage(subdomainMessage, subdomainFormat, 'example.com'));
  return messages;
};

const underscoreLabel = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const underscoreFormat = `${underscoreLabel}(\\.${underscoreLabel})*`;
const underscorePattern = new RegExp(`^${underscoreFormat}$`);

export const dns1123SubdomainWithUnderscore: TextRule = (text) => {
  const messages: string[] = [];
  if (byteLength(text) > 253) messages.push(maxLengthMessage(253));
  if (!underscorePattern.test(text)) {
    messages.push(regexMessage("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character", underscoreFormat, 'example.com'));
  }
  return messages;
};

const dns1035Format = '[a-z]([-a-z0-9]*[a-z0-9])?';
const dns1035Pattern = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;

/** A DNS label that starts with a letter: Service names. */
export const dns1035Label: TextRule = (text) => {
  if (text.length <= 63 && dns1035Pattern.test(text)) return fine;
  const messages: string[] = [];
  if (byteLength(text) > 63) messages.push(maxLengthMessage(63));
  if (!dns1035Pattern.test(text)) {
    messages.push(regexMessage("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character", dns1035Format, 'my-name', 'abc-123'));
  }
  return messages;
};

const wildcardFormat = `\\*\\.${subdomainFormat}`;
const wildcardPattern = new RegExp(`^${wildcardFormat}$`);

/** `*.example.com` */
export const wildcardSubdomain: TextRule = (text) => {
  const messages: string[] = [];
  if (byteLength(text) > 253) messages.push(maxLengthMessage(253));
  if (!wildcardPattern.test(text)) {
    messages.push(regexMessage("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character", wildcardFormat, '*.example.com'));
  }
  return messages;
};

const keyFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const keyPattern = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const keyMessage = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A label key: `name` or `prefix/name`. Also the form of annotation keys, finalizers and resource names. */
export const qualifiedName: TextRule = (text) => {
  if (text.length <= 63 && keyPattern.test(text)) return fine;
  const parts = text.split('/');
  if (parts.length > 2) {
    return [`a valid label key ${regexMessage(keyMessage, keyFormat, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const messages: string[] = [];
  const name = parts[parts.length - 1] ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') messages.push('prefix part must be non-empty');
    else for (const message of prefixRule(prefix)) messages.push(`prefix part ${message}`);
  }
  if (name === '') messages.push('name part must be non-empty');
  else if (byteLength(name) > 63) messages.push(`name part ${maxBytesMessage(63)}`);
  if (!keyPattern.test(name)) messages.push(`name part ${regexMessage(keyMessage, keyFormat, 'MyName', 'my.name', '123-abc')}`);
  return messages;
};

/** As dns1123Subdomain; lengths are counted in bytes and the message says so. */
function prefixRule(prefix: string): readonly string[] {
  return dns1123Subdomain(prefix).map((message) => (message === maxLengthMessage(253) ? maxBytesMessage(253) : message));
}

const valueFormat = `(${keyFormat})?`;

export const labelValue: TextRule = (text) => {
  if (text === '' || (text.length <= 63 && keyPattern.test(text))) return fine;
  const messages: string[] = [];
  if (byteLength(text) > 63) messages.push(maxBytesMessage(63));
  if (!keyPattern.test(text)) {
    messages.push(regexMessage("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", valueFormat, 'MyValue', 'my_value', '12345'));
  }
  return messages;
};

export function portNumber(port: number): readonly string[] {
  return port >= 1 && port <= 65_535 ? fine : [rangeMessage(1, 65_535)];
}

/** Named ports: at most 15 of [a-z0-9-], with a letter. */
export const portName: TextRule = (text) => {
  const messages: string[] = [];
  if (byteLength(text) > 15) messages.push(maxLengthMessage(15));
  if (!/^[-a-z0-9]+$/.test(text)) messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(text)) messages.push('must contain at least one letter (a-z)');
  if (text.includes('--')) messages.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
};

export const percent: TextRule = (text) =>
  /^[0-9]+%$/.test(text) ? fine : [regexMessage("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%')];

const httpPathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const httpPathPattern = new RegExp(`^${httpPathFormat}$`);

/** `acme.io/foo`: reports at most one thing per part, with the part that is wrong. */
export function domainPrefixedPathProblems(text: string): readonly { readonly value: string; readonly message: string }[] {
  const slash = text.indexOf('/');
  const host = text.slice(0, Math.max(0, slash));
  const path = text.slice(slash + 1);
  if (slash < 0 || host === '' || path === '') return [{ value: text, message: 'must be a domain-prefixed path (such as "acme.io/foo")' }];
  const problems = dns1123Subdomain(host).map((message) => ({ value: host, message }));
  return httpPathPattern.test(path) ? problems : [...problems, { value: path, message: regexMessage('Invalid path', httpPathFormat) }];
}

export const httpHeaderName: TextRule = (text) =>
  /^[-A-Za-z0-9]+$/.test(text) ? fine : [regexMessage("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name')];

/** Printable ASCII without "=" (RelaxedEnvironmentVariableValidation). */
export const environmentName: TextRule = (text) => {
  if (text === '') return ['environment variable name must be non-empty'];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(text) ? fine : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

const parentMessages = (text: string): readonly string[] =>
  text === '.' ? ["must not be '.'"] : text === '..' ? ["must not be '..'"] : text.startsWith('..') ? ["must not start with '..'"] : fine;

const configKeyFormat = '[-._a-zA-Z0-9]+';

/** Keys of ConfigMaps and Secrets. */
export const configMapKey: TextRule = (text) => {
  if (text.length <= 253 && /^[-_a-zA-Z0-9][-._a-zA-Z0-9]*$/.test(text)) return fine;
  const messages: string[] = [];
  if (byteLength(text) > 253) messages.push(maxLengthMessage(253));
  if (!/^[-._a-zA-Z0-9]+$/.test(text)) {
    messages.push(regexMessage("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", configKeyFormat, 'key.name', 'KEY_NAME', 'key-name'));
  }
  messages.push(...parentMessages(text));
  return messages;
};

/** A name that ends in a dash is judged as if the dash were followed by more. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

export const subdomainName: NameRule = (name, prefix) => dns1123Subdomain(prefix ? maskTrailingDash(name) : name);
export const labelName: NameRule = (name, prefix) => dns1123Label(prefix ? maskTrailingDash(name) : name);

/** What every name must be, so that it can stand in a URL: RBAC and other free names. */
export const pathSegmentName: NameRule = (name, prefix) => {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  const messages: string[] = [];
  for (const part of ['/', '%']) if (name.includes(part)) messages.push(`may not contain '${part}'`);
  return messages.length === 0 ? fine : messages;
};
