// JSON schemas of custom resources: the parts that have several forms.
import type { JSONSchemaProps } from '../generated/types.ts';

export type Props = JSONSchemaProps;
export type PropsMap = Readonly<Record<string, Props>>;

export const noProps: PropsMap = {};

/** The schema of all items; undefined where there is none or a list of schemas. */
export function itemsOf({ items }: Props): Props | undefined {
  return items === undefined || items === null || isList(items) ? undefined : items;
}

/** The schemas of `items: [...]`, which validation refuses. */
export function itemListOf({ items }: Props): readonly Props[] {
  return items !== undefined && items !== null && isList(items) ? items : [];
}

/** The schema of `additionalProperties`; undefined for a boolean. */
export function additionalOf({ additionalProperties: additional }: Props): Props | undefined {
  return additional === undefined || typeof additional === 'boolean' ? undefined : additional;
}

function isList(items: Props | readonly Props[]): items is readonly Props[] {
  return Array.isArray(items);
}

function childrenOf(props: Props): readonly Props[] {
  const additional = additionalOf(props);
  const additionalItems = props.additionalItems === undefined || typeof props.additionalItems === 'boolean' ? [] : [props.additionalItems];
  const items = itemsOf(props);
  return [
    ...(items === undefined ? [] : [items]), ...itemListOf(props), ...props.allOf ?? [], ...props.anyOf ?? [], ...props.oneOf ?? [],
    ...(props.not === undefined ? [] : [props.not]), ...Object.values(props.properties ?? noProps), ...(additional === undefined ? [] : [additional]),
    ...Object.values(props.patternProperties ?? noProps), ...additionalItems, ...Object.values(props.definitions ?? noProps),
    ...Object.values(props.dependencies ?? {}).filter((dependency): dependency is Props => dependency !== null && !Array.isArray(dependency)),
  ];
}

/** Whether a schema or one inside it is as asked. */
export function schemaHas(props: Props | undefined, is: (props: Props) => boolean): boolean {
  return props !== undefined && (is(props) || childrenOf(props).some((child) => schemaHas(child, is)));
}
