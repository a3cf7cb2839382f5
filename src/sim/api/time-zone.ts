// Local times of the zones that a CronJob can name.
import offsetsDocument from './generated/zone-offsets.json';
import zonesDocument from './generated/time-zones.json';

const names = zonesDocument.zones as Readonly<Record<string, readonly string[] | undefined>>;
const ruleIndexes = offsetsDocument.zones as Readonly<Record<string, readonly number[] | undefined>>;
const rules: readonly (readonly number[])[] = offsetsDocument.rules;
const UTC: readonly number[] = [0];
const QUARTER_S = 900;

function ruleOf(zone: string): readonly number[] {
  const slash = zone.indexOf('/');
  const prefix = zone.slice(0, Math.max(0, slash));
  const at = names[prefix]?.indexOf(zone.slice(slash + 1)) ?? -1;
  return rules[ruleIndexes[prefix]?.[at] ?? -1] ?? UTC;
}

/** Seconds east of UTC at a time in seconds since 1970; UTC for a zone that there is not. */
export function zoneOffsetS(zone: string, unixS: number): number {
  const rule = ruleOf(zone);
  let minutes = rule[0] ?? 0;
  for (let at = 1; at + 1 < rule.length && (rule[at] ?? 0) * QUARTER_S <= unixS; at += 2) minutes = rule[at + 1] ?? 0;
  return minutes * 60;
}
