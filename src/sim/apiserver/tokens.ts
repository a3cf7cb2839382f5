import type { User } from './call.ts';
import { cacheNamed } from './server.ts';
import type { Server } from './server.ts';

const PREFIX = 'sim.';

/** A bound token says whose it is; nobody outside the simulation has to verify it, so it is not signed. */
export function tokenFor(namespace: string, name: string, uid: string, expiresUs: number): string {
  return `${PREFIX}${namespace}.${name}.${uid}.${expiresUs}`;
}

/** The service account that a token was made for, as long as that account exists. */
export function userOfToken(server: Server, token: string): User | undefined {
  if (!token.startsWith(PREFIX)) return undefined;
  const [namespace = '', name = '', uid = ''] = token.slice(PREFIX.length).split('.');
  const account = cacheNamed(server, 'serviceaccounts')?.get(namespace, name);
  if (!account || account.metadata.uid !== uid) return undefined;
  return serviceAccountUser(namespace, name, uid);
}

export function serviceAccountUser(namespace: string, name: string, uid: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`, uid, extra: {},
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}
