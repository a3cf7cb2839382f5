// Nodes (models pkg/registry/core/node).
import type { Node, NodeSpec } from '../generated/types.ts';
import { change, fill, without } from '../defaults/fill.ts';
import { roundResources } from '../defaults/resources.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import { Path } from '../validation/field.ts';
import { cidrWarnings } from '../validation/ip.ts';
import { subdomainName } from '../validation/names.ts';
import { validateNode, validateNodeChanges } from '../validation/node.ts';
import { defineKind, keep } from './define.ts';

const rolePrefix = 'node-role.kubernetes.io/';
const roleLabel = 'kubernetes.io/role';
const rangesPath = new Path('spec').child('podCIDRs');

/** podCIDR is the first of podCIDRs; where they differ the single one counts. */
function agreeOnRanges(spec: NodeSpec): NodeSpec {
  const { podCIDR, podCIDRs = [] } = spec;
  if (podCIDR) return podCIDRs[0] === podCIDR ? spec : { ...spec, podCIDRs: [podCIDR] };
  return podCIDRs[0] === undefined ? spec : { ...spec, podCIDR: podCIDRs[0] };
}

function defaultNode(before: Node): Node {
  const node = change(before, 'spec', agreeOnRanges);
  return change(node, 'status', (status) => {
    const { capacity, allocatable } = status;
    const rounded = roundResources({ ...(capacity ? { limits: capacity } : {}), ...(allocatable ? { requests: allocatable } : {}) });
    const changed = rounded.limits === capacity && rounded.requests === allocatable ? status
      : { ...status, ...(rounded.limits ? { capacity: rounded.limits } : {}), ...(rounded.requests ? { allocatable: rounded.requests } : {}) };
    return changed.capacity === undefined ? changed : fill(changed, { allocatable: changed.capacity });
  });
}

/** Kubelets no longer take their configuration from the API. */
function withoutConfig(node: Node): Node {
  return change(node, 'spec', (spec) => without(spec, 'configSource'));
}

function roles({ metadata }: Node): string {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) found.add(key.slice(rolePrefix.length));
    else if (key === roleLabel && value !== '') found.add(value);
  }
  return [...found].sort().join(',') || '<none>';
}

function statusText({ spec, status }: Node): string {
  const ready = status?.conditions?.findLast(({ type }) => type === 'Ready');
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

export const nodeKind = defineKind<Node>({
  group: '', version: 'v1', kind: 'Node', plural: 'nodes', shortNames: ['no'], namespaced: false,
  subresources: ['proxy', 'status'],
  schema: schemaName('core.v1', 'Node'),
  nameRule: subdomainName,
  defaults: defaultNode,
  prepareForCreate: (node) => change(withoutConfig(node), 'status', (status) => without(status, 'config')),
  prepareForUpdate: (next, old) => {
    const kept = keep(next, old, 'status');
    return old.spec?.configSource === undefined ? withoutConfig(kept) : kept;
  },
  validate: validateNode,
  validateUpdate: (next, old, errors, checks) => {
    checks.all();
    checks.metadata();
    validateNodeChanges(next, old, errors);
  },
  status: {
    prepareForUpdate: (next, old) => {
      const kept = keep(next, old, 'spec');
      return old.status?.config === undefined ? change(kept, 'status', (status) => without(status, 'config')) : kept;
    },
    validateUpdate: (next, old, errors, checks) => {
      checks.metadata();
      validateNodeChanges(next, old, errors);
    },
  },
  warnings: ({ spec }) => [
    ...(spec?.configSource === undefined ? [] : ['spec.configSource: the feature is removed']),
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(spec?.podCIDRs ?? []).flatMap((range, i) => cidrWarnings(range, rangesPath.index(i))),
  ],
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec?.unschedulable ?? false) }),
  row: (node, nowMs) => {
    const { metadata, status } = node;
    const info = status?.nodeInfo;
    const address = (wanted: string): string => status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
    const kernel = info?.kernelVersion || '<unknown>';
    return [
      metadata.name ?? '', statusText(node), roles(node), age(metadata.creationTimestamp, nowMs), info?.kubeletVersion ?? '',
      address('InternalIP'), address('ExternalIP'), info?.osImage || '<unknown>', info?.architecture ? `${kernel} (${info.architecture})` : kernel, info?.containerRuntimeVersion || '<unknown>',
    ];
  },
});
