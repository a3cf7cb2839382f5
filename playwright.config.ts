import { defineConfig } from '@playwright/test';
import { findBrowser } from './tools/find-browser.mjs';

/** A port of our own, so that a development server on Vite's usual ones is not taken for the build under test. */
const PORT = 4719;
const baseURL = `http://127.0.0.1:${PORT}/`;
/** The bridge is a part of the development server. */
const DEVELOPMENT_PORT = 4720;
const developmentURL = `http://127.0.0.1:${DEVELOPMENT_PORT}/`;
const VITE = 'node node_modules/vite/bin/vite.js';

/** The runner finds the browser once; its workers get the answer from the environment. */
process.env['CHROMIUM_PATH'] = await findBrowser();

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // One worker: the page and its Web Worker fill two cores, and a starved page is not what is tested.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  // A limit for what hangs, not for what is slow: the machine may be busy.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: [['list'], ['json', { outputFile: '.cache/reports/e2e.json' }]],
  use: {
    baseURL,
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    colorScheme: 'light',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM_PATH'],
      // Chromium's sandbox works neither for root nor in most containers, and the page under test is our own.
      chromiumSandbox: false,
      args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
  projects: [
    { name: 'page', testIgnore: /bridge/ },
    { name: 'bridge', testMatch: /bridge/, use: { baseURL: developmentURL } },
  ],
  webServer: [
    { command: `${VITE} preview --host 127.0.0.1 --port ${PORT} --strictPort`, url: baseURL, reuseExistingServer: false, timeout: 60_000 },
    { command: `${VITE} --host 127.0.0.1 --port ${DEVELOPMENT_PORT} --strictPort`, url: developmentURL, reuseExistingServer: false, timeout: 60_000 },
  ],
});
