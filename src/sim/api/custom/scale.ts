// The scale subresource of custom resources (models apiextensions-apiserver's ScaleREST and the checks of its validator).
import { setMember } from '../go-json.ts';
import type { CustomResourceSubresourceScale, Json, JsonObject } from '../generated/types.ts';
import { goValue } from '../go-format.ts';
import type { Kind } from '../kind.ts';
import type { ApiObject } from '../meta.ts';
import type { Errors } from '../validation/field.ts';
import { isObject } from './objects.ts';

const maxReplicas = 2_147_483_647;

type Found<T> = { readonly ok: true; readonly value: T | undefined } | { readonly ok: false; readonly message: string };

/** `.spec.replicas` as the names of fields. */
function stepsOf(path: string): readonly string[] {
  return path.replace(/^\./, '').split('.');
}

function jsonOf(object: ApiObject): JsonObject {
  return object as unknown as JsonObject;
}

function goTypeOf(value: Json): string {
  switch (typeof value) {
    case 'boolean': return 'bool';
    case 'number': return Number.isInteger(value) ? 'int64' : 'float64';
    case 'string': return 'string';
    default: return value === null ? '<nil>' : Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
  }
}

/** Models unstructured.NestedInt64 and NestedString. */
function nested<T extends Json>(root: JsonObject, path: string, wanted: 'int64' | 'string'): Found<T> {
  const steps = stepsOf(path);
  let value: Json = root;
  for (const [i, step] of steps.entries()) {
    if (!isObject(value)) return wrongType(steps.slice(0, i + 1), value, 'map[string]interface{}');
    const member: Json | undefined = value[step];
    if (member === undefined) return { ok: true, value: undefined };
    if (member === null && i < steps.length - 1) return { ok: true, value: undefined };
    value = member;
  }
  return goTypeOf(value) === wanted ? { ok: true, value: value as T } : wrongType(steps, value, wanted);
}

function wrongType<T>(steps: readonly string[], value: Json, wanted: string): Found<T> {
  return { ok: false, message: `.${steps.join('.')} accessor error: ${goValue(value)} is of the type ${goTypeOf(value)}, expected ${wanted}` };
}

function valueOr<T>(found: Found<T>, otherwise: T): T {
  return found.ok ? found.value ?? otherwise : otherwise;
}

/** The kind's scale. */
export function scaleOfKind({ specReplicasPath, statusReplicasPath, labelSelectorPath = '' }: CustomResourceSubresourceScale): NonNullable<Kind['scale']> {
  const path = stepsOf(specReplicasPath);
  return {
    path,
    replicas: (object) => {
      const found = nested<number>(jsonOf(object), specReplicasPath, 'int64');
      return found.ok ? found.value : undefined;
    },
    statusReplicas: (object) => valueOr(nested<number>(jsonOf(object), statusReplicasPath, 'int64'), 0),
    selector: (object) => (labelSelectorPath === '' ? '' : valueOr(nested<string>(jsonOf(object), labelSelectorPath, 'string'), '')),
    withReplicas: (object, replicas) => withMember(jsonOf(object), path, replicas) as unknown as ApiObject,
  };
}

function withMember(object: JsonObject, [name = '', ...rest]: readonly string[], value: Json): JsonObject {
  const out = { ...object } as Record<string, Json>;
  const member = object[name];
  setMember(out, name, rest.length === 0 ? value : withMember(isObject(member) ? member : {}, rest, value));
  return out;
}

export function validateScaleSpec(object: ApiObject, { specReplicasPath }: CustomResourceSubresourceScale, errors: Errors): void {
  validateReplicas(object, specReplicasPath, errors);
}

export function validateScaleStatus(object: ApiObject, { statusReplicasPath, labelSelectorPath = '' }: CustomResourceSubresourceScale, errors: Errors): void {
  validateReplicas(object, statusReplicasPath, errors);
  if (labelSelectorPath === '') return;
  const found = nested<string>(jsonOf(object), labelSelectorPath, 'string');
  if (!found.ok) errors.invalid(labelSelectorPath, '', found.message);
}

function validateReplicas(object: ApiObject, path: string, errors: Errors): void {
  const found = nested<number>(jsonOf(object), path, 'int64');
  const replicas = valueOr(found, 0);
  if (!found.ok) errors.invalid(path, replicas, found.message);
  else if (replicas < 0) errors.invalid(path, replicas, 'should be a non-negative integer');
  else if (replicas > maxReplicas) errors.invalid(path, replicas, `should be less than or equal to ${maxReplicas}`);
}
