import { expect, expectAccessible, openPage, test } from './support.ts';
import { applyAndRun, openWorld, pause } from './world.ts';

test('speaks English and Chinese', async ({ page }) => {
  await openWorld(page);
  await expect(page.getByTestId('play')).toHaveText('Play');
  await page.getByTestId('language').click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page.getByTestId('play')).toHaveText('播放');
  await page.reload();
  await expect(page.getByTestId('play')).toHaveText('播放');
});

for (const [language, theme] of [['en', 'light'], ['zh-CN', 'dark']] as const) {
  test(`axe finds nothing at rest and busy, ${language} ${theme}`, async ({ page }) => {
    await openWorld(page, `?lang=${language}&theme=${theme}`);
    await expectAccessible(page);
    await page.getByTestId('speed').selectOption('beats 256');
    await page.getByTestId('apply').click();
    await expect(page.locator('[data-testid^="pod-"][data-phase="Running"]')).toHaveCount(3, { timeout: 30_000 });
    await page.locator('[data-testid^="pod-"]').first().click();
    await expect(page.getByTestId('inspector')).toBeVisible();
    await page.waitForTimeout(400);
    await expectAccessible(page);
  });
}

test('the keyboard steps, plays and gets back to the stage', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  await page.keyboard.press('Escape');
  const canvas = page.getByTestId('timeline-canvas');
  const end = Number(await canvas.getAttribute('aria-valuenow'));
  await page.keyboard.press('ArrowLeft');
  await expect.poll(async () => Number(await canvas.getAttribute('aria-valuenow'))).toBeLessThan(end);
  await page.keyboard.press('Home');
  await expect(canvas).toHaveAttribute('aria-valuenow', '0');
  await page.keyboard.press('End');
  await expect.poll(async () => Number(await canvas.getAttribute('aria-valuenow'))).toBeGreaterThanOrEqual(end);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
});

test('a page without a session shows its frame at once and never goes blank', async ({ page }) => {
  await openPage(page, '#s=thisisnotasession');
  await expect(page.getByTestId('notice')).toContainText('cannot be read');
  await expect(page.getByTestId('stage')).toBeVisible();
});
