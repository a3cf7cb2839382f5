// A kubeconfig for a served world, and where it may be written.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

const CLUSTER = 'wheelhouse';
const READ_BY_OWNER = 0o600;

/** How one user shows who it is; all in PEM, nothing where the server asks for nothing. */
export interface KubeconfigUser { readonly name: string; readonly certificate?: string; readonly key?: string; readonly token?: string }
export interface Access { readonly server: string; readonly authority: string | undefined; readonly users: readonly KubeconfigUser[] }

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** One context a user, named as it; the first is the current one. */
export function kubeconfig({ server, authority, users }: Access): string {
  return stringify({
    apiVersion: 'v1', kind: 'Config',
    clusters: [{ name: CLUSTER, cluster: { server, ...(authority !== undefined && { 'certificate-authority-data': base64(authority) }) } }],
    users: users.map(({ name, certificate, key, token }) => ({
      name, user: { ...(certificate !== undefined && { 'client-certificate-data': base64(certificate) }), ...(key !== undefined && { 'client-key-data': base64(key) }), ...(token !== undefined && { token }) },
    })),
    contexts: users.map(({ name }) => ({ name, context: { cluster: CLUSTER, user: name } })),
    'current-context': users[0]?.name ?? '',
  }, { lineWidth: 0 });
}

/** Writes a kubeconfig that only its owner can read. Throws where a file is that knows other clusters: nobody gets it back. */
export function writeKubeconfig(file: string, access: Access): void {
  if (existsSync(file) && !isOurs(readFileSync(file, 'utf8'))) throw new Error(`${file} holds something else than a cluster of Wheelhouse: name another file`);
  writeFileSync(file, kubeconfig(access), { mode: READ_BY_OWNER });
}

function isOurs(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    const { clusters } = parse(text) as { readonly clusters?: readonly { readonly name?: string }[] };
    return clusters?.every(({ name }) => name === CLUSTER) ?? false;
  } catch {
    return false;
  }
}
