import { expect, test } from './support.ts';
import { applyAndPause, applyAndRun, openWorld, pods } from './world.ts';

test('steps go by message, request, pod phase and until quiet, and each can be taken back', async ({ page }) => {
  await openWorld(page);
  await applyAndPause(page);
  const narrator = page.getByTestId('narrator');
  for (const granularity of ['message', 'request', 'phase']) {
    await test.step(granularity, async () => {
      await page.getByTestId('granularity').selectOption(granularity);
      await page.getByTestId('step').click();
      await expect(page.getByTestId('step')).toBeEnabled();
      await page.waitForTimeout(300);
      const here = await narrator.textContent() ?? '';
      await page.getByTestId('step').click();
      await expect(narrator).not.toHaveText(here);
      await page.getByTestId('step-back').click();
      await expect(narrator).toHaveText(here);
    });
  }
  await page.getByTestId('granularity').selectOption('quiet');
  await page.getByTestId('step').click();
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 30_000 });
  await page.getByTestId('step-back').click();
  await expect(page.getByTestId('stage').locator('[data-testid^="pod-"]')).toHaveCount(0);
});

test('the same by keyboard, and the sheet of keys lists them', async ({ page }) => {
  await openWorld(page);
  await applyAndPause(page);
  await page.keyboard.press('Escape');
  const play = page.getByTestId('play');
  await page.keyboard.press('Space');
  await expect(play).toContainText('Pause');
  await page.keyboard.press('Space');
  await expect(play).toContainText('Play');
  const narrator = page.getByTestId('narrator');
  for (const keys of ['', 'Shift+', 'Alt+']) {
    await page.keyboard.press(`${keys}ArrowRight`);
    await page.waitForTimeout(400);
    const here = await narrator.textContent() ?? '';
    await page.keyboard.press(`${keys}ArrowRight`);
    await expect(narrator).not.toHaveText(here);
    await page.keyboard.press(`${keys}ArrowLeft`);
    await expect(narrator).toHaveText(here);
  }
  await page.keyboard.press('q');
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 30_000 });
  await page.keyboard.press('Shift+Q');
  await expect(page.getByTestId('stage').locator('[data-testid^="pod-"]')).toHaveCount(0);
  await page.keyboard.press('?');
  const sheet = page.getByTestId('shortcut-sheet');
  for (const text of ['Step back by message', 'Step back by request', 'Step back by pod phase', 'Back to when it was quiet', 'Apply the file', 'Find an object']) await expect(sheet).toContainText(text);
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
});

test('reset goes back to a cluster without a history, and the files stay', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await page.getByTestId('reset').click();
  await page.getByTestId('reset-confirm').click();
  await expect(page.getByTestId('stage').locator('[data-testid^="pod-"]')).toHaveCount(0);
  await expect(page.getByTestId('undo')).toHaveAttribute('aria-disabled', 'true');
  await expect(page.getByTestId('monaco-editor')).toContainText('kind: Deployment');
  await applyAndRun(page, 3);
});

test('why leads to the reason, and because of leads back to what a person did', async ({ page }) => {
  await openWorld(page);
  await applyAndPause(page);
  await page.keyboard.press('Escape');
  const narrator = page.getByTestId('narrator');
  await expect(async () => {
    await page.keyboard.press('ArrowRight');
    await expect(narrator).toContainText('scheduler binds', { timeout: 300 });
  }).toPass({ timeout: 60_000, intervals: [50] });
  await page.getByTestId('why').click();
  await expect(page.getByTestId('attempt-scores')).toBeVisible();
  await page.getByTestId('because').click();
  await expect(narrator).toContainText(/watch tells the scheduler of a new Pod/);
  for (let hops = 0; hops < 30 && !(await narrator.textContent())?.includes('kubectl asks'); hops++) {
    const before = await narrator.textContent() ?? '';
    await page.getByTestId('because').click();
    await expect(narrator).not.toHaveText(before);
  }
  await expect(narrator).toContainText('kubectl asks the API server to create deployments/web');
});
