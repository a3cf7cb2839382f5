import { lookUpAll } from './plugin.ts';
import type { Attributes } from './plugin.ts';

/** The name of the newest object that an annotation makes the default of its kind. */
export function newestDefault(attributes: Attributes, resource: string, annotations: readonly string[]): string | undefined {
  const defaults = lookUpAll(attributes, resource, '').filter(({ metadata }) => annotations.some((annotation) => metadata.annotations?.[annotation] === 'true'));
  const sorted = defaults.map(({ metadata }) => ({ name: metadata.name ?? '', made: metadata.creationTimestamp ?? '' }))
    .sort((a, b) => (a.made === b.made ? (a.name < b.name ? -1 : 1) : a.made > b.made ? -1 : 1));
  return sorted[0]?.name;
}
