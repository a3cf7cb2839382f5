// CustomResourceDefinitions (models apiextensions-apiserver's pkg/registry/customresourcedefinition).
import { unrecognizedFormats } from '../custom/formats.ts';
import { validateDefinition, validateDefinitionUpdate } from '../custom/definition.ts';
import { validateNames } from '../custom/definition-parts.ts';
import { internalSpec } from '../custom/internal.ts';
import { change, fill } from '../defaults/fill.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionSpec, CustomResourceDefinitionStatus } from '../generated/types.ts';
import { Path } from '../validation/field.ts';
import { metadataPath, validateObjectMeta } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { defineKind, keep } from './define.ts';

function defaultSpec(spec: CustomResourceDefinitionSpec): CustomResourceDefinitionSpec {
  const kind = spec.names?.kind ?? '';
  const names = kind === '' ? spec.names : fill(spec.names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  const named = fill(names === spec.names ? spec : { ...spec, names }, { conversion: { strategy: 'None' } });
  return change(named, 'conversion', (conversion) => change(conversion, 'webhook', (webhook) => change(webhook, 'clientConfig', (client) =>
    change(client, 'service', (service) => fill(service, { port: 443 })))));
}

function storageVersion({ versions }: CustomResourceDefinitionSpec): string | undefined {
  return versions?.find(({ storage }) => storage)?.name;
}

/** The storage version counts as stored as soon as it is declared. */
function withStorageVersion(crd: CustomResourceDefinition, status: CustomResourceDefinitionStatus): CustomResourceDefinition {
  const name = storageVersion(crd.spec);
  const stored = status.storedVersions ?? [];
  if (name === undefined || stored.includes(name)) return { ...crd, status };
  return { ...crd, status: { ...status, storedVersions: [...stored, name] } };
}

function emptyStatus(): CustomResourceDefinitionStatus {
  const nothing = null as unknown as undefined;
  return { conditions: nothing, acceptedNames: { plural: '', kind: '' }, storedVersions: nothing } as CustomResourceDefinitionStatus;
}

/** Formats that nobody checks, of all schemas; a schema that all versions share counts once. */
function unknownFormats(spec: CustomResourceDefinitionSpec): readonly string[] {
  const { validation, versions } = internalSpec(spec);
  return [validation, ...versions.map(({ schema }) => schema)].flatMap((schema) => (schema?.openAPIV3Schema === undefined ? [] : unrecognizedFormats(schema.openAPIV3Schema)));
}

export const customResourceDefinitionKind = defineKind<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', shortNames: ['crd', 'crds'],
  categories: ['api-extensions'], namespaced: false,
  subresources: ['status'],
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  unconditionalUpdate: false,
  generation: ['spec'],
  nameRule: subdomainName,
  checksMetadata: false,
  anyFinalizers: true,
  columnsLike: '',
  defaults: (crd) => {
    const filled = change(crd, 'spec', defaultSpec);
    const name = storageVersion(filled.spec);
    return (filled.status?.storedVersions ?? []).length > 0 || name === undefined ? filled : { ...filled, status: { ...emptyStatus(), ...filled.status, storedVersions: [name] } };
  },
  prepareForCreate: (crd) => withStorageVersion(crd, emptyStatus()),
  prepareForUpdate: (next, old) => withStorageVersion(next, old.status ?? emptyStatus()),
  validate: (crd, errors) => {
    const required = `${crd.spec.names?.plural ?? ''}.${crd.spec.group ?? ''}`;
    validateObjectMeta(crd.metadata, false, (name, prefix) => [...subdomainName(name, prefix), ...(name === required ? [] : ['must be spec.names.plural+"."+spec.group'])], metadataPath, errors);
    validateDefinition(crd, errors);
  },
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    validateDefinitionUpdate(next, old, errors);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: (next, _old, errors, checks) => {
      checks.metadata();
      validateNames(next.status?.acceptedNames, new Path('status').child('acceptedNames'), errors);
    },
  },
  warnings: ({ spec }, old) => {
    const before = old === undefined ? [] : unknownFormats(old.spec);
    return unknownFormats(spec).filter((format) => !before.includes(format)).map((format) => `unrecognized format "${format}"`);
  },
});
