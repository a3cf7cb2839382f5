// Writes src/sim/api/generated/zone-offsets.json: the offsets from UTC of the zones in time-zones.json, as this Node's time
// zone database has them. The simulator must not ask the machine it runs on.
import { readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('../src/sim/api/generated/', import.meta.url);
const { zones } = JSON.parse(readFileSync(new URL('time-zones.json', folder), 'utf8'));
const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;
const FROM_MS = Date.UTC(2025, 11, 1);
const TO_MS = Date.UTC(2038, 0, 1);

/** Minutes east of UTC. */
function offsetOf(format, unixMs) {
  const { year, month, day, hour, minute, second } = Object.fromEntries(format.formatToParts(unixMs).map((part) => [part.type, part.value]));
  return (Date.UTC(year, month - 1, day, hour, minute, second) - unixMs) / MINUTE_MS;
}

/** `[offset, quarter, offset, …]`: the offset at the beginning, and the quarter hours since 1970 at which another one begins. */
function ruleOf(zone) {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  const rule = [offsetOf(format, FROM_MS)];
  for (let weekMs = FROM_MS; weekMs < TO_MS; weekMs += WEEK_MS) {
    const offset = offsetOf(format, weekMs + WEEK_MS);
    if (offset === rule.at(-1)) continue;
    let before = weekMs;
    let after = weekMs + WEEK_MS;
    while (after - before > QUARTER_MS) {
      const middle = before + Math.floor((after - before) / 2 / QUARTER_MS) * QUARTER_MS;
      if (offsetOf(format, middle) === rule.at(-1)) before = middle;
      else after = middle;
    }
    rule.push(after / QUARTER_MS, offset);
  }
  return rule;
}

const rules = new Map();
function indexOf(zone) {
  let rule = [0];
  try {
    rule = ruleOf(zone);
  } catch {
    // Names that mean no place (Factory, localtime) are UTC.
  }
  const text = JSON.stringify(rule);
  if (!rules.has(text)) rules.set(text, rules.size);
  return rules.get(text);
}

const indexes = Object.fromEntries(Object.entries(zones).map(([prefix, names]) => [prefix, names.map((name) => indexOf(prefix === '' ? name : `${prefix}/${name}`))]));
const source = 'IANA time zone database; offsets from 2025-12 to 2038';
writeFileSync(new URL('zone-offsets.json', folder), `${JSON.stringify({ source, rules: [...rules.keys()].map((text) => JSON.parse(text)), zones: indexes })}\n`);
