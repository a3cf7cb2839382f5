/**
 * Finds a Chromium for the end-to-end tests, or gets one. Prints the path of its executable.
 *
 * In this order: $CHROMIUM_PATH; Playwright's own, if installed; a Chromium or Chrome of the system that answers `--version`;
 * as root on Debian, the distribution's package; Playwright's download. Writes nothing into the project except below .cache/.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const SYSTEM_BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'];
const DEBIAN_PACKAGES = ['chromium', 'fonts-liberation', 'fonts-noto-cjk'];

const say = (text) => process.stderr.write(`find-browser: ${text}\n`);

function answersVersion(path) {
  if (!path || !existsSync(path)) return false;
  const run = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'ignore'] });
  return run.status === 0 && /\d+\.\d+/.test(run.stdout);
}

async function playwrightsOwn() {
  try {
    const { chromium } = await import('@playwright/test');
    return chromium.executablePath();
  } catch {
    return undefined;
  }
}

function aptGetInstall() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  const apt = (...args) => {
    say(`apt-get ${args.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  };
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...DEBIAN_PACKAGES];
  if (!apt(...install) && apt('update', '-qq')) apt(...install);
}

function playwrightInstall() {
  say('npx playwright install chromium');
  try {
    execFileSync('npx', ['playwright', 'install', 'chromium'], { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
  } catch {
    say('the download failed');
  }
}

async function firstThatAnswers() {
  return [process.env['CHROMIUM_PATH'], await playwrightsOwn(), ...SYSTEM_BROWSERS].find(answersVersion);
}

/** Returns the path of a Chromium that runs; throws with advice if there is none and none can be had. */
export async function findBrowser() {
  for (const getOne of [() => {}, aptGetInstall, playwrightInstall]) {
    getOne();
    const found = await firstThatAnswers();
    if (found) return found;
  }
  throw new Error('No Chromium found and none could be installed. Install Chromium or Chrome, or set CHROMIUM_PATH to its executable, and run the command again.');
}

// By name: bundled into another script, this one has that script's address.
if (process.argv[1]?.endsWith('find-browser.mjs')) {
  try {
    process.stdout.write(`${await findBrowser()}\n`);
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
