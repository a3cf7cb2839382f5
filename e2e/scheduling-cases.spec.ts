import type { Page } from '@playwright/test';
import { apply, node, openDecision, pod } from './decisions.ts';
import { expect, expectAccessible, openPage, test } from './support.ts';
import { openWorld, pods, setSpeed } from './world.ts';

const priority = (name: string, value: number): object => ({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value });
const on = (name: string): object => ({ nodeSelector: { 'kubernetes.io/hostname': name } });

/**
 * Three nodes of 4 CPUs, full in three ways: node-1 with a pod whose budget forbids its eviction, node-2 with two of low
 * priority, of which one may stay, node-3 with one that is more important. A pod of high priority asks for half a node.
 */
async function preempting(page: Page): Promise<void> {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  await apply(page, [
    priority('low', 10), priority('middle', 500), priority('high', 1000),
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'guard' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } } },
    pod('guarded', '3', { ...on('node-1'), priorityClassName: 'low' }, { app: 'guarded' }),
    pod('low-a', '1500m', { ...on('node-2'), priorityClassName: 'low' }), pod('low-b', '1500m', { ...on('node-2'), priorityClassName: 'low' }),
    pod('middle', '3', { ...on('node-3'), priorityClassName: 'middle' }),
  ], 'pod/middle created');
  await expect(pods(page, 'Running')).toHaveCount(4, { timeout: 30_000 });
  await apply(page, [pod('vip', '2', { priorityClassName: 'high' })], 'pod/vip created');
  await openDecision(page, 'vip');
  await page.getByTestId('scheduling-tab-history').click();
}

test('preemption is shown as it is weighed, and the history says what woke the pod', async ({ page }) => {
  await preempting(page);
  const rows = page.getByTestId('attempt-row');
  await expect(rows.first()).toContainText('to node-2', { timeout: 30_000 });
  await expect(rows.first()).toContainText(/A pod went away[;.].*back-off/);
  await expect(rows.first()).toContainText('is gone');
  await expect(rows.last()).toContainText('The pod was created');
  await expect(rows.last()).toContainText(/Evicts default\/low-[ab] from node-2/);
  const open = rows.last().getByRole('button', { name: 'Open' });
  if (await open.count() > 0) await open.click();
  await page.getByTestId('scheduling-tab-steps').click();
  await page.getByTestId('station-filter').click();
  await page.getByTestId('walk-forward').click();
  // One candidate after the other; the one before stays.
  const panel = page.getByTestId('preemption');
  await expect(panel.locator('tbody tr')).toHaveCount(1);
  await page.getByTestId('walk-forward').click();
  await page.getByTestId('walk-forward').click();
  await expect(panel.locator('tbody tr')).toHaveCount(3);
  await expect(panel.locator('tr', { hasText: 'node-1' })).toContainText('default/guarded');
  const second = panel.locator('tr', { hasText: 'node-2' });
  await expect(second.locator('td').nth(0)).toHaveText(/^default\/low-[ab]$/);
  await expect(second.locator('td').nth(1)).toHaveText(/^default\/low-[ab]$/);
  // The first rule drops the node whose budget would be broken, the second the more important victim.
  await page.getByTestId('walk-forward').click();
  const rules = panel.locator('ol > li');
  await expect(rules).toHaveCount(5);
  await expect(rules.nth(0)).toContainText('fewest disruption budgets violated');
  await expect(rules.nth(0).locator('[data-kept]')).toHaveCount(2);
  await expect(rules.nth(1)).not.toContainText('node-3');
  await page.getByTestId('walk-forward').click();
  await expect(rules.nth(1).locator('[data-kept]')).toHaveText(/node-2/);
  await page.getByTestId('walk-end').click();
  await expect(panel.locator('tr[data-winner]')).toContainText('node-2');
  await expect(rules.nth(2)).toContainText('not needed');
  await expectAccessible(page);
});

test('a cluster with no nodes says so, and takes its first', async ({ page }) => {
  await openPage(page, '?nodes=0');
  await expect(page.getByTestId('clock')).not.toHaveText('0:00.000', { timeout: 20_000 });
  await expect(page.getByTestId('stage-no-nodes')).toContainText('no pod can run');
  await page.getByTestId('open-scheduling-card').click();
  await expect(page.getByTestId('scheduling')).toContainText('The cluster has no nodes');
  await expectAccessible(page);
  await setSpeed(page, 'beats 256');
  await apply(page, [pod('first', '1')], 'pod/first created');
  await expect(page.getByTestId('scheduling-outcome')).toHaveAttribute('data-outcome', 'noNodes', { timeout: 20_000 });
  await page.getByTestId('scheduling-tab-pending').click();
  await expect(page.getByTestId('pending')).toContainText('A pod runs on a node, and there is none.');
  await expect(page.getByTestId('pending')).toContainText('no nodes available to schedule pods');
  await page.getByTestId('add-node').click();
  await expect(page.getByTestId('scheduling-newer')).toContainText('to node-1', { timeout: 60_000 });
});

