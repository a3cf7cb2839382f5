import type { Binding, Node, Pod } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { withMeta } from '../object.ts';
import { lookUp } from './plugin.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';

const COPIED = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Models PodTopologyLabels: a pod that gets its node also gets the node's zone and region as labels. */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  resources: ['pods/binding', 'pods'],
  operations: ['CREATE'],
  admit(object, attributes) {
    if (object.kind === 'Binding') return labelled(object, (object as Binding).target.name ?? '', attributes);
    return labelled(object, (object as Pod).spec?.nodeName ?? '', attributes);
  },
};

function labelled(object: ApiObject, nodeName: string, attributes: Attributes): ApiObject {
  if (nodeName === '') return object;
  const node = lookUp(attributes, 'nodes', '', nodeName) as Node | undefined;
  const labels: Record<string, string> = {};
  for (const name of COPIED) {
    const value = node?.metadata.labels?.[name];
    if (value !== undefined) labels[name] = value;
  }
  return Object.keys(labels).length === 0 ? object : withMeta(object, { labels: { ...object.metadata.labels, ...labels } });
}
