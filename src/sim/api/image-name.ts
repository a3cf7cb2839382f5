// Names of container images (models distribution/reference as far as Kubernetes looks at them).

const maxNameLength = 255;
const domainPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:(?:${domainPart}(?:\\.${domainPart})*)|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`;
const pathPart = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const reference = new RegExp(`^((?:${domain}/)?${pathPart}(?:/${pathPart})*)(?::([\\w][\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`);

export interface ImageName {
  readonly repository: string;
  /** Empty if there is none. */
  readonly tag: string;
  /** With its algorithm, `sha256:…`; empty if there is none. */
  readonly digest: string;
}

const parsed = new Map<string, ImageName | undefined>();
const cacheLimit = 5_000;

/** Splits `registry/repository:tag@digest`; undefined if the text is no image name. */
export function parseImageName(image: string): ImageName | undefined {
  if (parsed.has(image)) return parsed.get(image);
  if (parsed.size >= cacheLimit) parsed.clear();
  const match = /^[a-f0-9]{64}$/.test(image) ? null : reference.exec(image);
  const repository = match?.[1] ?? '';
  const name = match === null || repository.length > maxNameLength ? undefined : { repository, tag: match[2] ?? '', digest: match[3] ?? '' };
  parsed.set(image, name);
  return name;
}

/** The tag that decides about imagePullPolicy: `latest` if an image names neither tag nor digest; empty if it is no image name. */
export function imageTag(image: string): string {
  const name = parseImageName(image);
  if (name === undefined) return '';
  return name.tag === '' && name.digest === '' ? 'latest' : name.tag;
}