test('node by node, forwards and backwards, and with reduced motion nothing grows', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  await page.getByTestId('apply').click();
  await expect(pods(page, 'Running')).toHaveCount(3, { timeout: 30_000 });
  await page.getByTestId('open-scheduling-card').click();
  await expect(page.getByTestId('score-matrix')).toBeVisible({ timeout: 20_000 });
  const seconds = await page.getByTestId('score-matrix').locator('td i').first().evaluate((bar) => Number.parseFloat(getComputedStyle(bar).transitionDuration));
  expect(seconds).toBeLessThan(0.001);
  await page.getByTestId('walk-start').click();
  const progress = page.getByTestId('walk-progress');
  const step = async (): Promise<number> => Number((await progress.textContent())?.split(' / ')[0]);
  const now = page.locator('tr[data-now]');
  await page.keyboard.press('Alt+ArrowRight');
  await page.keyboard.press('Alt+ArrowRight');
  const first = await now.getAttribute('data-testid');
  const begin = await step();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(now).not.toHaveAttribute('data-testid', first ?? '');
  const second = await now.getAttribute('data-testid');
  await page.getByTestId('walk-forward-node').click();
  await expect(now).not.toHaveAttribute('data-testid', second ?? '');
  await page.getByTestId('walk-back-node').click();
  await expect(now).toHaveAttribute('data-testid', second ?? '');
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(now).toHaveAttribute('data-testid', first ?? '');
  expect(await step()).toBe(begin);
  // Played to its end, it stops there.
  await page.getByTestId('walk-play').click();
  await expect(page.getByTestId('station-bind')).toHaveAttribute('aria-current', 'step', { timeout: 60_000 });
  await expect(page.getByTestId('result')).toContainText('wins with');
});

test('what if: a request, a label, a taint and the configuration, each beside what was decided', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  await apply(page, [node('node-1', { disk: 'ssd' }), node('node-2', { disk: 'hdd' }), node('node-3', { disk: 'hdd' }), pod('choosy', '500m', { nodeSelector: { disk: 'ssd' } })], 'pod/choosy created');
  await openDecision(page, 'choosy');
  await expect(page.getByTestId('scheduling-outcome')).toHaveText('to node-1');
  await page.getByTestId('scheduling-tab-whatIf').click();
  const [verdict, table, text] = [page.getByTestId('what-if-verdict'), page.getByTestId('what-if-table'), page.getByTestId('what-if-node-text')];
  const side = (name: string, which: string) => table.locator('tr', { hasText: name }).locator(`[data-side=${which}]`);
  const reset = async (): Promise<void> => { await page.getByTestId('what-if-reset').click(); await expect(table).toHaveCount(0); };
  await test.step('a taint', async () => {
    await page.getByTestId('what-if-node').click();
    await page.getByTestId('what-if-node-choice').selectOption('node-1');
    await expect(text).toHaveValue(/disk: ssd/);
    await text.fill((await text.inputValue()).replace('spec: {}', 'spec:\n  taints: [{key: team, value: a, effect: NoSchedule}]'));
    await expect(verdict).toHaveText('No node fits any more');
    await expect(side('node-1', 'before')).toHaveAttribute('data-chosen', 'true');
    await expect(side('node-1', 'after')).toHaveText('refused by TaintToleration');
    await reset();
  });
  await test.step('a label', async () => {
    await page.getByTestId('what-if-node').click();
    await page.getByTestId('what-if-node-choice').selectOption('node-2');
    await expect(text).toHaveValue(/disk: hdd/);
    await text.fill((await text.inputValue()).replace('disk: hdd', 'disk: ssd'));
    await expect(side('node-2', 'before')).toHaveText('refused by NodeAffinity');
    await expect(side('node-2', 'after')).not.toContainText('refused');
    await reset();
  });
  await test.step('a request', async () => {
    await page.getByTestId('what-if-pod').click();
    const pod = page.getByTestId('what-if-pod-text');
    await pod.fill((await pod.inputValue()).replace('500m', '"16"'));
    await expect(side('node-1', 'after')).toHaveText('refused by NodeResourcesFit');
    await pod.fill('kind: Pod\napiVersion: v1\nspec: {containers: [{name: main, image: x, resources: {requests: {cpu: "-1"}}}]}');
    await expect(page.getByTestId('edit-problems')).toContainText('spec.containers[0].resources.requests');
    await reset();
  });
  await test.step('plugins and the configuration', async () => {
    await page.getByTestId('what-if-plugins').click();
    await page.getByTestId('takes-part-NodeAffinity').uncheck();
    await expect(side('node-2', 'after')).not.toContainText('refused');
    await reset();
    await page.getByTestId('what-if-configuration').click();
    const configuration = page.getByTestId('what-if-configuration-text');
    await expect(configuration).toHaveValue(/kind: KubeSchedulerConfiguration/);
    await configuration.fill('profiles: [{plugins: {filter: {disabled: [{name: NodeAffinity}]}}}]');
    await expect(side('node-3', 'after')).not.toContainText('refused');
    await configuration.fill('profiles: [{plugins: {score: {enabled: [{name: Nope}]}}}]');
    await expect(page.getByTestId('edit-problems')).toContainText('profiles[0].plugins.score.enabled[0].name');
    await expectAccessible(page);
  });
  // The session noticed nothing of all that, and a configuration can be tried before it is applied.
  await page.getByTestId('scheduling-tab-configuration').click();
  await expect(page.getByTestId('scheduler-configuration')).toContainText('This is what runs.');
  await page.getByTestId('template-packing').click();
  await page.getByTestId('configuration-try').click();
  await expect(page.getByTestId('what-if-configuration-text')).toHaveValue(/MostAllocated/);
  await expect(verdict).toHaveText('The same decision.');
});

