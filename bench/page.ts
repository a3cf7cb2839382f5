// The built page in a real Chromium, served from this machine: how soon it can be used, what it weighs, how smoothly it moves.
import { gzipSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import type { Browser, Locator, Page } from '@playwright/test';
import { build, preview } from 'vite';
import { setSpeed, writeFile } from '../e2e/world.ts';
import { findBrowser } from '../tools/find-browser.mjs';
import { median, percentile } from './lib.ts';
import type { Benchmark } from './lib.ts';

const OUT_DIR = '.cache/bench/page';
const VIEWPORT = { width: 1440, height: 900 };
const VISITS = 5;
const FRAMES_MS = 10_000;
const PATIENCE_MS = 240_000;
const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Builds and serves the page, opens a browser, and gives both to `work`. */
async function withBrowser(work: (browser: Browser, url: string) => Promise<number>): Promise<number> {
  await build({ logLevel: 'error', build: { outDir: OUT_DIR } });
  const server = await preview({ logLevel: 'error', build: { outDir: OUT_DIR }, preview: { host: '127.0.0.1', port: 0 } });
  const browser = await chromium.launch({ executablePath: await findBrowser(), chromiumSandbox: false, args: FLAGS });
  try {
    return await work(browser, server.resolvedUrls?.local[0] ?? '');
  } finally {
    await browser.close();
    await server.close();
  }
}

const fact = (page: Page, name: string, text: string): Locator => page.getByTestId(`fact-${name}`).locator('dd').getByText(text, { exact: true });

/** Waits until all nodes are Ready; milliseconds since the navigation began. */
async function usableMs(page: Page, nodes = 3): Promise<number> {
  await fact(page, 'nodes', String(nodes)).waitFor({ timeout: PATIENCE_MS });
  return page.evaluate(() => performance.now());
}

/** Seconds until a new visitor can use the page: the median of several visits with an empty cache. */
function firstViewSeconds(): Promise<number> {
  return withBrowser(async (browser, url) => {
    const durations: number[] = [];
    for (let visit = 0; visit < VISITS; visit++) {
      const page = await browser.newPage({ viewport: VIEWPORT });
      await page.goto(url);
      durations.push(await usableMs(page));
      await page.close();
    }
    return median(durations) / 1000;
  });
}

const EDITOR = /Monaco/;

/** KiB of the scripts that the page asks for before it asks for the editor; the simulator's worker loads beside the page. */
function pageScriptKiB(): Promise<number> {
  return withBrowser(async (browser, url) => {
    const page = await browser.newPage({ viewport: VIEWPORT });
    const sizes = new Map<string, Promise<number>>();
    let isEditorAsked = false;
    page.on('request', (request) => {
      isEditorAsked ||= EDITOR.test(request.url());
      const isScript = request.url().endsWith('.js') && !/\/worker-/.test(request.url());
      if (isEditorAsked || !isScript) return;
      sizes.set(request.url(), request.response().then(async (response) => gzipSync(await response?.body() ?? '').length));
    });
    await page.goto(url);
    await usableMs(page);
    let bytes = 0;
    for (const size of sizes.values()) bytes += await size;
    if (bytes === 0) throw new Error('the page asked for no script');
    return bytes / 1024;
  });
}

/** Milliseconds from one frame to the next, for so long. */
function frameTimes(page: Page, durationMs: number): Promise<readonly number[]> {
  return page.evaluate((forMs) => new Promise<number[]>((resolve) => {
    const times: number[] = [];
    const startMs = performance.now();
    let beforeMs = startMs;
    const onFrame = (nowMs: number): void => {
      times.push(nowMs - beforeMs);
      beforeMs = nowMs;
      if (nowMs - startMs < forMs) requestAnimationFrame(onFrame);
      else resolve(times.slice(1));
    };
    requestAnimationFrame(onFrame);
  }), durationMs);
}

const manifest = (replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: ${replicas}
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
      - name: web
        image: nginx:1.27
        resources:
          requests: { cpu: 10m, memory: 16Mi }
`;

/** The 95th percentile of a frame's time while the first file is rolled out at the usual pace on three nodes. */
function defaultSceneMs(): Promise<number> {
  return withBrowser(async (browser, url) => {
    const page = await browser.newPage({ viewport: VIEWPORT });
    await page.goto(url);
    await usableMs(page);
    await page.getByTestId('apply').click();
    return percentile(await frameTimes(page, FRAMES_MS), 95);
  });
}

const NODES = 100;
const PODS = 1000;
const MORE_PODS = 20;

/** The same with 1,000 running pods on 100 nodes, while a few more come. */
function busySceneMs(): Promise<number> {
  return withBrowser(async (browser, url) => {
    const page = await browser.newPage({ viewport: VIEWPORT });
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${url}?nodes=${NODES}`);
    await usableMs(page, NODES);
    const usual = await page.getByTestId('speed').inputValue();
    await setSpeed(page, 'realtime 10');
    await rollOut(page, PODS);
    await fact(page, 'pods', String(PODS)).waitFor();
    await setSpeed(page, usual);
    await rollOut(page, PODS + MORE_PODS);
    return percentile(await frameTimes(page, FRAMES_MS), 95);
  });
}

async function rollOut(page: Page, replicas: number): Promise<void> {
  await writeFile(page, manifest(replicas));
  await page.getByTestId('apply').click();
}

export const benchmarks: readonly Benchmark[] = [
  { name: 'page: first usable view', unit: 's', limit: 1.5, better: 'lower', run: firstViewSeconds },
  { name: 'page: scripts before the editor, gzipped', unit: 'KiB', limit: 250, better: 'lower', run: pageScriptKiB },
  { name: 'page: p95 frame, default scene playing', unit: 'ms', limit: 20, better: 'lower', run: defaultSceneMs },
  { name: 'page: p95 frame, 100 nodes and 1,000 pods', unit: 'ms', limit: 33, better: 'lower', run: busySceneMs },
];
