// The Scale that stands for an object (models the ScaleREST storages).
import type { Scale } from '../../api/generated/types.ts';
import type { Kind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { Refusal, internalError, notFound } from '../status.ts';

type ScaleRules = NonNullable<Kind['scale']>;

/** The Scale of an object. Throws Refusal: 404 for kinds without one, 500 for a custom resource that lacks the field. */
export function scaleOf(kind: Kind, object: ApiObject): Scale {
  const scale = scaleRulesOf(kind, object);
  if (scale.replicas(object) === undefined) throw new Refusal(internalError(`the spec replicas field ${JSON.stringify(scalePath(scale))} does not exist`));
  return currentScale(scale, object);
}

/** `.spec.replicas`. */
export function scalePath({ path }: ScaleRules): string {
  return `.${path.join('.')}`;
}

/** Throws Refusal (404) for kinds without a scale. */
export function scaleRulesOf(kind: Kind, { metadata }: ApiObject): ScaleRules {
  if (!kind.scale) throw new Refusal(notFound({ group: kind.group, resource: kind.plural }, metadata.name ?? ''));
  return kind.scale;
}

/** A Scale without replicas where the object has none. */
export function currentScale(scale: ScaleRules, object: ApiObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = scale.selector(object);
  const replicas = scale.replicas(object) ?? 0;
  return {
    kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas }, status: { replicas: scale.statusReplicas(object), ...(selector === '' ? {} : { selector }) },
  } as Scale;
}
