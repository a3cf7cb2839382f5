import type { Node, Pod } from '../../api/generated/types.ts';
import { Action } from '../framework/events.ts';
import type { Plugin } from '../framework/plugin.ts';
import { status, unresolvable } from '../framework/status.ts';

const NAME = 'NodeDeclaredFeatures';
const SKIP = { status: status(NAME, 'Skip') };
const REFUSAL = unresolvable(NAME, "node(s) didn't match Pod's required features");

/** What a pod needs of the kubelet, read off its spec: a feature's name and whether this pod uses it. */
const FEATURES: readonly { readonly name: string; uses(pod: Pod): boolean }[] = [
  {
    name: 'RestartAllContainersOnContainerExits',
    uses: ({ spec }) => [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
      .some((container) => (container.restartPolicyRules ?? []).some((rule) => rule.action === 'RestartAllContainers')),
  },
  { name: 'UserNamespacesHostNetworkSupport', uses: ({ spec }) => spec?.hostNetwork === true && spec.hostUsers === false },
];

function declaresAll(node: Node | undefined, needed: readonly string[]): boolean {
  const declared = node?.status?.declaredFeatures ?? [];
  return needed.every((name) => declared.includes(name));
}

function neededBy(pod: Pod): readonly string[] {
  return FEATURES.filter((feature) => feature.uses(pod)).map((feature) => feature.name);
}

/** Models NodeDeclaredFeatures: a pod that uses a new kubelet feature needs a node whose kubelet declares it. */
export const nodeDeclaredFeatures: Plugin<readonly string[]> = {
  name: NAME,
  nodeLocal: true,
  events: [{
    resource: 'Node',
    action: Action.Add | Action.UpdateNodeDeclaredFeature,
    hint: (pod, _before, after) => declaresAll(after as Node | undefined, neededBy(pod)),
  }],
  preFilter(_handle, pod) {
    const needed = neededBy(pod.pod);
    return needed.length === 0 ? SKIP : { state: needed };
  },
  explainFilter: (needed, _pod, { node }) => needed.filter((name) => !declaresAll(node, [name]))
    .map((feature) => ({ code: 'undeclaredFeature', pod: 'spec', node: 'status.declaredFeatures', params: { feature } })),
  filter: (needed, _pod, node) => (declaresAll(node.node, needed) ? undefined : REFUSAL),
};
