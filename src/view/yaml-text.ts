import { stringify } from 'yaml';

/** An object as YAML. What several places of it share is written out at each: objects of the simulator share much, and aliases would show it. */
export function yamlText(object: unknown): string {
  return stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
}
