import type { Container, Pod, PodSpec, ServiceAccount, Volume, VolumeMount } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { randomSuffix } from '../object.ts';
import { RetryLater, forbidden } from '../status.ts';
import { forbid, lookUp } from './plugin.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const ENFORCE = 'kubernetes.io/enforce-mountable-secrets';
const VOLUME_PREFIX = 'kube-api-access-';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_SECONDS = 3607;
const DEFAULT_MODE = 0o644;
const LOOK_AGAIN_US = 150_000;
const DEFAULT_ATTEMPTS = 10;

/** Models ServiceAccount: every pod runs as an account that exists, and gets its token mounted. */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  resources: ['pods'],
  operations: ['CREATE'],
  admit(object, attributes) {
    const pod = object as Pod;
    if (pod.metadata.annotations?.[MIRROR] !== undefined) {
      checkMirror(pod, attributes);
      return object;
    }
    const name = pod.spec?.serviceAccountName || 'default';
    const account = accountOf(pod, name, attributes);
    const secrets = (account.imagePullSecrets ?? []).map((secret) => ({ name: secret.name }));
    let spec: PodSpec = { ...(pod.spec as PodSpec), serviceAccountName: name, serviceAccount: name };
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) spec = withToken(spec, attributes);
    if ((spec.imagePullSecrets ?? []).length === 0 && secrets.length > 0) spec = { ...spec, imagePullSecrets: secrets };
    const admitted = { ...pod, spec };
    if (enforces(account)) checkSecrets(admitted, account, attributes);
    return admitted;
  },
  validate(object, attributes) {
    const pod = object as Pod;
    if (pod.metadata.annotations?.[MIRROR] !== undefined) return checkMirror(pod, attributes);
    const account = accountOf(pod, pod.spec?.serviceAccountName ?? '', attributes);
    if (enforces(account)) checkSecrets(pod, account, attributes);
  },
};

/** The default account of a new namespace may still be on its way: the request waits for it for a while. */
function accountOf(pod: Pod, name: string, attributes: Attributes): ServiceAccount {
  const { namespace } = attributes.call.request;
  const account = lookUp(attributes, 'serviceaccounts', namespace, name);
  if (account) return account as ServiceAccount;
  const status = forbidden({ group: '', resource: 'pods' }, nameOf(pod), `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`);
  throw new RetryLater(LOOK_AGAIN_US, name === 'default' ? DEFAULT_ATTEMPTS : 1, status);
}

function nameOf({ metadata }: ApiObject): string {
  return metadata.name || metadata.generateName || 'Unknown';
}

function withToken(spec: PodSpec, { ctx }: Attributes): PodSpec {
  const existing = (spec.volumes ?? []).find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const name = existing?.name ?? VOLUME_PREFIX + randomSuffix(ctx.random);
  const mount: VolumeMount = { name, readOnly: true, mountPath: MOUNT_PATH };
  let mounted = false;
  const mountInto = <C extends Container>(container: C): C => {
    if ((container.volumeMounts ?? []).some(({ mountPath }) => mountPath === MOUNT_PATH)) return container;
    mounted = true;
    return { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] };
  };
  const initContainers = spec.initContainers?.map(mountInto);
  const containers = (spec.containers as PodSpec['containers'] | undefined)?.map(mountInto) ?? [];
  const next: PodSpec = { ...spec, ...(initContainers ? { initContainers } : {}), containers };
  return mounted && !existing ? { ...next, volumes: [...(spec.volumes ?? []), tokenVolume(name)] } : next;
}

const SOURCES = [
  { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
];

function tokenVolume(name: string): Volume {
  return { name, projected: { sources: SOURCES, defaultMode: DEFAULT_MODE } };
}

function checkMirror(pod: Pod, attributes: Attributes): void {
  const { spec } = pod;
  if (spec?.serviceAccountName) forbid(attributes, pod, 'a mirror pod may not reference service accounts');
  if ((spec?.volumes ?? []).some(({ secret }) => secret) || secretRefs(pod).length > 0) forbid(attributes, pod, 'a mirror pod may not reference secrets');
  if ((spec?.volumes ?? []).some(({ projected }) => projected?.sources?.some((source) => source.serviceAccountToken))) {
    forbid(attributes, pod, 'a mirror pod may not use ServiceAccountToken volume projections');
  }
}

function enforces({ metadata }: ServiceAccount): boolean {
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(metadata.annotations?.[ENFORCE] ?? '');
}

interface SecretRef { readonly what: string; readonly secret: string }

function secretRefs({ spec }: Pod): readonly SecretRef[] {
  const refs: SecretRef[] = [];
  for (const [kind, containers] of [['init container', spec?.initContainers ?? []], ['container', spec?.containers ?? []]] as const) {
    for (const { name, env = [], envFrom = [] } of containers) {
      for (const item of env) if (item.valueFrom?.secretKeyRef) refs.push({ what: `${kind} ${name} with envVar ${item.name}`, secret: item.valueFrom.secretKeyRef.name ?? '' });
      for (const { secretRef } of envFrom) if (secretRef) refs.push({ what: `${kind} ${name} with envFrom`, secret: secretRef.name ?? '' });
    }
  }
  return refs;
}

function checkSecrets(pod: Pod, account: ServiceAccount, attributes: Attributes): void {
  const mountable = new Set((account.secrets ?? []).map(({ name }) => name));
  const name = account.metadata.name ?? '';
  for (const { secret } of pod.spec?.volumes ?? []) {
    if (secret && !mountable.has(secret.secretName)) forbid(attributes, pod, `volume with secret.secretName="${secret.secretName ?? ''}" is not allowed because service account ${name} does not reference that secret`);
  }
  for (const { what, secret } of secretRefs(pod)) {
    if (!mountable.has(secret)) forbid(attributes, pod, `${what} referencing secret.secretName="${secret}" is not allowed because service account ${name} does not reference that secret`);
  }
  const pullable = new Set((account.imagePullSecrets ?? []).map((secret) => secret.name));
  (pod.spec?.imagePullSecrets ?? []).forEach((secret, i) => {
    if (!pullable.has(secret.name)) forbid(attributes, pod, `imagePullSecrets[${i}].name="${secret.name ?? ''}" is not allowed because service account ${name} does not reference that imagePullSecret`);
  });
}
