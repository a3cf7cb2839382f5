// Puts the API server's CA into every namespace as the config map kube-root-ca.crt (models certificates/rootcacertpublisher).
import type { ConfigMap, Namespace } from '../api/generated/types.ts';
import { keyFor } from '../api/meta.ts';
import { CONFIG_MAPS } from '../api/resources.ts';
import { createRequest, updateRequest } from '../client/requests.ts';
import { errorText, isNamespaceTerminating, isNotFound, isSuccess } from './api-errors.ts';
import type { Controller, Round } from './controller.ts';
import { END, onlyResult, write } from './writes.ts';

const CONFIG_MAP_NAME = 'kube-root-ca.crt';
const DESCRIPTION_ANNOTATION = 'kubernetes.io/description';
const DESCRIPTION = 'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. '
  + 'No other usage is guaranteed across distributions of Kubernetes clusters.';

/** What --root-ca-file holds here: the certificate of a CA made for this purpose, which has signed nothing. */
export const ROOT_CA = `-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIULfQqHTMK6dSJViOmcx1FegW3C44wCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAeFw0yNjExMjAxOTE4NDRaFw0zNjExMTcx
OTE4NDRaMBUxEzARBgNVBAMMCmt1YmVybmV0ZXMwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT1+9evxE4LpRZ4Jfa3tPMZkOahVRlzBaNrDu3iALDpDYVLKgDhNMMk
6N10rdLYpTtaJnrQTQidzfy29Zj52eWOo1MwUTAdBgNVHQ4EFgQU8r8tK3soP1yi
ZoRZ2ANtla+NiSQwHwYDVR0jBBgwFoAU8r8tK3soP1yiZoRZ2ANtla+NiSQwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBkmjUT69DF8JnZARFurn8C
YzG96EDS9HM2hYfedHkx9gIgEF97o3hm1NYr4DU08gaZDRKT1RveA6lKQVfFdQXk
cMM=
-----END CERTIFICATE-----
`;
const DATA = { 'ca.crt': ROOT_CA };

type Empty = Readonly<Record<string, never>>;
export type Progress = 'create' | 'update';

export const rootCaPublisher: Controller<Empty, Progress> = {
  name: 'root-ca-cert-publisher',
  watches: ['namespaces', 'configmaps'],
  workers: 1,
  init: () => ({}),
  clone: (state) => state,
  onChange({ type, informer, object }, _state, _scope, enqueue) {
    const { name = '', namespace = '' } = object.metadata;
    if (informer === 'configmaps') {
      if (name === CONFIG_MAP_NAME && type !== 'added') enqueue(namespace);
    } else if (type === 'added' || (type === 'updated' && (object as Namespace).status?.phase === 'Active')) enqueue(name);
  },
  reconcile(namespace, _state, scope) {
    const configMap = scope.informer('configmaps').get(keyFor(namespace, CONFIG_MAP_NAME)) as ConfigMap | undefined;
    if (!configMap) return create(namespace);
    const { data = {}, metadata } = configMap;
    const same = Object.keys(data).length === 1 && data['ca.crt'] === ROOT_CA;
    if (same && (metadata.annotations?.[DESCRIPTION_ANNOTATION] ?? '') !== '') return END;
    const next: ConfigMap = { ...configMap, data: DATA, metadata: { ...metadata, annotations: { ...metadata.annotations, [DESCRIPTION_ANNOTATION]: DESCRIPTION } } };
    return { writes: [write('update', updateRequest(CONFIG_MAPS, next))], progress: 'update' };
  },
  proceed(_key, progress, results) {
    const result = onlyResult(results);
    // Nothing to publish to a namespace that is going or gone.
    if (progress === 'create' && (isNotFound(result) || isNamespaceTerminating(result))) return END;
    return isSuccess(result) ? END : { error: errorText(result) };
  },
};

function create(namespace: string): Round<Progress> {
  const configMap: ConfigMap = {
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: CONFIG_MAP_NAME, annotations: { [DESCRIPTION_ANNOTATION]: DESCRIPTION } }, data: DATA,
  };
  return {
    writes: [write('create', createRequest(CONFIG_MAPS, configMap, namespace))], progress: 'create',
    explanation: {
      about: 'plan', controller: 'root-ca-cert-publisher', key: namespace, observed: { configMaps: 0 }, desired: { configMaps: 1 },
      actions: [{ code: 'createConfigMap', params: { name: CONFIG_MAP_NAME } }],
    },
  };
}
