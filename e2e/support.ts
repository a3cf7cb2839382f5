/** What the end-to-end tests share: a page whose errors fail the test, and an accessibility check. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type Page } from '@playwright/test';

export { expect };

/** Messages of uncaught errors, console errors and violations of the Content-Security-Policy of one page. */
function collectErrors(page: Page): readonly string[] {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`console: ${message.text()}`);
  });
  return errors;
}

/** The test function of this project: a test also fails if the page logged an error. */
export const test = base.extend<{ failOnPageErrors: void; expectedErrors: readonly string[] }>({
  /** Errors that a test brings about on purpose. */
  expectedErrors: [[], { option: true }],
  failOnPageErrors: [
    async ({ page, expectedErrors }, use) => {
      const errors = collectErrors(page);
      await use();
      const unexpected = errors.filter((error) => !expectedErrors.some((each) => error.includes(each)));
      expect(unexpected, 'errors of the page').toEqual([]);
    },
    { auto: true },
  ],
});

/**
 * Opens the page and waits until its shell is there.
 * @param query what follows the path, such as `?lang=zh-CN`
 */
export async function openPage(page: Page, query = ''): Promise<void> {
  await page.goto(`./${query}`);
  await expect(page.locator('main').first()).toBeVisible();
}

/** Expects that axe finds nothing wrong on the page, or in the part that `within` selects. */
export async function expectAccessible(page: Page, within?: string): Promise<void> {
  const builder = new AxeBuilder({ page });
  const { violations } = await (within ? builder.include(within) : builder).analyze();
  const lines = violations.map((v) => `${v.id}: ${v.help} — ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`);
  expect(lines).toEqual([]);
}
