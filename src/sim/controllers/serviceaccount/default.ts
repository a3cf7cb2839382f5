// Gives every namespace its `default` service account (models serviceaccount/serviceaccounts_controller.go).
import type { Namespace, ServiceAccount } from '../../api/generated/types.ts';
import { keyFor } from '../../api/meta.ts';
import { SERVICE_ACCOUNTS } from '../../api/resources.ts';
import { createRequest } from '../../client/requests.ts';
import { errorText, isNamespaceTerminating, isSuccess } from '../api-errors.ts';
import type { Controller } from '../controller.ts';
import { END, onlyResult, write } from '../writes.ts';

const NAME = 'default';
type Empty = Readonly<Record<string, never>>;

export const serviceAccountController: Controller<Empty, 'create'> = {
  name: 'service-account-controller',
  watches: ['namespaces', 'serviceaccounts'],
  workers: 1,
  init: () => ({}),
  clone: (state) => state,
  onChange({ type, informer, object }, _state, _scope, enqueue) {
    const { name = '', namespace = '' } = object.metadata;
    if (informer === 'namespaces') {
      if (type !== 'deleted') enqueue(name);
    } else if (type === 'deleted' && name === NAME) enqueue(namespace);
  },
  reconcile(key, _state, scope) {
    const namespace = scope.informer('namespaces').get(key) as Namespace | undefined;
    if (namespace?.status?.phase !== 'Active' || scope.informer('serviceaccounts').get(keyFor(key, NAME))) return END;
    const account: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: key } };
    return {
      writes: [write('create', createRequest(SERVICE_ACCOUNTS, account, key))], progress: 'create',
      explanation: {
        about: 'plan', controller: 'service-account-controller', key, observed: { serviceAccounts: 0 }, desired: { serviceAccounts: 1 },
        actions: [{ code: 'createServiceAccount', params: { name: NAME } }],
      },
    };
  },
  proceed(_key, _progress, results) {
    const result = onlyResult(results);
    return isSuccess(result) || isNamespaceTerminating(result) ? END : { error: errorText(result) };
  },
};
