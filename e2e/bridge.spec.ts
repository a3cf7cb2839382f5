/** Real kubectl in a terminal, and the world of the open page: over the development server's bridge. */
import type { Page } from '@playwright/test';
import { Kubectl } from '../src/server/testing/kubectl.ts';
import { findKubectl } from '../tools/find-kubectl.mjs';
import { expect, test } from './support.ts';
import { messageRows, openWorld, pause, pods, setSpeed } from './world.ts';

const path = findKubectl();
test.skip(!path, 'There is no real kubectl here and none can be had: KUBECTL_PATH may name one.');

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: main, image: "busybox:1.36", command: [sh, -c, "echo begun; sleep 3600"]}]
`;

let kubectl: Kubectl;

test.beforeEach(({ baseURL }) => {
  kubectl = new Kubectl(path ?? '', `${baseURL ?? ''}cluster`);
  kubectl.write('web.yaml', WEB);
});
test.afterEach(() => kubectl.remove());

/** The development server bundles what the page needs when it is asked for the first time. */
async function openDevelopment(page: Page): Promise<void> {
  await page.goto('./');
  await expect(page.getByTestId('node-node-3')).toHaveAttribute('data-state', 'ready', { timeout: 120_000 });
  await openWorld(page);
  // The page has said to the bridge that it is there.
  await expect.poll(async () => (await kubectl.run(['version'])).stdout, { timeout: 30_000 }).toContain('Server Version: v1.36.2');
}

test('what kubectl applies in a terminal travels through the page, and its answer comes back', async ({ page }) => {
  await openDevelopment(page);
  const narrator = page.getByTestId('narrator');
  const applied = kubectl.run(['apply', '-f', 'web.yaml']);
  // At ordinary speed the messages of the terminal's kubectl are seen and told one by one.
  await expect(narrator).toContainText('terminal', { timeout: 60_000 });
  await expect(page.getByTestId('play')).toContainText('Pause');
  await setSpeed(page, 'beats 64');
  expect(await applied).toEqual({ exitCode: 0, stdout: 'deployment.apps/web created\n', stderr: '' });
  await expect(pods(page, 'Running')).toHaveCount(2, { timeout: 60_000 });

  const listed = await kubectl.run(['get', 'pods']);
  expect(listed.stdout).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\n(web-\S+ +1\/1 +Running +0 +\S+\n){2}$/);
  const watched = await kubectl.run(['get', 'pods', '--watch'], { until: /(web-.*\n){2}/ });
  expect(watched.stdout).toContain('Running');
  const [name = ''] = (await kubectl.run(['get', 'pods', '-o', 'name'])).stdout.split('\n');
  expect(await kubectl.run(['logs', name])).toEqual({ exitCode: 0, stdout: 'begun\n', stderr: '' });
  expect(await kubectl.run(['exec', name, '--', 'echo', 'inside'])).toEqual({ exitCode: 0, stdout: 'inside\n', stderr: '' });
  expect((await kubectl.run(['explain', 'pod.spec.nodeName'])).stdout).toContain('FIELD: nodeName <string>');

  await pause(page);
  const rows = await messageRows(page);
  expect(rows).toContainEqual({ from: 'kubectl/terminal', to: 'kube-apiserver', label: 'POST deployments', kind: 'write' });
  expect(rows).toContainEqual({ from: 'kube-apiserver', to: 'kubectl/terminal', label: '201', kind: 'write' });
});

test('while somebody holds the world, kubectl waits for them; undo takes its change back', async ({ page }) => {
  await openDevelopment(page);
  await setSpeed(page, 'beats 64');
  await page.getByTestId('step').click();
  let ended = false;
  const created = kubectl.run(['create', 'configmap', 'held', '--from-literal=a=1']).finally(() => { ended = true; });
  await expect(page.getByText('kubectl in the terminal waits for an answer')).toBeVisible();
  await expect(async () => {
    await page.getByTestId('step').click();
    await expect(page.getByTestId('narrator')).toContainText('terminal', { timeout: 2_000 });
  }).toPass();
  expect(ended).toBe(false);
  await page.getByTestId('play').click();
  expect(await created).toEqual({ exitCode: 0, stdout: 'configmap/held created\n', stderr: '' });
  await page.getByTestId('undo').click();
  await page.getByTestId('play').click();
  expect((await kubectl.run(['get', 'configmap', 'held'])).stderr).toContain('configmaps "held" not found');
});

test('without a page, and with two of them, kubectl is told why there is no answer', async ({ page, context }) => {
  await openDevelopment(page);
  const second = await context.newPage();
  await second.goto('./');
  await expect.poll(async () => (await kubectl.run(['get', '--raw', '/version'])).stderr, { timeout: 60_000 }).toContain('several pages are open');
  await second.close();
  await expect.poll(async () => (await kubectl.run(['get', '--raw', '/version'])).exitCode).toBe(0);
  await page.close();
  await expect.poll(async () => (await kubectl.run(['get', '--raw', '/version'])).stderr, { timeout: 60_000 }).toContain('no page is open');
});
