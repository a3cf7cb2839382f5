import type { Page } from '@playwright/test';
import { expect, expectAccessible, openPage, test } from './support.ts';
import { applyAndPause, applyAndRun, openWorld, pause, pods, setSpeed, writeFile } from './world.ts';

/** Text on the stage in px on the screen, the smallest first; only what is really shown. */
async function smallestLetters(page: Page): Promise<number> {
  return page.getByTestId('stage').evaluate((stage) => {
    const zoom = new DOMMatrix(getComputedStyle(stage.querySelector('.react-flow__viewport') as Element).transform).a;
    const sizes = [...stage.querySelectorAll('.react-flow__node *')].filter((each) => each.childNodes.length === 1 && each.firstChild?.nodeType === Node.TEXT_NODE).map((each) => Number.parseFloat(getComputedStyle(each).fontSize) * zoom);
    return Math.min(...sizes);
  });
}

/** Controls of the transport that do not lie wholly inside it, in front of everything. */
async function coveredControls(page: Page): Promise<readonly string[]> {
  return page.getByRole('toolbar').locator('button, select').evaluateAll((controls) => controls.filter((control) => {
    const { left, top, width, height } = control.getBoundingClientRect();
    const above = document.elementFromPoint(left + width - 2, top + height / 2);
    return !control.contains(above);
  }).map((control) => control.getAttribute('data-testid') ?? ''));
}

for (const [name, width, height, query, letters] of [
  ['a small laptop', 1024, 768, '', 11], ['a laptop', 1440, 900, '', 11.9], ['a projector', 1920, 1080, '?presenter=on', 16.5],
] as const) {
  test(`on ${name} nothing is too small, cut or covered`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await openWorld(page, query);
    expect(await smallestLetters(page)).toBeGreaterThanOrEqual(letters);
    expect(await coveredControls(page)).toEqual([]);
    await page.getByTestId('component-kube-scheduler').getByRole('button').first().click();
    await expect(page.getByTestId('inspector')).toBeVisible();
    await page.waitForTimeout(500);
    expect(await coveredControls(page)).toEqual([]);
    if (query === '') await expect(page.getByTestId('clock')).toBeVisible();
    await expectAccessible(page);
  });
}

test('beside a decision the whole stage is seen, and the editor comes back afterwards', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  await page.getByTestId('open-scheduling-card').click();
  await page.getByTestId('scheduling-beside').click();
  await expect(page.getByTestId('unfold-editor')).toBeVisible();
  await page.waitForTimeout(600);
  const [stage, tile, view] = [await page.getByTestId('stage').boundingBox(), await page.getByTestId('node-node-3').boundingBox(), await page.getByTestId('scheduling').boundingBox()];
  expect((tile?.x ?? 0) + (tile?.width ?? 9_999)).toBeLessThanOrEqual((stage?.x ?? 0) + (stage?.width ?? 0));
  expect(view?.width).toBeGreaterThan(600);
  await expect(page.getByTestId('station-bind')).toBeInViewport();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('unfold-editor')).toHaveCount(0);
  // A window with no room for both says so.
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.getByTestId('open-scheduling-card').click();
  await expect(page.getByTestId('scheduling-beside')).toHaveAttribute('aria-disabled', 'true');
});

/** What a parked message lies on that is written: text of cards whose letters it covers. */
async function coveredText(page: Page): Promise<readonly string[]> {
  return page.getByTestId('parked-message').evaluateAll((capsules) => capsules.flatMap((capsule) => {
    const box = capsule.getBoundingClientRect();
    const texts = [...document.querySelectorAll('[data-testid=stage] .react-flow__node *')].filter((each) => each.childNodes.length === 1 && each.firstChild?.nodeType === Node.TEXT_NODE);
    return texts.filter((each) => {
      const range = document.createRange();
      range.selectNodeContents(each);
      const letters = range.getBoundingClientRect();
      return Math.min(box.right, letters.right) - Math.max(box.left, letters.left) > 1 && Math.min(box.bottom, letters.bottom) - Math.max(box.top, letters.top) > 3;
    }).map((each) => `${capsule.textContent ?? ''} over ${each.textContent ?? ''}`);
  }));
}

