// The environment of a container: which variables it gets, and which ConfigMaps and Secrets must be there for it.
import type { ConfigMap, Container } from '../../api/generated/types.ts';
import { CONFIG_MAPS, SECRETS } from '../../api/resources.ts';
import type { Context } from '../../kernel/actor.ts';
import { fetchObject } from './objects.ts';
import type { KubeletState, PodWorker } from './state.ts';

export type Environment = { readonly names: readonly string[] } | { readonly problem: string } | 'waiting';

const NOTHING: Environment = { names: [] };

interface Source { readonly kind: 'ConfigMap' | 'Secret'; readonly name: string; readonly key: string; readonly optional: boolean }

/** The names of the variables of a container. Problems are worded as CreateContainerConfigError shows them. */
export function environmentOf(state: KubeletState, worker: PodWorker, spec: Container, ctx: Context): Environment {
  const names: string[] = [];
  let waiting = false;
  for (const { prefix = '', configMapRef, secretRef } of spec.envFrom ?? []) {
    const reference = configMapRef ?? secretRef;
    if (!reference) continue;
    const source: Source = { kind: configMapRef ? 'ConfigMap' : 'Secret', name: reference.name ?? '', key: '', optional: reference.optional === true };
    const keys = keysOf(state, worker, source, ctx);
    if (keys === 'waiting') waiting = true;
    else if ('problem' in keys) return keys;
    else names.push(...keys.names.map((key) => `${prefix}${key}`));
  }
  for (const { name, valueFrom } of spec.env ?? []) {
    const reference = valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef;
    if (reference) {
      const source: Source = { kind: valueFrom?.configMapKeyRef ? 'ConfigMap' : 'Secret', name: reference.name ?? '', key: reference.key, optional: reference.optional === true };
      const keys = keysOf(state, worker, source, ctx);
      if (keys === 'waiting') waiting = true;
      else if ('problem' in keys) return keys;
      else if (keys.names.length > 0) names.push(name);
      continue;
    }
    names.push(name);
  }
  return waiting ? 'waiting' : { names };
}

/** All keys of the source, or the one that is asked for; a text when something is missing that may not be. */
function keysOf(state: KubeletState, worker: PodWorker, source: Source, ctx: Context): Environment {
  const namespace = worker.pod.metadata.namespace ?? '';
  const found = fetchObject(state, ctx, source.kind === 'Secret' ? SECRETS : CONFIG_MAPS, namespace, source.name, worker.uid);
  if (found === 'waiting') return 'waiting';
  if (!found.object) return source.optional ? NOTHING : { problem: found.problem };
  const { data, binaryData } = found.object as ConfigMap;
  const keys = [...Object.keys(data ?? {}), ...Object.keys(binaryData ?? {})];
  if (source.key === '') return { names: keys };
  if (keys.includes(source.key)) return { names: [source.key] };
  return source.optional ? NOTHING : { problem: `couldn't find key ${source.key} in ${source.kind} ${namespace}/${source.name}` };
}

export function hasReferences(spec: Container): boolean {
  return (spec.envFrom ?? []).length > 0 || (spec.env ?? []).some(({ valueFrom }) => valueFrom?.configMapKeyRef !== undefined || valueFrom?.secretKeyRef !== undefined);
}
