/** What a person does and sees, in a few words for the tests. */
import type { Locator, Page, Worker } from '@playwright/test';
import { expect, openPage } from './support.ts';

/** Opens the page and waits until the cluster has come up. */
export async function openWorld(page: Page, query = ''): Promise<void> {
  await openPage(page, query);
  await expect(page.getByTestId('node-node-3')).toHaveAttribute('data-state', 'ready', { timeout: 20_000 });
  await expect(page.getByTestId('clock')).not.toHaveText('0:00.000');
}

export function pods(page: Page, phase: string, node = ''): Locator {
  const within = node === '' ? page.getByTestId('stage') : page.getByTestId(`node-${node}`);
  return within.locator(`[data-testid^="pod-"][data-phase="${phase}"]`);
}

export async function setSpeed(page: Page, pace: string): Promise<void> {
  await page.getByTestId('speed').selectOption(pace);
}

/** Applies what is in the editor and plays fast until so many pods run. */
export async function applyAndRun(page: Page, running: number): Promise<void> {
  await setSpeed(page, 'beats 256');
  await page.getByTestId('apply').click();
  await expect(pods(page, 'Running')).toHaveCount(running, { timeout: 30_000 });
}

export async function pause(page: Page): Promise<void> {
  const button = page.getByTestId('play');
  await expect(async () => {
    if ((await button.textContent())?.includes('Pause')) await button.click();
    await expect(button).toContainText('Play', { timeout: 500 });
  }).toPass();
}

/** Applies what is in the editor slowly, and stops as soon as it has begun. */
export async function applyAndPause(page: Page): Promise<void> {
  if (await page.getByTestId('speed').count() > 0) await setSpeed(page, 'beats 0.25');
  await page.getByTestId('apply').click();
  // Pausing before it plays would let it play on.
  await expect(page.getByTestId('play')).toContainText('Pause');
  await pause(page);
}

/** The worker that holds the world; the editor has others. */
export async function worldWorker(page: Page): Promise<Worker> {
  for (const worker of page.workers()) if ((await worker.evaluate(() => self.name)).startsWith('wheelhouse-world')) return worker;
  throw new Error('the page has no world');
}

export interface Row { readonly from: string; readonly to: string; readonly label: string; readonly kind: string }

/** The messages of the timeline, oldest first. */
export async function messageRows(page: Page): Promise<readonly Row[]> {
  const list = page.getByTestId('timeline-list');
  await list.click();
  const rows = await page.getByTestId('message-row').evaluateAll((elements) => elements.map((element) => {
    const { from = '', to = '', label = '', kind = '' } = (element as HTMLElement).dataset;
    return { from, to, label, kind };
  }));
  await list.click();
  return rows.reverse();
}

/** Replaces the whole text of the open file, whichever editor holds it. */
export async function writeFile(page: Page, text: string): Promise<void> {
  const monaco = page.getByTestId('monaco-editor').locator('.view-lines');
  await expect(monaco).toBeVisible({ timeout: 20_000 });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await monaco.click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('ControlOrMeta+V');
}
