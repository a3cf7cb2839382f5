/** Objects to be scheduled, and the way to the decision about one of them. */
import type { Page } from '@playwright/test';
import { expect } from './support.ts';
import { writeFile } from './world.ts';

/** Applies objects as lines of JSON: the editor indents nothing in them. */
export async function apply(page: Page, objects: readonly object[], answer: string): Promise<void> {
  await writeFile(page, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  await page.getByTestId('apply').click();
  await expect(page.getByTestId('answer')).toContainText(answer, { timeout: 20_000 });
}

export const node = (name: string, labels: object, taints: readonly object[] = []): object => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: taints.length > 0 ? { taints } : {} });
export const pod = (name: string, cpu: string, spec: object = {}, labels: object = { app: 'web' }): object => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, labels },
  spec: { containers: [{ name: 'main', image: 'nginx:1.29', resources: { requests: { cpu, memory: '1Gi' } } }], ...spec },
});

/** Opens the view on a pod once its attempt is known. */
export async function openDecision(page: Page, name: string): Promise<void> {
  await page.getByTestId('open-scheduling-card').click();
  await expect(page.getByTestId('scheduling-pod').locator(`option[value="default/${name}"]`)).toHaveCount(1, { timeout: 20_000 });
  await page.getByTestId('scheduling-pod').selectOption(`default/${name}`);
  await expect(page.getByTestId('walk-says')).not.toBeEmpty({ timeout: 20_000 });
}
