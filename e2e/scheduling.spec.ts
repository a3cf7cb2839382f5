import type { Page } from '@playwright/test';
import { apply, node, openDecision, pod } from './decisions.ts';
import { expect, expectAccessible, openPage, test } from './support.ts';
import { openWorld, setSpeed } from './world.ts';

/** Five nodes: one tainted, one with another label, one that has a pod of the kind already, two that are free. */
async function fiveNodes(page: Page): Promise<void> {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  for (const name of ['node-4', 'node-5']) {
    await page.getByTestId('faults').click();
    await page.getByTestId('fault-add-node').click();
    await expect(page.getByTestId(`node-${name}`)).toHaveAttribute('data-state', 'ready', { timeout: 30_000 });
  }
  await apply(page, [
    node('node-1', { disk: 'ssd' }, [{ key: 'team', value: 'a', effect: 'NoSchedule' }]), node('node-2', { disk: 'hdd' }),
    node('node-3', { disk: 'ssd' }), node('node-4', { disk: 'ssd' }), node('node-5', { disk: 'ssd' }), pod('first', '1', { nodeSelector: { 'kubernetes.io/hostname': 'node-3' } }),
  ], 'pod/first created');
  const spread = { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } };
  const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }] };
  await expect(page.getByTestId('node-node-3').locator('[data-testid^=pod-]')).toHaveCount(1, { timeout: 20_000 });
  await apply(page, [pod('second', '1500m', { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } }, topologySpreadConstraints: [spread] })], 'pod/second created');
  await openDecision(page, 'second');
}

const verdict = (page: Page, name: string, plugin: string) => page.getByTestId(`filter-row-${name}`).locator(`[data-plugin=${plugin}]`);

