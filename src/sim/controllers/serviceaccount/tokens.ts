// Fills secrets of type kubernetes.io/service-account-token and deletes them with their account (models
// serviceaccount/tokens_controller.go).
import type { Secret, ServiceAccount } from '../../api/generated/types.ts';
import { keyFor, keyOf } from '../../api/meta.ts';
import { SECRETS, SERVICE_ACCOUNTS } from '../../api/resources.ts';
import { deleteRequest, getRequest, updateRequest } from '../../client/requests.ts';
import { errorText, isNotFound, isSuccess } from '../api-errors.ts';
import type { Controller, Round, Scope, WriteResult } from '../controller.ts';
import { ROOT_CA } from '../rootca.ts';
import { END, onlyResult, write } from '../writes.ts';
import { base64, legacyToken } from './token.ts';

const TOKEN_TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';
const SECRET_PREFIX = 'secret/';
const ACCOUNT_PREFIX = 'account/';

type Empty = Readonly<Record<string, never>>;
export type Progress =
  | { readonly step: 'account'; readonly secret: Secret }
  | { readonly step: 'secret'; readonly account: ServiceAccount; readonly resourceVersion: string }
  | { readonly step: 'write' };

export const tokensController: Controller<Empty, Progress> = {
  name: 'tokens-controller',
  // Without it no service account could prove who it is: it cannot use one itself.
  serviceAccount: '',
  watches: ['serviceaccounts', 'secrets'],
  workers: 5,
  workersOption: 'concurrent-serviceaccount-token-syncs',
  maxRetries: 10,
  init: () => ({}),
  clone: (state) => state,
  onChange({ type, informer, object }, _state, _scope, enqueue) {
    if (informer === 'serviceaccounts') {
      if (type === 'deleted') enqueue(ACCOUNT_PREFIX + keyOf(object));
    } else if (type !== 'deleted' && (object as Secret).type === TOKEN_TYPE) enqueue(SECRET_PREFIX + keyOf(object));
  },
  reconcile(key, _state, scope) {
    if (key.startsWith(ACCOUNT_PREFIX)) return deleteTokens(key.slice(ACCOUNT_PREFIX.length), scope);
    const secret = scope.informer('secrets').get(key.slice(SECRET_PREFIX.length)) as Secret | undefined;
    return secret ? syncSecret(secret, scope) : END;
  },
  proceed(_key, progress, results, _state, scope) {
    switch (progress.step) {
      case 'account': return onAccount(progress.secret, results);
      case 'secret': return onSecret(progress.account, progress.resourceVersion, results, scope);
      case 'write': {
        const failed = results.find((result) => !isSuccess(result) && !isNotFound(result));
        return failed ? { error: errorText(failed) } : END;
      }
    }
  },
};

function accountNameOf(secret: Secret): string {
  return secret.metadata.annotations?.[ACCOUNT_NAME] ?? '';
}

function matches(account: ServiceAccount | undefined, secret: Secret): account is ServiceAccount {
  const uid = secret.metadata.annotations?.[ACCOUNT_UID] ?? '';
  return account !== undefined && (uid === '' || uid === account.metadata.uid);
}

/** All token secrets of an account that is gone. */
function deleteTokens(key: string, scope: Scope): Round<Progress> {
  if (scope.informer('serviceaccounts').get(key)) return END;
  const namespace = key.slice(0, key.indexOf('/'));
  const writes = [];
  for (const object of scope.informer('secrets').byIndex('namespace', namespace)) {
    const secret = object as Secret;
    if (secret.type === TOKEN_TYPE && keyFor(namespace, accountNameOf(secret)) === key) writes.push(deleteToken(secret));
  }
  return writes.length > 0 ? { writes, progress: { step: 'write' } } : END;
}

function deleteToken(secret: Secret): ReturnType<typeof write> {
  const { namespace = '', name = '', uid } = secret.metadata;
  return write('deleteToken', deleteRequest(SECRETS, namespace, name, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid } }));
}

function syncSecret(secret: Secret, scope: Scope): Round<Progress> {
  const name = accountNameOf(secret);
  const { namespace = '' } = secret.metadata;
  const account = scope.informer('serviceaccounts').get(keyFor(namespace, name)) as ServiceAccount | undefined;
  if (matches(account, secret)) return generate(account, secret);
  // The cache may be behind: before a token is deleted the API server is asked.
  return { writes: [write('getAccount', getRequest(SERVICE_ACCOUNTS, namespace, name))], progress: { step: 'account', secret } };
}

function onAccount(secret: Secret, results: readonly WriteResult[]): Round<Progress> {
  const result = onlyResult(results);
  if (!isSuccess(result) && !isNotFound(result)) return { error: errorText(result) };
  const account = isSuccess(result) ? result.body as ServiceAccount : undefined;
  return matches(account, secret) ? generate(account, secret) : { writes: [deleteToken(secret)], progress: { step: 'write' } };
}

function isComplete(account: ServiceAccount, { data = {}, metadata }: Secret): boolean {
  return data['ca.crt'] !== undefined && data['namespace'] !== undefined && data['token'] !== undefined
    && metadata.annotations?.[ACCOUNT_UID] === account.metadata.uid && metadata.annotations?.[ACCOUNT_NAME] === account.metadata.name;
}

function generate(account: ServiceAccount, secret: Secret): Round<Progress> {
  if (isComplete(account, secret)) return END;
  const { namespace = '', name = '', resourceVersion = '' } = secret.metadata;
  return { writes: [write('getSecret', getRequest(SECRETS, namespace, name))], progress: { step: 'secret', account, resourceVersion } };
}

function onSecret(account: ServiceAccount, resourceVersion: string, results: readonly WriteResult[], scope: Scope): Round<Progress> {
  const result = onlyResult(results);
  if (isNotFound(result)) return END;
  if (!isSuccess(result)) return { error: errorText(result) };
  const secret = result.body as Secret;
  // Our cache is behind: its update will bring the key back.
  if (secret.metadata.resourceVersion !== resourceVersion) return END;
  const { data = {}, metadata } = secret;
  const { name = '', uid = '', namespace = '' } = account.metadata;
  const next: Secret = {
    ...secret, metadata: { ...metadata, annotations: { ...metadata.annotations, [ACCOUNT_NAME]: name, [ACCOUNT_UID]: uid } },
    data: {
      ...data, 'ca.crt': data['ca.crt'] ?? base64(ROOT_CA), namespace: data['namespace'] ?? base64(namespace),
      token: data['token'] ?? base64(legacyToken(account, secret, scope.random)),
    },
  };
  return { writes: [write('updateSecret', updateRequest(SECRETS, next))], progress: { step: 'write' } };
}
