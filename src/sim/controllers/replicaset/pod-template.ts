import type { ApiObject } from '../../api/meta.ts';
import { controllerRef } from '../owners.ts';
import type { PodSet } from './kind.ts';

const MAX_NAME = 253;
const bodies = new WeakMap<PodSet, ApiObject>();

/** The pod that a set creates, the same object every time: the server names it (models GetPodFromTemplate). */
export function podBody(set: PodSet): ApiObject {
  let body = bodies.get(set);
  if (!body) bodies.set(set, body = makeBody(set));
  return body;
}

function makeBody(set: PodSet): ApiObject {
  const { metadata, spec } = set.spec?.template ?? {};
  const { labels, annotations, finalizers } = metadata ?? {};
  const name = set.metadata.name ?? '';
  const pod = {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      generateName: name.length < MAX_NAME ? `${name}-` : name,
      ...(labels && { labels }), ...(annotations && { annotations }), ...(finalizers && { finalizers }),
      ownerReferences: [controllerRef(set)],
    },
    spec,
  };
  return pod;
}
