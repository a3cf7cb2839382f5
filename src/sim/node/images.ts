// Images as registries answer for them.
import { CATALOGUE } from './image-catalogue.ts';
import type { CatalogueImage } from './image-catalogue.ts';
import { digestOf, parseImage } from './image-reference.ts';
import type { ImageReference } from './image-reference.ts';

const byRepository = new Map(CATALOGUE.map((image) => [image.repository, image]));
/** Registries that can be reached; the name of any other does not resolve. */
const REGISTRIES = new Set([...CATALOGUE.map((image) => image.repository.slice(0, image.repository.indexOf('/'))), 'quay.io', 'ghcr.io', 'mcr.microsoft.com', 'public.ecr.aws', 'k8s.gcr.io']);

export interface FoundImage { readonly image: CatalogueImage; readonly reference: ImageReference }
/** The registry's refusal, as containerd words it. */
export interface MissingImage { readonly code: 'Unknown' | 'NotFound'; readonly message: string }

/** Names under which a registry goes on serving what has moved. */
const MOVED: readonly (readonly [from: string, to: string])[] = [
  ['k8s.gcr.io/', 'registry.k8s.io/'], ['gcr.io/google_containers/', 'registry.k8s.io/'], ['gcr.io/google_samples/', 'gcr.io/google-samples/'],
  ['us-docker.pkg.dev/google-samples/containers/gke/', 'gcr.io/google-samples/'],
];

function imageAt(repository: string): CatalogueImage | undefined {
  const moved = MOVED.find(([from]) => repository.startsWith(from));
  return byRepository.get(moved === undefined ? repository : moved[1] + repository.slice(moved[0].length));
}

/** Looks an image up in its registry, as a pull does. Error texts are containerd 2's. */
export function resolveImage(name: string): FoundImage | MissingImage {
  const reference = parseImage(name);
  if (typeof reference === 'string') return { code: 'Unknown', message: `failed to parse image reference "${name}": ${reference}` };
  const image = imageAt(reference.repository);
  if (image && (reference.tag === '' || image.tags.test(reference.tag))) return { image, reference };
  const failed = `failed to pull and unpack image "${reference.familiar}": failed to resolve reference "${reference.familiar}": `;
  if (image) return { code: 'NotFound', message: `${failed}${reference.familiar}: not found` };
  const [registry = '', ...path] = reference.repository.split('/');
  if (registry === 'docker.io') {
    return { code: 'Unknown', message: `${failed}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed` };
  }
  if (REGISTRIES.has(registry)) return { code: 'NotFound', message: `${failed}${reference.familiar}: not found` };
  const url = `https://${registry}/v2/${path.join('/')}/manifests/${reference.tag === '' ? reference.digest : reference.tag}`;
  return { code: 'Unknown', message: `${failed}failed to do request: Head "${url}": dial tcp: lookup ${registry.split(':')[0]}: no such host` };
}

/** What the runtime calls a pulled image: repository and digest of its manifest. */
export function imageRefOf({ repository, tag, digest }: ImageReference): string {
  return `${repository}@${digest === '' ? digestOf(`${repository}:${tag}`) : digest}`;
}