test('a decision of five nodes with taints, affinity and spreading can be walked, forwards and backwards', async ({ page }) => {
  test.setTimeout(120_000);
  await fiveNodes(page);
  await page.getByTestId('station-filter').click();
  await expect(verdict(page, 'node-1', 'TaintToleration')).toHaveAttribute('data-verdict', 'refused');
  await expect(verdict(page, 'node-2', 'NodeAffinity')).toHaveAttribute('data-verdict', 'refused');
  await expect(verdict(page, 'node-3', 'PodTopologySpread')).toHaveAttribute('data-verdict', 'refused');
  await expect(page.locator('[data-testid^=filter-row][data-refused]')).toHaveCount(3);
  await verdict(page, 'node-2', 'NodeAffinity').getByRole('button').click();
  await expect(page.getByTestId('cell-detail')).toContainText('The pod wants disk In ssd; the node has hdd.');
  await expect(page.getByTestId('excerpt-pod').locator('[data-marked]').first()).toContainText('disk');
  await expect(page.getByTestId('excerpt-node').locator('[data-marked]')).toHaveText(/disk: hdd/);
  await page.getByTestId('walk-start').click();
  await expect(page.getByTestId('walk-says')).toContainText('default/second is taken from the queue');
  const progress = page.getByTestId('walk-progress');
  await page.keyboard.press('ArrowRight');
  await expect(progress).toHaveText(/^2 \//);
  await page.keyboard.press('ArrowLeft');
  await expect(progress).toHaveText(/^1 \//);
  await expect(page.getByTestId('filter-matrix')).toHaveCount(0);
  await page.getByTestId('station-normalise').click();
  await expect(page.getByTestId('score-matrix').locator('tr[data-winner]')).toHaveCount(1);
  await page.getByTestId('score-matrix').locator('[data-plugin=NodeResourcesFit] button').first().hover();
  await expect(page.getByTestId('cell-detail')).toContainText('cpu: (4000 − 1500) × 100 / 4000 = 62');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('component-kube-scheduler')).toBeVisible();
  await expect(page).not.toHaveURL(/view=scheduling/);
});

test('predictions are asked for before anything is shown, and counted', async ({ page }) => {
  test.setTimeout(120_000);
  await fiveNodes(page);
  await page.getByTestId('predict').click();
  await expect(page.getByTestId('scheduling-outcome')).toHaveText('not shown yet');
  const right: Readonly<Record<string, string>> = { 'node-1': 'TaintToleration', 'node-2': 'NodeAffinity', 'node-3': 'PodTopologySpread' };
  for (let asked = 0; asked < 3; asked++) {
    await page.getByTestId('walk-end').click();
    const question = await page.getByTestId('question').locator('legend').textContent();
    const about = /node-\d/.exec(question ?? '')?.[0] ?? '';
    await page.locator(`[data-testid=question-choice][data-choice="${asked === 1 ? '' : right[about]}"]`).click();
    await expect(page.getByTestId('question-answer')).toContainText(asked === 1 ? `It is ${right[about]}.` : 'Right.');
    await page.getByTestId('question-go-on').click();
  }
  await expect(page.getByTestId('question').locator('legend')).toHaveText('Which node will win?');
  await expect(page.getByTestId('question-choice')).toHaveText(['node-4', 'node-5']);
  await page.getByTestId('question-go-on').click();
  await expect(page.getByTestId('scheduling-outcome')).toHaveText(/^to node-[45]$/);
  await expect(page.getByTestId('predict-tally')).toHaveText('2 of 3 right');
});

test('another weight makes another winner, and the session does not notice', async ({ page }) => {
  test.setTimeout(120_000);
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  const pinned = (name: string, on: string): object => pod(name, '3', { nodeSelector: { 'kubernetes.io/hostname': on } });
  await apply(page, [node('node-1', {}, [{ key: 'old', value: 'yes', effect: 'PreferNoSchedule' }]), pinned('full-2', 'node-2'), pinned('full-3', 'node-3')], 'pod/full-3 created');
  await expect(page.getByTestId('stage').locator('[data-testid^=pod-][data-phase=Running]')).toHaveCount(2, { timeout: 30_000 });
  await apply(page, [pod('choosy', '500m')], 'pod/choosy created');
  await openDecision(page, 'choosy');
  await expect(page.getByTestId('scheduling-outcome')).toHaveText(/^to node-[23]$/);
  const before = await page.getByTestId('timeline-canvas').getAttribute('aria-valuenow');
  await page.getByTestId('scheduling-tab-whatIf').click();
  await page.getByTestId('weight-NodeResourcesFit').fill('30');
  await expect(page.getByTestId('what-if-verdict')).toContainText('node-1 instead of');
  await expect(page.getByTestId('what-if-table').locator('[data-side=after][data-chosen]')).toHaveCount(1);
  await page.getByTestId('scheduling-tab-configuration').click();
  await page.getByTestId('configuration-text').fill('percentageOfNodesToScore: 200');
  await expect(page.getByTestId('edit-problems')).toContainText('percentageOfNodesToScore');
  await expect(page.getByTestId('configuration-apply')).toHaveAttribute('aria-disabled', 'true');
  expect(Number(await page.getByTestId('timeline-canvas').getAttribute('aria-valuenow'))).toBeGreaterThanOrEqual(Number(before));
  await page.getByTestId('configuration-text').fill('profiles: [{plugins: {score: {enabled: [{name: NodeResourcesFit, weight: 30}]}}}]');
  await page.getByTestId('configuration-apply').click();
  await expect(page.getByTestId('scheduler-configuration')).toContainText('This is what runs.');
  await page.keyboard.press('Escape');
  await apply(page, [pod('next', '500m')], 'pod/next created');
  await openDecision(page, 'next');
  await expect(page.getByTestId('scheduling-outcome')).toHaveText('to node-1');
});

test('a pending pod says why, and another node helps', async ({ page }) => {
  test.setTimeout(120_000);
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  await apply(page, [pod('big', '6')], 'pod/big created');
  await openDecision(page, 'big');
  await page.getByTestId('scheduling-tab-pending').click();
  await expect(page.getByTestId('pending-kind')).toHaveAttribute('data-kind', 'never');
  await expect(page.getByTestId('pending-kind')).toContainText('no node can ever take it');
  await expect(page.getByTestId('obstacle')).toContainText('The pod requests 6 cpu; the node has only 4 in all.');
  await expectAccessible(page);
  await page.getByTestId('try-request').click();
  await expect(page.getByTestId('what-if-verdict')).toContainText('It fits');
  await page.getByTestId('scheduling-tab-pending').click();
  await page.getByTestId('add-node').click();
  await expect(page.getByTestId('scheduling-newer')).toContainText('to node-4', { timeout: 40_000 });
  await page.getByTestId('scheduling-newer').getByRole('button').click();
  await expect(page.getByTestId('scheduling-outcome')).toHaveText('to node-4');
  await page.getByTestId('scheduling-tab-history').click();
  await expect(page.getByTestId('attempt-row').first()).toContainText('to node-4');
  await expect(page.getByTestId('attempt-row').last()).toContainText('The pod was created');
});

for (const [language, theme] of [['en', 'light'], ['zh-CN', 'dark']] as const) {
  test(`axe finds nothing in the scheduling view, ${language} ${theme}`, async ({ page }) => {
    test.setTimeout(120_000);
    await openPage(page, `?lang=${language}&theme=${theme}&view=scheduling`);
    await expect(page.getByTestId('scheduling')).toBeVisible({ timeout: 20_000 });
    await expect(page.getByTestId('clock')).not.toHaveText('0:00.000', { timeout: 20_000 });
    await expectAccessible(page);
    await setSpeed(page, 'beats 256');
    await page.getByTestId('apply').click();
    await expect(page.getByTestId('score-matrix')).toBeVisible({ timeout: 30_000 });
    await page.waitForTimeout(400);
    await expectAccessible(page);
    await page.getByTestId('station-filter').click();
    await expectAccessible(page);
    await page.getByTestId('scheduling-tab-whatIf').click();
    await expectAccessible(page);
    await page.getByTestId('scheduling-tab-configuration').click();
    await expectAccessible(page);
  });
}