for (const [width, height] of [[1440, 900], [1024, 768]] as const) {
  test(`messages at rest cover nothing that is written, ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await openWorld(page);
    await applyAndPause(page);
    for (let step = 0; step < 25; step++) {
      await page.getByTestId('step').click();
      await page.waitForTimeout(750);
      expect(await coveredText(page), `step ${step}`).toEqual([]);
    }
  });
}

test('the first apply is one keystroke away, and the keyboard finds and opens objects', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  await page.getByTestId('stage').click({ position: { x: 5, y: 5 } });
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 30_000 });
  await page.keyboard.press('ControlOrMeta+K');
  await expect(page.getByTestId('search-input')).toBeFocused();
  await page.keyboard.type('deploy web');
  await expect(page.getByTestId('search-row')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('inspector')).toContainText('web');
  await expect(page.getByTestId('search-dialog')).toHaveCount(0);
  // What was asked for is where the keyboard is now.
  await page.keyboard.press('Tab');
  await expect(page.getByTestId('inspector').locator(':focus')).toHaveCount(1);
});

test('from near a pod shows its sandbox, containers and volumes', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  await page.getByTestId('node-node-2').getByRole('button').first().dblclick();
  const inside = page.getByTestId('node-node-2').locator('[data-testid^="pod-"]').first();
  await expect(inside.getByTestId('sandbox')).toContainText(/pause\s*10\.244\./);
  await expect(inside.getByTestId('sandbox-container')).toContainText('running');
  await expect(inside.getByTestId('sandbox-volume').first()).toContainText('mounted');
});

test('pods that fit nowhere wait in front of the scheduler and say why', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  await writeFile(page, 'apiVersion: v1\nkind: Pod\nmetadata: {name: huge}\nspec:\n  containers:\n    - {name: c, image: nginx, resources: {requests: {cpu: "64"}}}\n');
  await page.getByTestId('apply').click();
  const pod = page.getByTestId('pending-pods').getByTestId('pod-huge');
  await expect(pod).toBeVisible({ timeout: 20_000 });
  await pause(page);
  await pod.hover();
  await expect(pod).toHaveAttribute('title', /3 Insufficient cpu/);
});

test('with reduced motion the ends of a hop light up, and stepping works as ever', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openWorld(page);
  await applyAndPause(page);
  await page.getByTestId('step').click();
  await expect(page.getByTestId('parked-message').first()).toBeVisible();
});

test('presenter mode on a small screen keeps the room for the stage and the sentence, and gives it back', async ({ page }) => {
  await page.setViewportSize({ width: 1024, height: 768 });
  await openWorld(page, '?presenter=on');
  await expect(page.getByTestId('unfold-editor')).toBeVisible();
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(pods(page, 'Pending').or(pods(page, 'Creating')).first()).toBeVisible({ timeout: 60_000 });
  await pause(page);
  await page.getByTestId('component-kube-apiserver').getByRole('button').first().click();
  await expect(page.getByTestId('recent-messages')).toContainText('POST pods');
  await page.waitForTimeout(500);
  expect((await page.getByTestId('narrator').boundingBox())?.width).toBeGreaterThan(200);
  expect(await coveredControls(page)).toEqual([]);
  await page.getByTestId('presenter').click();
  await expect(page.getByTestId('unfold-editor')).toHaveCount(0);
});

test('what is focused behind the inspector does not push the panels aside', async ({ page }) => {
  await openWorld(page);
  await page.getByTestId('node-node-1').getByRole('button').first().click();
  await expect(page.getByTestId('inspector')).toBeVisible();
  await page.getByTestId('open-scheduling-card').evaluate((button) => { button.scrollIntoView(); button.focus(); });
  expect(await page.evaluate(() => [...document.querySelectorAll('[data-group], [data-panel], [data-panel] > div')].filter((each) => each.scrollLeft !== 0 || each.scrollTop !== 0).length)).toBe(0);
});

test('coming nearer shows more of one of thirty nodes: its parts, then what its pods hold', async ({ page }) => {
  await openPage(page, '?nodes=30');
  const tile = page.getByTestId('node-node-15');
  await expect(tile).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
  await expect(tile.getByTestId('part-kubelet/node-15')).toHaveCount(0);
  await applyAndRun(page, 3);
  await pause(page);
  const full = page.getByTestId('stage').locator('section[data-testid^="node-"]').filter({ has: page.locator('[data-phase=Running]') }).first();
  const name = await full.getAttribute('data-testid');
  await page.getByTestId(name ?? '').getByRole('button').first().dblclick();
  await expect(page.getByTestId(name ?? '').locator('[data-testid^="part-kubelet"]')).toBeVisible();
  await expect(page.getByTestId(name ?? '').getByTestId('sandbox-container')).toContainText('running');
  await page.getByTestId('zoom-fit').click();
  await expect(tile.getByTestId('part-kubelet/node-15')).toHaveCount(0);
});