test('a decision over a hundred nodes stays readable: groups, top and bottom, search, and every number by keyboard', async ({ page }) => {
  await openPage(page, '?nodes=100');
  await expect(page.getByTestId('clock')).not.toHaveText('0:00.000', { timeout: 60_000 });
  await setSpeed(page, 'beats 256');
  await apply(page, [pod('one', '3', { nodeSelector: { 'kubernetes.io/hostname': 'node-7' } }), pod('two', '2')], 'pod/two created');
  await openDecision(page, 'two');
  await page.getByTestId('station-filter').click();
  await expect(page.getByTestId('row-groups').locator('li')).toHaveCount(2);
  await expect(page.getByTestId('row-groups')).toContainText('Insufficient cpu');
  await page.getByTestId('rows-search').fill('node-7');
  await expect(page.getByTestId('filter-row-node-7')).toHaveAttribute('data-refused', 'true');
  await page.getByTestId('station-normalise').click();
  await page.getByTestId('rows-zone').click();
  await expect(page.getByTestId('row-groups').locator('li')).toHaveCount(3);
  await page.getByTestId('rows-nodes').click();
  const table = page.getByTestId('score-matrix');
  // The best and the last, and how many stand between them.
  await expect(table.locator('tbody tr')).toHaveCount(41);
  await expect(table).toContainText('59 nodes between');
  await expect(table.locator('tbody tr').first()).toHaveAttribute('data-winner', 'true');
  await page.getByTestId('rows-search').focus();
  await page.keyboard.press('Tab');
  await expect(table.locator('tbody tr').first().locator('button').nth(0)).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(table.locator('tbody tr').first().locator('button').nth(1)).toBeFocused();
  await expect(page.getByTestId('cell-detail')).toContainText(/cpu: \(4000 − \d+\) × 100 \/ 4000 = \d+/);
  await page.keyboard.press('ArrowDown');
  await expect(table.locator('tbody tr').nth(1).locator('button').nth(1)).toBeFocused();
  await expectAccessible(page);
});

test('a thousand nodes: the decision says how many it looked at, and is found again by name', async ({ page }) => {
  await openPage(page, '?nodes=1000');
  await expect(page.getByTestId('clock')).not.toHaveText('0:00.000', { timeout: 120_000 });
  await setSpeed(page, 'beats 256');
  await apply(page, [pod('one', '2')], 'pod/one created');
  await openDecision(page, 'one');
  const winner = (await page.getByTestId('scheduling-outcome').textContent())?.replace('to ', '') ?? '';
  await page.getByTestId('station-filter').click();
  await expect(page.getByTestId('scheduling-steps')).toContainText(/420 of 1000 nodes were checked/);
  await expect(page.getByTestId('row-groups').locator('li')).toHaveCount(1);
  await page.getByTestId('station-normalise').click();
  await page.getByTestId('rows-search').fill(winner);
  await expect(page.getByTestId(`score-row-${winner}`)).toHaveAttribute('data-winner', 'true');
  await page.getByTestId('rows-search').fill('');
  await page.getByTestId('rows-zone').click();
  await expect(page.getByTestId('row-groups').locator('li')).toHaveCount(3);
});
