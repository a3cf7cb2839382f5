// Warnings about files that volumes would write over each other (models warningsForOverlappingVirtualPaths).
import type { Volume, VolumeProjection } from '../generated/types.ts';
import { goQuote } from '../go-format.ts';

interface File { readonly path: string; readonly source: string }

function described({ path, source }: File): string {
  return source === '' ? goQuote(path) : `${goQuote(path)} (${source})`;
}

function files(items: readonly { readonly path: string }[] | undefined, source: string): readonly File[] {
  return (items ?? []).map(({ path }) => ({ path, source }));
}

function overlaps(a: File, b: File): boolean {
  if (a.path === '' || b.path === '') return false;
  return `${a.path}/`.startsWith(`${b.path}/`) || `${b.path}/`.startsWith(`${a.path}/`);
}

/** What each file has in common with those before it. */
function overlapsIn(list: readonly File[]): readonly string[] {
  const trimmed = list.map(({ path, source }) => ({ path: path.replace(/\/+$/, ''), source }));
  return trimmed.flatMap((file, i) => trimmed.slice(0, i).filter((other) => overlaps(file, other)).map((other) => `${described(file)} with ${described(other)}`));
}

function projectedFiles(projection: VolumeProjection): readonly File[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = projection;
  if (configMap?.items) return files(configMap.items, `ConfigMap ${goQuote(configMap.name ?? '')}`);
  if (secret?.items) return files(secret.items, `Secret ${goQuote(secret.name ?? '')}`);
  if (downwardAPI?.items) return files(downwardAPI.items, 'DownwardAPI');
  if (serviceAccountToken) return [{ path: serviceAccountToken.path, source: 'ServiceAccountToken' }];
  if (clusterTrustBundle) return [{ path: clusterTrustBundle.path, source: `ClusterTrustBundle ${goQuote(clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '')}` }];
  if (podCertificate === undefined) return [];
  return [
    { path: podCertificate.certificateChainPath ?? '', source: 'PodCertificate chain' },
    { path: podCertificate.keyPath ?? '', source: 'PodCertificate key' },
    { path: podCertificate.credentialBundlePath ?? '', source: 'PodCertificate credential bundle' },
  ].filter(({ path }) => path !== '');
}

export function overlapWarnings(volumes: readonly Volume[]): readonly string[] {
  const warnings: string[] = [];
  for (const { name, configMap, secret, downwardAPI, projected } of volumes) {
    const add = (list: readonly File[], what: string): void => {
      for (const text of overlapsIn(list)) warnings.push(`volume ${goQuote(name)} (${what}): overlapping paths: ${text}`);
    };
    if (configMap) add(files(configMap.items, ''), `ConfigMap ${goQuote(configMap.name ?? '')}`);
    if (secret) add(files(secret.items, ''), `Secret ${goQuote(secret.secretName ?? '')}`);
    if (downwardAPI) add(files(downwardAPI.items, ''), 'DownwardAPI');
    if (projected === undefined) continue;
    for (const source of projected.sources ?? []) if (Object.keys(source).length === 0) warnings.push(`volume ${goQuote(name)} (Projected) has no sources provided`);
    add((projected.sources ?? []).flatMap(projectedFiles), 'Projected');
  }
  return warnings;
}
