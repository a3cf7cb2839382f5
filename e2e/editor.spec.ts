import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './support.ts';
import { applyAndRun, openWorld, pause, pods, setSpeed, writeFile } from './world.ts';

const deployment = (replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: nginx, image: "nginx:1.27"}
`;

/** Hovers over a word of the file until its explanation shows. */
async function hoverWord(page: Page, word: string): Promise<void> {
  const letters = page.getByTestId('monaco-editor').locator('.view-line span', { hasText: word }).last();
  await expect(async () => {
    await page.mouse.move(5, 5);
    await letters.hover();
    await expect(page.locator('.monaco-hover').filter({ hasText: /\S/ }).first()).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 40_000 });
}

for (const [language, text] of [['en', 'How many pods should run'], ['zh-CN', '应该运行多少个 Pod']] as const) {
  test(`fields explain themselves and are completed, ${language}`, async ({ page }) => {
    await openWorld(page, `?lang=${language}`);
    await writeFile(page, deployment(3));
    await hoverWord(page, 'replicas');
    await expect(page.locator('.monaco-hover').filter({ hasText: text }).first()).toBeVisible();
    await writeFile(page, 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: one\nspec:\n  ');
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type('cont');
    await page.keyboard.press('Control+Space');
    await expect(page.locator('.suggest-widget')).toContainText('containers', { timeout: 20_000 });
  });
}

test('unknown fields and what the API server refuses are marked on their lines', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  const marks = page.getByTestId('monaco-editor').locator('.squiggly-error, .squiggly-warning');
  await writeFile(page, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndato: {}\n');
  await expect(marks.first()).toBeVisible({ timeout: 20_000 });
  // The schema has nothing against this one; only the API server knows.
  await writeFile(page, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: Not_Valid\ndata: {a: b}\n');
  await expect(marks).toHaveCount(0, { timeout: 20_000 });
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer-problem')).toContainText('metadata.name');
  await expect(page.getByTestId('answer-problem').getByRole('button')).toHaveText('Line 4');
  await expect(marks.first()).toBeVisible();
  const lines = page.getByTestId('monaco-editor').locator('.view-line');
  const [mark, line] = [await marks.first().boundingBox(), await lines.filter({ hasText: 'Not_Valid' }).boundingBox()];
  expect(Math.abs((mark?.y ?? 0) - (line?.y ?? 99))).toBeLessThan(12);
  // Once the line is mended the mark has nothing to say any more.
  await writeFile(page, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: valid\ndata: {a: b}\n');
  await expect(marks).toHaveCount(0);
});

test('several documents are applied in their order, and each is answered', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  await writeFile(page, `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n---\n${deployment(1)}---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n`);
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer-line')).toHaveText(['configmap/settings created', 'deployment.apps/web created', 'service/web created']);
});

test('a dry run stores nothing, and the diff shows what an apply would change', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  await page.getByTestId('dry-run').click();
  await expect(page.getByTestId('answer')).toContainText('deployment.apps/web created (server dry run)');
  await expect(page.getByTestId('undo')).toHaveAttribute('aria-disabled', 'true');
  await applyAndRun(page, 3);
  await pause(page);
  await page.getByTestId('diff').click();
  const dialog = page.getByTestId('diff-dialog');
  await expect(dialog).toContainText('No difference');
  await page.keyboard.press('Escape');
  await writeFile(page, deployment(5));
  await page.getByTestId('diff').click();
  await expect(dialog).toContainText('replicas: 3');
  await expect(dialog).toContainText('replicas: 5');
  await expectAccessible(page, '[data-testid=diff-dialog]');
  await page.getByTestId('diff-apply').click();
  await expect(page.getByTestId('answer')).toContainText('deployment.apps/web configured');
  await expect(pods(page, 'Running')).toHaveCount(5, { timeout: 60_000 });
});

const definition = (more = ''): string => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: courses.school.example}
spec:
  group: school.example
  scope: Namespaced
  names: {plural: courses, singular: course, kind: Course}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                seats: {type: integer, minimum: 1, description: How many people may come.}
                level: {type: string, enum: [beginner, advanced]}
${more}`;
const course = (spec: string, version = 'v1'): string => `apiVersion: school.example/${version}\nkind: Course\nmetadata: {name: sailing}\nspec:\n  ${spec}\n`;

