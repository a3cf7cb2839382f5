import type { Call } from '../call.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import type { AdmissionPlugin, Operation } from './plugin.ts';

/** All plugins, in the order in which the real server asks them (kubeapiserver options AllOrderedPlugins). */
const PLUGINS: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
];

interface Chain { readonly mutating: readonly AdmissionPlugin[]; readonly validating: readonly AdmissionPlugin[] }

const chains = new Map<string, Chain>();

function chainFor(call: Call, operation: Operation): Chain {
  const { subresource } = call.request;
  const resource = call.resource?.name ?? call.request.resource;
  const subject = subresource === '' ? resource : `${resource}/${subresource}`;
  const key = `${operation} ${subject}`;
  let chain = chains.get(key);
  if (!chain) {
    const asked = PLUGINS.filter(({ operations, resources }) => operations.includes(operation) && (resources.includes('*') || resources.includes(subject)));
    chain = { mutating: asked.filter((plugin) => 'admit' in plugin), validating: asked.filter((plugin) => 'validate' in plugin) };
    chains.set(key, chain);
  }
  return chain;
}

/** The plugins that may change such a request's object. */
export function mutatingFor(call: Call, operation: Operation): readonly AdmissionPlugin[] {
  return chainFor(call, operation).mutating;
}

/** The plugins that check such a request. */
export function validatingFor(call: Call, operation: Operation): readonly AdmissionPlugin[] {
  return chainFor(call, operation).validating;
}
