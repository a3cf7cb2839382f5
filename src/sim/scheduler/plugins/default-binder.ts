import type { Plugin } from '../framework/plugin.ts';

/** Models DefaultBinder: posts a Binding. */
export const defaultBinder: Plugin = {
  name: 'DefaultBinder',
  bind(pod, nodeName) {
    return {
      verb: 'create',
      resource: 'pods/binding',
      object: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { namespace: pod.namespace, name: pod.name, uid: pod.uid },
        target: { kind: 'Node', name: nodeName },
      },
    };
  },
};
