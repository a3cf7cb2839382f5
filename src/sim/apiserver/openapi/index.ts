// The documents below /openapi (models kube-openapi's handlers): version 3 by group and version, version 2 as one.
import { sha256 } from '../../../base/sha256.ts';
import type { CustomResourceDefinition, Json, JsonObject } from '../../api/generated/types.ts';
import type { Catalog } from '../catalog.ts';
import { VERSION } from '../documents.ts';
import { customSchemas } from './custom.ts';
import { documentKey, informationPaths, pathsOf } from './operations.ts';
import { schemasFor } from './schemas.ts';

const INFO: JsonObject = { title: 'Kubernetes', version: VERSION.gitVersion };
const SECURITY: JsonObject = { BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' } };

const documents = new WeakMap<Catalog, Map<string, JsonObject>>();

/** An OpenAPI document by its path; undefined if there is none. */
export function openApi(path: string, catalog: Catalog, definitions: readonly CustomResourceDefinition[]): JsonObject | undefined {
  let known = documents.get(catalog);
  if (!known) documents.set(catalog, known = new Map());
  let document = known.get(path);
  if (!document) {
    document = make(path.replace(/\/+$/, ''), { catalog, definitions });
    if (document) known.set(path, document);
  }
  return document;
}

interface Source { readonly catalog: Catalog; readonly definitions: readonly CustomResourceDefinition[] }

function make(path: string, source: Source): JsonObject | undefined {
  if (path === '/openapi/v2') return versionTwo(source);
  if (path === '/openapi/v3') return root(source);
  return path.startsWith('/openapi/v3/') ? versionThree(path.slice('/openapi/v3/'.length), source) : undefined;
}

interface Part { readonly key: string; readonly group: string; readonly version: string }

function partsOf({ groups }: Catalog): readonly Part[] {
  return groups.flatMap(({ name, versions }) => versions.map((version) => ({ key: documentKey(name, version), group: name, version })));
}

/** Clients keep a document until its hash changes. */
function root({ catalog, definitions }: Source): JsonObject {
  const entry = ({ key, group, version }: Part): readonly [string, JsonObject] => {
    const text = JSON.stringify([VERSION.gitVersion, catalog.custom.length === 0 ? '' : openApi(`/openapi/v3/${key}`, catalog, definitions), group, version]);
    const hash = [...sha256(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('').toUpperCase();
    return [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${hash}` }];
  };
  const parts = [...partsOf(catalog), ...Object.keys(informationOf(catalog)).map((key) => ({ key, group: '', version: '' }))];
  return { paths: Object.fromEntries(parts.map(entry).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Definitions have no group of their own in these documents. */
function informationOf({ groups, custom }: Catalog): Readonly<Record<string, JsonObject>> {
  return informationPaths(groups.map(({ name }) => name).filter((name) => name !== '' && !custom.some(({ group }) => group === name)));
}

function versionThree(key: string, { catalog, definitions }: Source): JsonObject | undefined {
  const part = partsOf(catalog).find((candidate) => candidate.key === key);
  const paths = part ? pathsIn(part, catalog) : informationOf(catalog)[key];
  return paths && { openapi: '3.0.0', info: INFO, paths, components: { schemas: schemasFor(paths, part ? customSchemas(part.group, part.version, definitions, 3) : {}), securitySchemes: SECURITY } };
}

function pathsIn({ group, version }: Part, catalog: Catalog): JsonObject {
  const entries = catalog.resources[group === '' ? version : `${group}/${version}`] ?? [];
  return pathsOf(group, version, entries, catalog.custom.some((kind) => kind.group === group));
}

// ---- version 2 ----

function versionTwo({ catalog, definitions: custom }: Source): JsonObject {
  const all: Record<string, Json> = {};
  for (const part of partsOf(catalog)) Object.assign(all, pathsIn(part, catalog));
  for (const paths of Object.values(informationOf(catalog))) Object.assign(all, paths);
  const own = Object.assign({}, ...partsOf(catalog).map(({ group, version }) => customSchemas(group, version, custom, 2))) as Readonly<Record<string, JsonObject>>;
  const definitions = schemasFor(all, own);
  const paths = Object.fromEntries(Object.entries(all).map(([path, item]) => [path, pathTwo(item as JsonObject)]));
  return { swagger: '2.0', info: INFO, paths, definitions: schemaTwo(definitions), securityDefinitions: SECURITY, security: [{ BearerToken: [] }] };
}

function pathTwo(item: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(item).map(([method, value]) => [method, method === 'parameters' ? parametersTwo(value as unknown as readonly JsonObject[]) : operationTwo(value as JsonObject)]));
}

function parametersTwo(parameters: readonly JsonObject[]): readonly JsonObject[] {
  return parameters.map(({ schema, ...rest }) => ({ ...rest, ...(schema as JsonObject) }));
}

function operationTwo({ requestBody, parameters = [], responses, ...rest }: JsonObject): JsonObject {
  const sent = requestBody === undefined ? undefined : mediaIn(requestBody as JsonObject);
  const body = sent ? [{ in: 'body', name: 'body', ...((requestBody as JsonObject)['required'] === undefined ? {} : { required: true }), schema: schemaTwo(sent.schema) }] : [];
  const answers = Object.entries(responses as JsonObject).map(([code, answer]): readonly [string, JsonObject] => {
    const { description, content } = answer as JsonObject;
    return [code, { description: description ?? '', ...(content === undefined ? {} : { schema: schemaTwo(mediaIn(answer as JsonObject).schema) }) }];
  });
  const produced = mediaIn((responses as JsonObject)['200'] as JsonObject).types;
  return {
    ...rest, consumes: sent?.types ?? ['*/*'], produces: produced, parameters: [...body, ...parametersTwo(parameters as unknown as readonly JsonObject[])],
    responses: Object.fromEntries(answers), schemes: ['https'],
  };
}

function mediaIn(holder: JsonObject): { readonly types: readonly string[]; readonly schema: JsonObject } {
  const content = (holder['content'] ?? {}) as JsonObject;
  const [first] = Object.values(content);
  return { types: Object.keys(content), schema: ((first as JsonObject | undefined)?.['schema'] ?? {}) as JsonObject };
}

/** References have another root, and need no wrapper. */
function schemaTwo(value: JsonObject): JsonObject {
  const out: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    if (name === '$ref' && typeof member === 'string') out[name] = member.replace('#/components/schemas/', '#/definitions/');
    else if (name === 'allOf' && Array.isArray(member) && member.length === 1) Object.assign(out, schemaTwo(member[0] as JsonObject));
    else out[name] = deep(member ?? null);
  }
  return out;
}

function deep(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  return Array.isArray(value) ? (value as readonly Json[]).map(deep) : schemaTwo(value as JsonObject);
}
