import { expect, test } from './support.ts';
import { applyAndRun, messageRows, openWorld, pause, pods, setSpeed, writeFile } from './world.ts';
import type { Row } from './world.ts';

/** Finds each of these messages after the one before it, and says which is missing. */
function expectOrder(rows: readonly Row[], wanted: readonly (readonly [string, (row: Row) => boolean])[]): void {
  let from = 0;
  for (const [name, fits] of wanted) {
    const index = rows.findIndex((row, i) => i >= from && fits(row));
    expect(index, `${name}, after message ${from}`).toBeGreaterThanOrEqual(from);
    from = index + 1;
  }
}

const message = (from: string, to: string, label: string) => (row: Row): boolean => row.from.startsWith(from) && row.to.startsWith(to) && row.label === label;

test('a Deployment travels from the client to running containers in the documented order', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  const rows = await messageRows(page);
  expectOrder(rows, [
    ['the client submits', message('kubectl', 'kube-apiserver', 'POST deployments')],
    ['the API server writes to etcd', message('kube-apiserver', 'etcd', 'put deployments')],
    ['a controller learns of it', message('kube-apiserver', 'kube-controller-manager', 'ADDED deployments')],
    ['it makes a ReplicaSet', message('kube-controller-manager', 'kube-apiserver', 'POST replicasets')],
    ['the ReplicaSet controller makes pods', message('kube-controller-manager', 'kube-apiserver', 'POST pods')],
    ['they are in etcd', message('kube-apiserver', 'etcd', 'put pods')],
    ['the scheduler learns by its watch', message('kube-apiserver', 'kube-scheduler', 'ADDED pods')],
    ['it answers with a binding', message('kube-scheduler', 'kube-apiserver', 'POST pods/binding')],
    ['the API server writes that', message('kube-apiserver', 'etcd', 'put pods')],
    ['the node’s watch delivers it', message('kube-apiserver', 'kubelet/', 'ADDED pods')],
    ['the kubelet asks for a sandbox', message('kubelet/', 'container-runtime/', 'RunPodSandbox')],
    ['its network is set up', message('container-runtime/', 'cni/', 'ADD')],
    ['the image is pulled', message('kubelet/', 'container-runtime/', 'PullImage')],
    ['a container is created', message('kubelet/', 'container-runtime/', 'CreateContainer')],
    ['and started', message('kubelet/', 'container-runtime/', 'StartContainer')],
    ['the kubelet reports', message('kubelet/', 'kube-apiserver', 'PATCH pods/status')],
  ]);
  expect(rows.filter((row) => row.to === 'etcd').every((row) => row.from === 'kube-apiserver')).toBe(true);
});

test('steps forward and back, scrubs and forks', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 0.25');
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('play')).toContainText('Pause');
  await pause(page);
  const narrator = page.getByTestId('narrator');
  await page.getByTestId('step').click();
  await page.getByTestId('step').click();
  const here = await narrator.textContent();
  await page.getByTestId('step').click();
  await expect(narrator).not.toHaveText(here ?? '');
  await page.getByTestId('step-back').click();
  await expect(narrator).toHaveText(here ?? '');
  await page.getByTestId('stage').click({ position: { x: 5, y: 5 } });
  await page.keyboard.press('q');
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 20_000 });
  const end = await page.getByTestId('timeline-canvas').getAttribute('aria-valuenow');
  await page.getByTestId('timeline-canvas').click({ position: { x: 30, y: 8 } });
  await expect(page.getByTestId('timeline-canvas')).not.toHaveAttribute('aria-valuenow', end ?? '');
  await page.getByTestId('fork').click();
  await expect(page.getByTestId('fork')).toHaveCount(0);
  await page.keyboard.press('q');
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 20_000 });
});

test('a stopped node loses its pods and others take their place', async ({ page }) => {
  test.setTimeout(120_000);
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  await expect(pods(page, 'Running', 'node-2')).toHaveCount(1);
  await setSpeed(page, 'realtime 60');
  await page.getByTestId('faults').click();
  await page.getByTestId('fault-stop-node').hover();
  await page.getByRole('menuitem', { name: 'node-2' }).click();
  await expect(page.getByTestId('node-node-2')).toHaveAttribute('data-state', 'off');
  await expect(async () => {
    const [first, third] = [await pods(page, 'Running', 'node-1').count(), await pods(page, 'Running', 'node-3').count()];
    expect(first + third).toBe(3);
  }).toPass({ timeout: 60_000 });
  await expect(pods(page, 'Terminating', 'node-2')).toHaveCount(1);
});

test('a broken file says where, keeps the text, and works when mended', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  await writeFile(page, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  nmae: twice\ndata:\n  a: b\n');
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer-problem')).toContainText('unknown field "metadata.nmae"');
  await expect(page.getByTestId('answer-problem')).toContainText('5');
  await writeFile(page, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata: [a\n');
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer')).toContainText('error parsing');
  await writeFile(page, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: b\n');
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer')).toContainText('configmap/settings created');
});

test('a reload finds the session again, and a link opens it elsewhere', async ({ page, context }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  // The playhead is kept a moment after it has moved.
  await page.waitForTimeout(1500);
  await page.getByTestId('share').click();
  const address = await page.getByTestId('share-address').inputValue();
  await page.keyboard.press('Escape');
  await page.reload();
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 30_000 });
  const other = await context.newPage();
  await other.goto(address);
  await expect(pods(other, 'Running')).toHaveCount(3, { timeout: 30_000 });
});

test('why and because of lead to reasons and causes', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  await page.getByTestId('timeline-list').click();
  await page.locator('[data-testid="message-row"][data-label="POST pods/binding"] button').first().click();
  await expect(page.getByTestId('inspector')).toContainText('wins');
  await expect(page.getByTestId('attempt-scores')).toBeVisible();
  await expect(page.getByTestId('inspector')).toContainText('Because of');
});

test('a reload while playing comes back to where the playhead was', async ({ page }) => {
  await openWorld(page);
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer')).toContainText('created', { timeout: 30_000 });
  await setSpeed(page, 'beats 8');
  const clock = page.getByTestId('clock');
  await page.waitForTimeout(800);
  const before = await clock.textContent() ?? '';
  await page.reload();
  await expect(page.getByTestId('node-node-3')).toHaveAttribute('data-state', 'ready', { timeout: 30_000 });
  await expect(clock).not.toHaveText('0:00.000');
  expect(await clock.textContent() ?? '').toMatch(/^0:\d\d\.\d{3}$/);
  expect(Number((await clock.textContent() ?? '').slice(2))).toBeGreaterThanOrEqual(Number(before.slice(2)));
});
