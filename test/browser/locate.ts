import type { Locator, Page } from 'playwright-core';

/** n8n marks what its own tests use by this attribute. */
export function byId(within: Page | Locator, id: string): Locator {
	return within.locator(`[data-test-id="${id}"]`);
}
