/**
 * node tools/complete-lock.mjs: adds to package-lock.json the optional packages of other platforms.
 *
 * npm leaves out those that the registry in use does not offer; `npm ci` then refuses the lock file everywhere. The name of
 * such a package (`…/binding-linux-x64-musl`) tells for which system it is; a machine that it is not for never fetches it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LOCK = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const PLATFORM = /(?:^|[/-])(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9_]+)(?:-([a-z]+))?$/;

/** Names, versions and dependents of the optional packages that a lock file does not know. */
export function missingOptional({ packages }) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`])
      .map(([name, version]) => ({ name, version, dev })));
}

function entryOf({ name, version, dev }) {
  const [, os, cpu, abi = ''] = PLATFORM.exec(name) ?? [];
  if (!os || !/^\d/.test(version)) throw new Error(`${name}@${version}: the name does not say for which platform it is`);
  const libc = os === 'linux' && abi !== '' ? [abi.startsWith('musl') ? 'musl' : 'glibc'] : undefined;
  return { version, cpu: [cpu], ...(dev && { dev }), ...(libc && { libc }), optional: true, os: [os] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
  const missing = missingOptional(lock);
  for (const each of missing) lock.packages[`node_modules/${each.name}`] = entryOf(each);
  const inOrder = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(LOCK, `${JSON.stringify({ ...lock, packages: Object.fromEntries(inOrder) }, null, 2)}\n`);
  console.log(`${missing.length} packages added`);
}
