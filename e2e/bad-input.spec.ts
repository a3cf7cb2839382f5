import type { Page } from '@playwright/test';
import { expect, test } from './support.ts';
import { openWorld, pods, setSpeed, writeFile } from './world.ts';

const GOOD = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: b\n';

async function applied(page: Page, text: string): Promise<void> {
  await writeFile(page, text);
  await page.getByTestId('apply').click();
}

/** After whatever was sent, an ordinary file still works. */
async function expectAlive(page: Page): Promise<void> {
  await applied(page, GOOD);
  await expect(page.getByTestId('answer')).toContainText(/configmap\/settings (created|unchanged)/, { timeout: 20_000 });
  await expect(page.getByTestId('session-failed')).toHaveCount(0);
}

const REFUSED: readonly { readonly name: string; readonly text: string; readonly says: readonly string[] }[] = [
  { name: 'an unknown kind', text: 'apiVersion: apps/v1\nkind: Deploiment\nmetadata:\n  name: web\n', says: ['no matches for kind "Deploiment" in version "apps/v1"'] },
  { name: 'an unknown field', text: `${GOOD}dato: {}\n`, says: ['unknown field "dato"', '7'] },
  {
    name: 'an invalid object', says: ['spec.containers', 'Required value'],
    text: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: Not_Valid\nspec:\n  containers: []\n',
  },
  { name: 'a field of the wrong type', says: ['spec.replicas', '6'], text: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: three\n  selector: {matchLabels: {a: b}}\n  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: nginx}]}}\n' },
  { name: 'binary', text: `\u0000\u0001\u0002PNG\u0007${'\u001f\u007f'.repeat(50)}`, says: ['error'] },
  { name: 'an alias bomb', text: `${GOOD}${['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[i] ?? ''}`).join(',')}]`)].join('\n')}\n`, says: ['excessive aliasing'] },
];

test('what the API server or kubectl refuses is told with its place, and the page goes on', async ({ page }) => {
  test.setTimeout(150_000);
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  for (const { name, text, says } of REFUSED) {
    await test.step(name, async () => {
      await applied(page, text);
      for (const each of says) await expect(page.getByTestId('answer')).toContainText(each, { timeout: 20_000 });
    });
  }
  await expectAlive(page);
});

test('10,000 documents are applied one by one as kubectl does, and the page stays alive', async ({ page }) => {
  test.setTimeout(240_000);
  await openWorld(page);
  await setSpeed(page, 'realtime 60');
  const documents = Array.from({ length: 10_000 }, (_, i) => (i === 9_999 ? 'apiVersion: v1\nkind: Nothing\nmetadata: {name: last}' : `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${i}}`));
  await applied(page, documents.join('\n---\n'));
  // The page answers while the worker is busy.
  await page.getByTestId('search').click();
  await expect(page.getByTestId('search-dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('answer')).toContainText('no matches for kind "Nothing"', { timeout: 200_000 });
});

test('a paste of 5 MB is kept whole and answered', async ({ page }) => {
  test.setTimeout(180_000);
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  const text = `${GOOD}  big: "${'x'.repeat(5_000_000)}"\n`;
  await applied(page, text);
  await expect(page.getByTestId('answer')).toContainText(/Too long|too large|Invalid/i, { timeout: 60_000 });
  await page.waitForTimeout(1_500);
  await page.reload();
  await openWorld(page);
  await expect(page.getByTestId('large-file')).toBeVisible();
  await expectAlive(page);
  await expect(pods(page, 'Running')).toHaveCount(0);
});
