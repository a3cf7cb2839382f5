import type { Page } from '@playwright/test';
import { expect, test } from './support.ts';
import { applyAndRun, openWorld, pause, pods, setSpeed, worldWorker } from './world.ts';

test('a killed container is started again, and the kill can be undone', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  await setSpeed(page, 'beats 256');
  await page.getByTestId('node-node-1').locator('[data-testid^="pod-"]').first().click();
  await page.getByTestId('kill-nginx').click();
  await expect(page.getByTestId('inspector')).toContainText('restarted once', { timeout: 30_000 });
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 30_000 });
  await page.getByTestId('undo').click();
  await expect(page.getByTestId('inspector')).not.toContainText('restarted once');
});

test('a cut link shows on its line and loses messages until it is mended', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 64');
  await page.getByTestId('component-kube-scheduler').getByRole('button').first().click();
  await page.getByTestId('link-fault').click();
  await expect(page.getByTestId('link-fault-kube-scheduler')).toHaveText('cut');
  await page.keyboard.press('Escape');
  await page.getByTestId('apply').click();
  // Pods are made, and nobody finds them a node.
  await expect(page.getByTestId('pending-pods').locator('[data-testid^="pod-"]')).toHaveCount(3, { timeout: 30_000 });
  await pause(page);
  await expect(pods(page, 'Running')).toHaveCount(0);
  // By the clock, because beat by beat a cluster that waits for its connections to come back counts as at rest.
  await setSpeed(page, 'realtime 60');
  await page.getByTestId('link-fault-kube-scheduler').click();
  await expect(page.getByTestId('link-fault-kube-scheduler')).toHaveCount(0);
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 60_000 });
});

test('etcd slowed down says by how much', async ({ page }) => {
  await openWorld(page);
  await page.getByTestId('faults').click();
  await page.getByTestId('fault-slow-etcd').hover();
  await page.getByRole('menuitem', { name: '250 ms' }).click();
  await expect(page.getByTestId('link-fault-etcd')).toHaveText('+250 ms');
  await page.getByTestId('undo').click();
  await expect(page.getByTestId('link-fault-etcd')).toHaveCount(0);
});

test('a node is stopped and started from the inspector', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'realtime 10');
  const tile = page.getByTestId('node-node-2');
  await tile.getByRole('button').first().click();
  await page.getByTestId('node-power').click();
  await expect(tile).toHaveAttribute('data-state', 'off');
  await page.getByTestId('node-power').click();
  await expect(tile).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
});

test.describe('a control plane that dies', () => {
  test.use({ expectedErrors: ['the world ended'] });

  test('says so, and its session is restored as it was', async ({ page }) => {
    await openWorld(page);
    await applyAndRun(page, 3);
    await pause(page);
    const time = await page.getByTestId('clock').textContent();
    // The playhead is kept a moment after it moved.
    await page.waitForTimeout(1_500);
    await (await worldWorker(page)).evaluate(() => { setTimeout(() => { throw new Error('the world ended'); }); });
    await expect(page.getByTestId('session-failed')).toContainText('the world ended');
    await page.getByTestId('session-restore').click();
    await expect(page.getByTestId('session-failed')).toHaveCount(0);
    await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 30_000 });
    await expect(page.getByTestId('clock')).toHaveText(time ?? '');
  });
});

test('a control plane that ends without a word is noticed, and its session is restored', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  await page.waitForTimeout(1_500);
  await (await worldWorker(page)).evaluate(() => { self.close(); });
  await expect(page.getByTestId('session-failed')).toContainText('gave no reason', { timeout: 10_000 });
  await page.getByTestId('session-restore').click();
  await expect(page.getByTestId('session-failed')).toHaveCount(0);
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 30_000 });
});

/** Keeps the world's thread busy for so long, or for good. */
async function block(page: Page, ms: number): Promise<void> {
  await (await worldWorker(page)).evaluate((forMs) => { setTimeout(() => { const end = Date.now() + forMs; while (Date.now() < end); }); }, ms);
}

test('a long computation is said to be one and is waited for; one that never ends can be stopped', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  await page.waitForTimeout(1_500);
  const time = await page.getByTestId('clock').textContent();
  await block(page, 8_000);
  await page.getByTestId('step').click();
  await expect(page.getByTestId('narrator')).toContainText('still computing', { timeout: 7_000 });
  await expect(page.getByTestId('stop-computing')).toHaveCount(0, { timeout: 20_000 });
  await expect(page.getByTestId('session-failed')).toHaveCount(0);
  await expect(page.getByTestId('clock')).not.toHaveText(time ?? '');
  await block(page, 3_600_000);
  await page.getByTestId('step').click();
  await page.getByTestId('stop-computing').click();
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 30_000 });
  await expect(page.getByTestId('session-failed')).toHaveCount(0);
});
