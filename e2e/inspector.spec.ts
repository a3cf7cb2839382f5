import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './support.ts';
import { applyAndRun, openWorld, pause, setSpeed, writeFile } from './world.ts';

/** Opens a message of the timeline's list by what its capsule says; the newest if there are several. */
async function openMessage(page: Page, label: string): Promise<void> {
  await page.getByTestId('timeline-list').click();
  await page.locator(`[data-testid="message-row"][data-label="${label}"] button`).first().click();
  await expect(page.getByTestId('inspector')).toContainText(label);
}

test('an object: what it is, what it belongs to, its events, its text and its revisions', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  const inspector = page.getByTestId('inspector');
  await page.getByTestId('node-node-1').locator('[data-testid^="pod-"]').first().click();
  const name = await inspector.locator('h2 span').textContent() ?? '';
  for (const condition of ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready']) await expect(inspector).toContainText(condition);
  await expect(inspector.getByRole('button', { name: /^ReplicaSet web-/ })).toBeVisible();
  await page.getByTestId('inspector-tab-events').click();
  for (const reason of ['Scheduled', 'Pulled', 'Created', 'Started']) await expect(inspector).toContainText(reason);
  await page.getByTestId('inspector-tab-yaml').click();
  await expect(inspector.locator('pre')).toContainText(`name: ${name}`);
  await page.getByTestId('inspector-tab-history').click();
  const versions = page.getByTestId('history-version');
  expect(await versions.count()).toBeGreaterThan(3);
  await versions.nth(1).click();
  await expect(page.getByTestId('history-diff').locator('[data-kind=added]').filter({ hasText: 'nodeName: node-1' })).toHaveCount(1);
  // Any two revisions: the last against the first has the binding and the address.
  await versions.last().click();
  await page.getByTestId('history-base').selectOption({ index: 1 });
  for (const line of ['nodeName: node-1', 'podIP:']) await expect(page.getByTestId('history-diff').locator('[data-kind=added]').filter({ hasText: line }).first()).toBeVisible();
  // Parts that objects share in memory are written out.
  await expect(page.getByTestId('history-diff')).not.toContainText('&a1');
  await page.getByTestId('inspector-tab-why').click();
  await expect(page.getByTestId('stages')).toBeVisible();
  await page.getByTestId('inspector-tab-what').click();
  await inspector.getByRole('button', { name: 'Deployment web' }).click();
  await expect(inspector.locator('h2 span')).toHaveText('web');
  await expect(inspector).toContainText('Progressing');
  await expect(inspector.getByRole('button', { name: /^ReplicaSet web-/ })).toBeVisible();
  await inspector.getByRole('button', { name: 'Back to the previous selection' }).click();
  await expect(inspector.locator('h2 span')).toHaveText(name);
});

test('a component: what it believes, and what waits in its queues', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  const inspector = page.getByTestId('inspector');
  await page.getByTestId('component-kube-controller-manager').getByRole('button').first().click();
  await expect(inspector).toContainText('Work queues');
  const cache = inspector.locator('details', { hasText: 'replicasets' }).first();
  await cache.locator('summary').click();
  await expect(cache.locator('li')).toHaveText([/default\/web-/]);
  // The inspector lies over the nodes.
  await page.keyboard.press('Escape');
  await page.getByTestId('part-container-runtime/node-1').click();
  await expect(inspector).toContainText('Images on this node');
  await page.keyboard.press('Escape');
  await page.getByTestId('part-cni/node-2').click();
  await expect(inspector).toContainText('Addresses given out');
  await page.getByTestId('component-etcd').getByRole('button').first().click();
  await expect(inspector).toContainText('All objects by kind');
});

test('a request: who asked, the rule that allowed it, every change to the object, etcd, and who was told', async ({ page }) => {
  await openWorld(page);
  await applyAndRun(page, 3);
  await pause(page);
  await openMessage(page, 'POST pods');
  const stages = page.getByTestId('stages');
  await expect(stages.locator('li')).toHaveCount(10);
  const stage = (name: string) => stages.locator(`li[data-stage=${name}]`);
  await expect(stage('authentication')).toContainText('system:serviceaccount:kube-system:replicaset-controller');
  await expect(stage('authentication')).toContainText('system:serviceaccounts');
  await expect(stage('authorization')).toContainText('ClusterRoleBinding "system:controller:replicaset-controller"');
  await expect(page.getByTestId('rbac-rule')).toContainText('resources: [pods]');
  const mutations = page.getByTestId('mutations').locator('details');
  await expect(mutations.locator('summary')).toHaveText([/^ServiceAccount: \d+ lines/, /^Priority: \d+ lines/, /^DefaultTolerationSeconds: \d+ lines/]);
  await mutations.nth(1).locator('summary').click();
  await expect(mutations.nth(1).locator('[data-kind=added]')).toContainText(['priority: 0']);
  await expect(stage('etcd')).toContainText(/written at revision \d+/);
  await expect(page.getByTestId('transactions')).toContainText(/if\s+mod\(\/registry\/pods\/default\/web-.*\) = 0/);
  await expect(page.getByTestId('fan-out')).toContainText('kube-scheduler · ADDED');
  await expect(page.getByTestId('fan-out')).toContainText('kube-controller-manager · ADDED');
  await expectAccessible(page);
  // Each part leads on: to the watch event, and from there to what it brought about.
  await page.getByTestId('fan-out').getByRole('button', { name: 'kube-scheduler · ADDED' }).click();
  await expect(page.getByTestId('inspector')).toContainText('ADDED pods');
});

test('a refused request says at which stage', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  await writeFile(page, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Not_Valid}\n');
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer-problem')).toContainText('metadata.name');
  await pause(page);
  await openMessage(page, '422');
  await expect(page.getByTestId('stages').locator('li[data-outcome=refused]')).toHaveAttribute('data-stage', 'validation');
});

test('a custom resource is found once its definition is there, and has its text and revisions like any object', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  const names = 'names: {plural: widgets, singular: widget, kind: Widget}';
  const schema = 'schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}';
  const definition = `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: widgets.example.org\nspec: {group: example.org, scope: Namespaced, ${names}, versions: [{name: v1, served: true, storage: true, ${schema}}]}\n`;
  const widget = 'apiVersion: example.org/v1\nkind: Widget\nmetadata:\n  name: first\nspec: {size: 3}\n';
  const answer = page.getByTestId('answer');
  await writeFile(page, widget);
  await page.getByTestId('apply').click();
  await expect(answer).toContainText('ensure CRDs are installed first', { timeout: 20_000 });
  await writeFile(page, definition);
  await page.getByTestId('apply').click();
  await expect(answer).toContainText('customresourcedefinition.apiextensions.k8s.io/widgets.example.org created', { timeout: 20_000 });
  await writeFile(page, widget);
  // The definition is served a moment after it was created.
  await expect(async () => {
    await page.getByTestId('apply').click();
    await expect(answer).toContainText(/widget\.example\.org\/first (created|unchanged)/, { timeout: 5_000 });
  }).toPass({ timeout: 40_000 });
  await page.getByTestId('search').click();
  await page.getByTestId('search-input').fill('widget first');
  await page.getByTestId('search-row').first().click();
  const inspector = page.getByTestId('inspector');
  await expect(inspector.locator('h2')).toHaveText('firstwidgets · default');
  await page.getByTestId('inspector-tab-yaml').click();
  await expect(inspector.locator('pre')).toContainText('size: 3');
  await page.getByTestId('inspector-tab-history').click();
  await expect(page.getByTestId('history-version')).toHaveCount(1);
});
