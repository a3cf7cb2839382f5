// How to reach a webhook (models apiserver/pkg/util/webhook/validation.go).
import { decodeBytes, latin1Text } from '../base64.ts';
import { goQuote } from '../go-format.ts';
import type { Errors, Path } from './field.ts';
import { dns1123Subdomain, portNumber } from './names.ts';

const form = '; desired format: https://host[/path]';

/** Scheme, user, host, query and fragment of a URL; a text if Go's url.Parse refuses it. */
function splitUrl(text: string): { readonly scheme: string; readonly user: string | undefined; readonly host: string; readonly query: string; readonly fragment: string } | string {
  if (/\p{Cc}/u.test(text)) return `parse ${goQuote(text)}: net/url: invalid control character in URL`;
  const [, beforeFragment = '', fragment = ''] = /^([^#]*)(?:#(.*))?$/s.exec(text) ?? [];
  const colon = beforeFragment.indexOf(':');
  if (colon === 0) return `parse ${goQuote(beforeFragment)}: missing protocol scheme`;
  const [, scheme = '', afterScheme = beforeFragment] = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(beforeFragment) ?? [];
  const [, rest = '', query = ''] = /^([^?]*)(?:\?(.*))?$/s.exec(afterScheme) ?? [];
  if (scheme === '' && (rest.split('/')[0] ?? '').includes(':')) return `parse ${goQuote(beforeFragment)}: first path segment in URL cannot contain colon`;
  const authority = rest.startsWith('//') ? rest.slice(2).split('/')[0] ?? '' : '';
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  if (/[\s"<>]/.test(host)) return `parse ${goQuote(beforeFragment)}: invalid character ${goQuote(/[\s"<>]/.exec(host)?.[0] ?? '')} in host name`;
  const port = /:([^:\]]*)$/.exec(host)?.[1];
  if (port !== undefined && !/^\d*$/.test(port)) return `parse ${goQuote(beforeFragment)}: invalid port ${goQuote(`:${port}`)} after host`;
  return { scheme: scheme.toLowerCase(), user: at < 0 ? undefined : authority.slice(0, at), host, query, fragment };
}

export function validateWebhookUrl(text: string, path: Path, errors: Errors): void {
  const url = splitUrl(text);
  if (typeof url === 'string') {
    errors.required(path, `url must be a valid URL: ${url}${form}`);
    return;
  }
  if (url.scheme !== 'https') errors.invalid(path, url.scheme, `'https' is the only allowed URL scheme${form}`);
  if (url.host === '') errors.invalid(path, '', `host must be specified${form}`);
  if (url.user !== undefined) errors.invalid(path, url.user, 'user information is not permitted in the URL');
  if (url.fragment !== '') errors.invalid(path, url.fragment, 'fragments are not permitted in the URL');
  if (url.query !== '') errors.invalid(path, url.query, 'query parameters are not permitted in the URL');
}

export function validateWebhookService(namespace: string, name: string, urlPath: string | undefined, port: number, path: Path, errors: Errors): void {
  if (name === '') errors.required(path.child('name'));
  if (namespace === '') errors.required(path.child('namespace'));
  const problems = portNumber(port);
  if (problems.length > 0) errors.invalid(path.child('port'), port, `port is not valid: ${problems.join(', ')}`);
  if (urlPath === undefined || urlPath === '' || urlPath === '/') return;
  const at = path.child('path');
  if (urlPath === '//') {
    errors.invalid(at, urlPath, 'segment[0] may not be empty');
    return;
  }
  if (!urlPath.startsWith('/')) errors.invalid(at, urlPath, "must start with a '/'");
  urlPath.slice(1).replace(/\/$/, '').split('/').forEach((step, i) => {
    if (step === '') errors.invalid(at, urlPath, `segment[${i}] may not be empty`);
    else for (const message of dns1123Subdomain(step)) errors.invalid(at, urlPath, `segment[${i}]: ${message}`);
  });
}

/** Base64 of PEM certificates. */
export function validateCaBundle(bundle: string, path: Path, errors: Errors): void {
  const bytes = decodeBytes(bundle);
  const blocks = (bytes.ok ? latin1Text(bytes.text) : '').match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g);
  if (blocks === null) errors.invalid(path, bundle, 'unable to load root certificates: unable to parse bytes as PEM block');
}
