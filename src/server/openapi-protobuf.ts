// The OpenAPI document of version 2 as protobuf (gnostic's openapi.v2.Document): kubectl asks for nothing else where it needs
// that version. Only what clients read is written: definitions, and of operations their kinds and query parameters.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Json, JsonObject } from '../sim/api/generated/types.ts';

export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** What the answer calls itself: an @ has no place in a media type. */
export const OPENAPI_V2_ANSWER = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

type Value = string | Uint8Array | undefined;

/** A message of fields that may come several times; what is undefined is left out. */
function message(fields: readonly (readonly [number, Value | readonly Value[]])[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, values] of fields) {
    for (const value of Array.isArray(values) ? (values as readonly Value[]) : [values as Value]) {
      if (value === undefined) continue;
      writer.tag(number, WireType.LengthDelimited);
      if (typeof value === 'string') writer.string(value);
      else writer.bytes(value);
    }
  }
  return writer.finish();
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
/** Maps are lists of pairs: 1 name, 2 value. */
const named = (object: Json | undefined, encode: (value: JsonObject) => Uint8Array): readonly Uint8Array[] => Object.entries(isObject(object) ? object : {}).flatMap(([name, value]) => (isObject(value) ? [message([[1, name], [2, encode(value)]])] : []));
/** Free-form values are YAML, of which JSON is a part. */
const any = (value: Json): Uint8Array => message([[2, `${JSON.stringify(value)}\n`]]);
const extensions = (object: JsonObject): readonly Uint8Array[] => Object.entries(object).flatMap(([name, value]) => (name.startsWith('x-') ? [message([[1, name], [2, any(value ?? null)]])] : []));

function schema(value: JsonObject): Uint8Array {
  const { additionalProperties, items, properties, type } = value;
  return message([
    [1, text(value['$ref'])], [2, text(value['format'])], [4, text(value['description'])], [5, value['default'] === undefined ? undefined : any(value['default'])],
    [19, list(value['required']).map(text)], [21, isObject(additionalProperties) ? message([[1, schema(additionalProperties)]]) : undefined],
    [22, typeof type === 'string' ? message([[1, type]]) : undefined], [23, isObject(items) ? message([[1, schema(items)]]) : undefined],
    [25, isObject(properties) ? message([[1, named(properties, schema)]]) : undefined], [31, extensions(value)],
  ]);
}

/** Parameter → non-body parameter → query parameter. */
function parameter(value: Json): Uint8Array | undefined {
  if (!isObject(value) || value['in'] !== 'query') return undefined;
  const query = message([[2, 'query'], [3, text(value['description'])], [4, text(value['name'])], [6, text(value['type'])]]);
  return message([[1, message([[2, message([[3, query]])]])]]);
}

function operation(value: Json | undefined): Uint8Array | undefined {
  if (!isObject(value)) return undefined;
  return message([[3, text(value['description'])], [5, text(value['operationId'])], [8, list(value['parameters']).map(parameter)], [13, extensions(value)]]);
}

function pathItem(item: JsonObject): Uint8Array {
  const { get, put, post, delete: remove, patch } = item;
  return message([[2, operation(get)], [3, operation(put)], [4, operation(post)], [5, operation(remove)], [8, operation(patch)], [9, list(item['parameters']).map(parameter)]]);
}

const encoded = new WeakMap<object, Uint8Array>();

/** The document's protobuf form; made once per document. */
export function openApiV2Protobuf(document: JsonObject): Uint8Array {
  let bytes = encoded.get(document);
  if (!bytes) {
    const info = isObject(document['info']) ? document['info'] : {};
    bytes = message([
      [1, text(document['swagger'])], [2, message([[1, text(info['title'])], [2, text(info['version'])]])],
      [8, message([[2, named(document['paths'], pathItem)]])], [9, message([[1, named(document['definitions'], schema)]])],
    ]);
    encoded.set(document, bytes);
  }
  return bytes;
}
