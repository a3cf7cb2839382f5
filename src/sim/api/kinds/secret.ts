// Secrets (models pkg/registry/core/secret).
import type { Secret } from '../generated/types.ts';
import { byteLength as base64Length } from '../base64.ts';
import { parseGoJson } from '../go-json.ts';
import { fill } from '../defaults/fill.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { immutable } from '../validation/metadata.ts';
import { configMapKey, subdomainName } from '../validation/names.ts';
import { decodeUtf8, encodeUtf8 } from '../utf8.ts';
import { frozenParts } from './config-map.ts';
import { defineKind } from './define.ts';

const maxDataBytes = 1024 * 1024;
const dataPath = new Path('data');

/** stringData is written into data, and never stored itself. */
function mergeStringData(secret: Secret): Secret {
  if (secret.stringData === undefined) return secret;
  const { stringData, ...rest } = secret;
  const data: Record<string, string> = { ...secret.data };
  for (const [key, text] of Object.entries(stringData)) data[key] = encodeUtf8(text);
  return { ...rest, data };
}

/** The keys that a type asks for. */
const requiredKeys: Readonly<Record<string, readonly string[] | undefined>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
};

function validateType(secret: Secret, errors: Errors): void {
  const data = secret.data ?? {};
  const type = secret.type ?? '';
  if (type === 'kubernetes.io/service-account-token') {
    const annotation = 'kubernetes.io/service-account.name';
    if (!secret.metadata.annotations?.[annotation]) errors.required(new Path('metadata').child('annotations').key(annotation));
  } else if (type === 'kubernetes.io/basic-auth') {
    if (data['username'] === undefined && data['password'] === undefined) {
      errors.required(dataPath.key('username'));
      errors.required(dataPath.key('password'));
    }
  } else if (type === 'kubernetes.io/ssh-auth') {
    if (!data['ssh-privatekey']) errors.required(dataPath.key('ssh-privatekey'));
  }
  for (const key of requiredKeys[type] ?? []) if (data[key] === undefined) errors.required(dataPath.key(key));
  const config = type.startsWith('kubernetes.io/docker') ? requiredKeys[type]?.[0] : undefined;
  if (config !== undefined && data[config] !== undefined) validateJson(data[config], dataPath.key(config), errors);
}

function validateJson(base64: string, path: Path, errors: Errors): void {
  const parsed = parseGoJson(decodeUtf8(base64));
  const hidden = '<secret contents redacted>';
  if (!parsed.ok) {
    errors.invalid(path, hidden, parsed.message);
    return;
  }
  const value = parsed.document.value;
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return;
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'number';
  errors.invalid(path, hidden, `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`);
}

/** What is wrong with the PEM texts of a TLS Secret; certificates themselves are not looked into. */
function tlsWarnings({ type, data }: Secret): readonly string[] {
  if (type !== 'kubernetes.io/tls') return [];
  for (const [key, name] of [['tls.crt', 'certificate'], ['tls.key', 'key']] as const) {
    const blocks = pemBlocks(decodeUtf8(data?.[key] ?? ''));
    if (blocks.length === 0) return [`tls: failed to find any PEM data in ${name} input`];
    const wanted = blocks.some((block) => (name === 'certificate' ? block === 'CERTIFICATE' : block === 'PRIVATE KEY' || block.endsWith(' PRIVATE KEY')));
    if (!wanted && blocks.length === 1 && name === 'certificate' && blocks[0]?.endsWith('PRIVATE KEY')) return ['tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'];
    if (!wanted) return [`tls: failed to find ${name === 'key' ? 'PEM block with type ending in "PRIVATE KEY" in key' : '"CERTIFICATE" PEM block in certificate'} input after skipping PEM blocks of the following types: [${blocks.join(' ')}]`];
  }
  return [];
}

function pemBlocks(text: string): readonly string[] {
  return [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\r?\n[A-Za-z0-9+/=\s]*-----END \1-----/g)].map(([, name]) => name ?? '');
}

export const secretKind = defineKind<Secret>({
  group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true,
  schema: schemaName('core.v1', 'Secret'),
  nameRule: subdomainName,
  defaults: (secret) => fill(mergeStringData(secret), { type: 'Opaque' }),
  prepareForUpdate: (next, old) => (next.type ? next : { ...next, type: old.type }),
  validate: (secret, errors) => {
    let size = 0;
    for (const [key, value] of Object.entries(secret.data ?? {})) {
      errors.invalidAll(dataPath.key(key), key, configMapKey(key));
      size += base64Length(value);
    }
    if (size > maxDataBytes) errors.tooLong(dataPath, maxDataBytes);
    validateType(secret, errors);
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    immutable(next.type ?? '', old.type ?? '', new Path('type'), errors);
    frozenParts(next, old, ['data'], errors);
    checks.all();
  },
  warnings: tlsWarnings,
  selectableFields: (secret) => ({ type: secret.type ?? '' }),
  row: (secret, nowMs) => [secret.metadata.name ?? '', secret.type ?? '', Object.keys(secret.data ?? {}).length, age(secret.metadata.creationTimestamp, nowMs)],
});
