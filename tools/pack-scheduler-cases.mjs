// node tools/pack-scheduler-cases.mjs CASES_DIR > src/sim/scheduler/fixtures/recorded-cases.json
// Packs recorded decisions of the real kube-scheduler into one file: every distinct object or array is stored once in
// `table`. In the packed form a string is itself, a number is an index into the table, [x] is the number, boolean or
// null x. fixtures/unpack.ts reverses it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: node tools/pack-scheduler-cases.mjs CASES_DIR');

const table = [];
const indexOf = new Map();

function pack(value) {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return [value];
  const entry = Array.isArray(value) ? value.map(pack) : Object.fromEntries(Object.entries(value).map(([key, member]) => [key, pack(member)]));
  const text = JSON.stringify(entry);
  let index = indexOf.get(text);
  if (index === undefined) {
    index = table.push(entry) - 1;
    indexOf.set(text, index);
  }
  return index;
}

/** The recordings lost every member called `generation`, node labels of that name included: such questions are incomplete. */
function lostItsLabels({ pod }) {
  return JSON.stringify(pod.spec.affinity?.nodeAffinity ?? null).includes('"key":"generation"');
}

const read = readdirSync(directory).sort().map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')));
const kept = read.filter((each) => !lostItsLabels(each));
const cases = kept.map(({ id, title, cluster, pod, expect }) => ({ id, title, cluster: pack(cluster), pod: pack(pod), expect: pack(expect) }));
const about = `Decisions of kube-scheduler v1.36.2, recorded 2026-11-20. ${kept.length} of ${read.length} cases; the others ask for a node label that the recording lost.`;
process.stdout.write(`${JSON.stringify({ about, table, cases })}\n`);