test('a custom kind is known as long as its definition is in the file or in the cluster', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  const marks = page.getByTestId('monaco-editor').locator('.squiggly-error, .squiggly-warning');
  const explained = page.locator('.monaco-hover').filter({ hasText: 'The cluster has no kind Course in school.example/v1. Apply its CustomResourceDefinition first' });
  await writeFile(page, course('seats: 12'));
  await expect(marks).toHaveCount(1, { timeout: 20_000 });
  await hoverWord(page, 'Course');
  await expect(explained.first()).toBeVisible();

  // Written in the same file, each served version has its own schema.
  const second = '    - {name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {places: {type: integer}}}}}}}\n';
  await writeFile(page, `${definition(second)}---\n${course('seats: 12')}---\n${course('places: 12', 'v2')}`);
  await expect(marks).toHaveCount(0, { timeout: 20_000 });
  await writeFile(page, `${definition(second)}---\n${course('seats: many')}---\n${course('seats: 12', 'v2')}`);
  await expect(marks).toHaveCount(2, { timeout: 20_000 });

  // Served by the cluster, the definition need not be in the file.
  await writeFile(page, definition());
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer-line')).toHaveText('customresourcedefinition.apiextensions.k8s.io/courses.school.example created');
  await writeFile(page, course('seats: 0'));
  await hoverWord(page, 'seats');
  await expect(page.locator('.monaco-hover').filter({ hasText: 'How many people may come.' }).first()).toBeVisible();
  await writeFile(page, course('level: '));
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Control+Space');
  await expect(page.locator('.suggest-widget')).toContainText('advanced', { timeout: 20_000 });
  await page.keyboard.press('Escape');
  await writeFile(page, course('seats: 12'));
  await expect(marks).toHaveCount(0, { timeout: 20_000 });

  // Without the definition nobody knows the kind any more.
  await page.getByTestId('undo').click();
  await expect(marks).toHaveCount(1, { timeout: 20_000 });
  await hoverWord(page, 'Course');
  await expect(explained.first()).toBeVisible();
});

test('the sample of a custom resource is sound, and does what its comments say', async ({ page }) => {
  await openWorld(page);
  await setSpeed(page, 'beats 256');
  const lines = page.getByTestId('answer-line');
  await page.getByTestId('add-file').click();
  await page.getByTestId('open-samples').click();
  await page.getByTestId('sample-customResource').click();
  await page.getByTestId('sample-open').click();
  await expect(page.getByTestId('monaco-editor')).toContainText('CustomResourceDefinition', { timeout: 20_000 });
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer')).toContainText('ensure CRDs are installed first');
  // The definition is served a moment after it was created.
  await expect(async () => {
    await page.getByTestId('apply').click();
    await expect(lines).toHaveText(['customresourcedefinition.apiextensions.k8s.io/crews.harbor.example unchanged', /crew.harbor.example\/aurora (created|unchanged)/], { timeout: 5_000 });
  }).toPass({ timeout: 40_000 });
  await expect(page.getByTestId('monaco-editor').locator('.squiggly-error, .squiggly-warning')).toHaveCount(0, { timeout: 20_000 });

  await page.getByTestId('component-etcd').getByRole('button').first().click();
  await page.getByTestId('objects-Crew').click();
  await expect(page.getByTestId('objects-Crew').getByRole('listitem')).toHaveText('default/aurora · Aurora');
  await page.getByTestId('objects-Crew').getByRole('button').click();
  await expect(page.getByTestId('inspector')).toContainText('Sailors');

  const crew = (sailors: number): string => `apiVersion: harbor.example/v1\nkind: Crew\nmetadata: {name: aurora}\nspec: {ship: Aurora, sailors: ${sailors}}\n`;
  await writeFile(page, crew(1));
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer')).toContainText('a ship does not sail without its smallest crew');
});
