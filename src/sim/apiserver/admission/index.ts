import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { notSimulatedKinds } from './not-simulated.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';
import { podResizeValidator } from './pod-resize-validator.ts';
import { podSecurity } from './pod-security/index.ts';
import { validatingAdmissionPolicy } from './policies/index.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { priority } from './priority.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

/**
 * All plugins, in the order in which the real server asks them (kubeapiserver options AllOrderedPlugins). ResourceQuota,
 * the last one, writes to etcd and is therefore a part of storage (storage/quota.ts).
 */
const PLUGINS: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  persistentVolumeClaimResize,
  runtimeClass,
  defaultIngressClass,
  podTopologyLabels,
  podResizeValidator,
  notSimulatedKinds,
  validatingAdmissionPolicy,
];

interface Chain { readonly mutating: readonly AdmissionPlugin[]; readonly validating: readonly AdmissionPlugin[] }

type Chains = Map<string, Map<string, Map<string, Chain>>>;
/** By the plugins that are off, resource, operation and subresource. */
const chains = new WeakMap<ReadonlySet<string>, Chains>();

function childOf<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let child = map.get(key);
  if (!child) map.set(key, child = new Map());
  return child;
}

function chainFor({ call, operation, server }: Attributes): Chain {
  const { subresource } = call.request;
  const { disabledPlugins } = server.config;
  const resource = call.resource?.name ?? call.request.resource;
  let all = chains.get(disabledPlugins);
  if (!all) chains.set(disabledPlugins, all = new Map());
  const known = childOf(childOf(all, resource), operation);
  let chain = known.get(subresource);
  if (!chain) {
    const subject = subresource === '' ? resource : `${resource}/${subresource}`;
    const asked = PLUGINS.filter(({ name, operations, resources }) => !disabledPlugins.has(name) && operations.includes(operation) && (resources.includes('*') || resources.includes(subject)));
    chain = { mutating: asked.filter((plugin) => 'admit' in plugin), validating: asked.filter((plugin) => 'validate' in plugin) };
    known.set(subresource, chain);
  }
  return chain;
}

/** The plugins that may change such a request's object. */
export function mutatingFor(attributes: Attributes): readonly AdmissionPlugin[] {
  return chainFor(attributes).mutating;
}

/** The plugins that check such a request. */
export function validatingFor(attributes: Attributes): readonly AdmissionPlugin[] {
  return chainFor(attributes).validating;
}
