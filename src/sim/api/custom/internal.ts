// A CustomResourceDefinition's spec as the server holds it: what all versions have alike stands at the top.
import type {
  CustomResourceColumnDefinition, CustomResourceDefinitionSpec, CustomResourceDefinitionVersion, CustomResourceSubresources, CustomResourceValidation, SelectableField,
} from '../generated/types.ts';
import { without } from '../defaults/fill.ts';
import { equal } from '../validation/metadata.ts';
import type { Props } from './props.ts';
import { schemaHas } from './props.ts';

export interface InternalSpec {
  readonly spec: CustomResourceDefinitionSpec;
  /** Without what stands at the top. */
  readonly versions: readonly CustomResourceDefinitionVersion[];
  /** Name of the first version. */
  readonly version: string;
  readonly validation: CustomResourceValidation | undefined;
  readonly subresources: CustomResourceSubresources | undefined;
  readonly additionalPrinterColumns: readonly CustomResourceColumnDefinition[] | undefined;
  readonly selectableFields: readonly SelectableField[] | undefined;
}

/** Models Convert_v1_CustomResourceDefinitionSpec_To_apiextensions_CustomResourceDefinitionSpec. */
export function internalSpec(spec: CustomResourceDefinitionSpec): InternalSpec {
  const given = spec.versions ?? [];
  const [first] = given;
  let versions = given;
  const shared = <K extends 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields'>(part: K): CustomResourceDefinitionVersion[K] | undefined => {
    if (first === undefined || !given.every((version) => equal(version[part], first[part]))) return undefined;
    versions = versions.map((version) => without(version, part));
    return first[part];
  };
  const subresources = shared('subresources');
  const validation = shared('schema');
  const additionalPrinterColumns = shared('additionalPrinterColumns');
  const selectableFields = shared('selectableFields');
  return { spec, version: first?.name ?? '', subresources, validation, additionalPrinterColumns, selectableFields, versions };
}

/** The schemas of all versions. */
export function schemasOf(spec: CustomResourceDefinitionSpec): readonly Props[] {
  return (spec.versions ?? []).map((version) => version.schema?.openAPIV3Schema).filter((schema) => schema !== undefined);
}

export function anySchemaHas(spec: CustomResourceDefinitionSpec, is: (props: Props) => boolean): boolean {
  return schemasOf(spec).some((schema) => schemaHas(schema, is));
}
