/**
 * Finds a real kubectl for the tests, or gets one. Prints the path of its executable.
 *
 * In this order: $KUBECTL_PATH; the one that was got before, below .cache/; one on the PATH; on Debian, the distribution's package
 * `kubectl`, fetched from the mirror that apt is configured with and unpacked below .cache/. Nothing is installed: apt works
 * with lists and a source of its own. Only a kubectl with Kubernetes' own version number counts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = resolve('.cache/kubectl');
const CACHED = join(CACHE, 'kubectl');
/** Releases whose package is one self-contained binary of a new enough version; the first that has it is taken. */
const SUITES = ['sid', 'trixie'];
const OLDEST_MINOR = 32;
const STEP_LIMIT_MS = 180_000;

const say = (text) => process.stderr.write(`find-kubectl: ${text}\n`);

/** The version of an executable if it is a real kubectl that is new enough: `v1.36.4`. */
export function versionOf(path) {
  if (!path || !existsSync(path)) return undefined;
  const run = spawnSync(path, ['version', '--client', '-o', 'json'], { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'ignore'] });
  const [, version, minor] = /"gitVersion": "(v1\.(\d+)\.\d+)"/.exec(run.stdout ?? '') ?? [];
  return Number(minor) >= OLDEST_MINOR ? version : undefined;
}

function onPath() {
  return (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'kubectl')).find(versionOf);
}

/**
 * Where apt gets Debian from, as one-line sources without suite and components: `deb [signed-by=…] http://mirror/debian`.
 * Reads both formats; commented lines and mirrors of other things do not count.
 * @param {readonly {name: string, text: string}[]} files
 */
export function debianMirrors(files) {
  const found = files.flatMap(({ name, text }) => (name.endsWith('.sources') ? stanzasOf(text) : linesOf(text)));
  return [...new Set(found.filter(({ uri }) => /\/debian\/?$/.test(uri)).map(({ uri, options }) => `deb ${options}${uri}`))];
}

function linesOf(text) {
  const matches = text.matchAll(/^deb\s+(\[[^\]]*\]\s+)?(\S+)\s/gm);
  return [...matches].map(([, options = '', uri = '']) => ({ uri, options }));
}

function stanzasOf(text) {
  const stanzas = text.split('\n').filter((line) => !line.startsWith('#')).join('\n').split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const field = (name) => new RegExp(`^${name}:\\s*(.*)$`, 'mi').exec(stanza)?.[1]?.trim() ?? '';
    const signedBy = field('Signed-By');
    const options = [signedBy.startsWith('/') ? `signed-by=${signedBy}` : '', field('Trusted') === '' ? '' : `trusted=${field('Trusted')}`].filter(Boolean).join(' ');
    return field('URIs').split(/\s+/).filter(Boolean).map((uri) => ({ uri, options: options === '' ? '' : `[${options}] ` }));
  });
}

function aptFiles() {
  const folder = '/etc/apt/sources.list.d';
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(list|sources)$/.test(name)).sort().map((name) => join(folder, name)) : [];
  return [...names, '/etc/apt/sources.list'].filter((path) => existsSync(path)).map((name) => ({ name, text: readFileSync(name, 'utf8') }));
}

/** Fetches and unpacks the package of one suite; true if a kubectl that answers came of it. */
function unpackFrom(source) {
  const folder = join(CACHE, 'apt');
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'sources.list'), `${source}\n`);
  writeFileSync(join(folder, 'status'), '');
  const where = { 'Dir::State::Lists': 'lists', 'Dir::Etc::SourceList': 'sources.list', 'Dir::Cache': 'cache', 'Dir::State::Status': 'status' };
  const options = [...Object.entries(where).map(([name, path]) => `-o${name}=${join(folder, path)}`), '-oDir::Etc::SourceParts=/dev/null', '-oAcquire::Languages=none', '-oAPT::Sandbox::User='];
  const run = (command, args) => spawnSync(command, args, { cwd: folder, stdio: 'ignore', timeout: STEP_LIMIT_MS }).status === 0;
  say(source);
  if (!run('apt-get', [...options, '-qq', 'update']) || !run('apt-get', [...options, '-qq', 'download', 'kubectl'])) return false;
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
  const unpacked = join(folder, 'usr/bin/kubectl');
  if (!file || !run('dpkg', ['-x', file, '.']) || !versionOf(unpacked)) return false;
  renameSync(unpacked, CACHED);
  return true;
}

function fromDebian() {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg')) return undefined;
  const mirrors = debianMirrors(aptFiles());
  const got = SUITES.some((suite) => mirrors.some((mirror) => unpackFrom(`${mirror} ${suite} main`)));
  rmSync(join(CACHE, 'apt'), { recursive: true, force: true });
  return got ? CACHED : undefined;
}

/** The path of a real kubectl; undefined if there is none and none can be had. */
export function findKubectl() {
  const named = process.env['KUBECTL_PATH'];
  if (named && !versionOf(named)) say(`$KUBECTL_PATH is not a kubectl of version 1.${OLDEST_MINOR} or later: ${named}`);
  return [named, CACHED].find(versionOf) ?? onPath() ?? fromDebian();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = findKubectl();
  console.log(path ?? 'find-kubectl: there is no kubectl here, and none can be had; $KUBECTL_PATH may name one');
  process.exitCode = path ? 0 : 1;
}
