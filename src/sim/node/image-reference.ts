// Image names as distribution/reference reads them: docker.io/library is implied, the tag is latest when left out.
import { fnv1a } from '../../base/prng.ts';

export interface ImageReference {
  /** `docker.io/library/nginx`. */
  readonly repository: string;
  /** '' when there is a digest alone. */
  readonly tag: string;
  /** `sha256:…` or ''. */
  readonly digest: string;
  /** With everything that was implied: `docker.io/library/nginx:latest`. */
  readonly familiar: string;
}

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/;

const parsed = new Map<string, ImageReference | string>();

/** The reference, or the text of reference.ErrReferenceInvalidFormat and its relatives. Memoised: images repeat. */
export function parseImage(image: string): ImageReference | string {
  let result = parsed.get(image);
  if (result === undefined) {
    if (parsed.size > 10_000) parsed.clear();
    result = parse(image);
    parsed.set(image, result);
  }
  return result;
}

function parse(image: string): ImageReference | string {
  const [named, digest] = splitAt(image, image.indexOf('@'));
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const name = hasTag ? named.slice(0, colon) : named;
  const tag = hasTag ? named.slice(colon + 1) : digest === '' ? 'latest' : '';
  const repository = qualify(name);
  const path = repository.slice(repository.indexOf('/') + 1);
  if (path !== path.toLowerCase()) return `invalid reference format: repository name (${path}) must be lowercase`;
  if (!REPOSITORY.test(path) || ((hasTag || tag !== '') && !TAG.test(tag)) || (digest !== '' && !DIGEST.test(digest))) return 'invalid reference format';
  const familiar = `${repository}${tag === '' ? '' : `:${tag}`}${digest === '' ? '' : `@${digest}`}`;
  return { repository, tag, digest, familiar };
}

function splitAt(text: string, index: number): readonly [string, string] {
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

/** `nginx` and `docker.io/nginx` → `docker.io/library/nginx`, `a/b` → `docker.io/a/b`, `ghcr.io/a/b` as it is. */
function qualify(name: string): string {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isDomain = first.includes('.') || first.includes(':') || first === 'localhost';
  const isHub = !isDomain || first === 'docker.io' || first === 'index.docker.io';
  if (!isHub) return name;
  const path = isDomain ? name.slice(slash + 1) : name;
  return `docker.io/${path.includes('/') ? '' : 'library/'}${path}`;
}

const digests = new Map<string, string>();

/** A digest made from a text: 64 hexadecimal digits, the same on every machine and in every run. Memoised. */
export function digestOf(text: string): string {
  let digest = digests.get(text);
  if (digest === undefined) {
    if (digests.size > 10_000) digests.clear();
    digest = 'sha256:';
    for (let i = 0; i < 8; i++) digest += fnv1a(`${i} ${text}`).toString(16).padStart(8, '0');
    digests.set(text, digest);
  }
  return digest;
}
