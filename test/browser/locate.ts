import type { Locator, Page } from 'playwright-core';

/** n8n marks what its own tests use by this attribute. */
export function byId(within: Page | Locator, id: string): Locator {
	return within.locator(`[data-test-id="${id}"]`);
}

/** What a page shows that is still being filled or still moves: read until it stays the same. */
export async function steady<Seen>(page: Page, look: () => Promise<Seen>): Promise<Seen> {
	for (let before = await look(); ;) {
		await page.waitForTimeout(STEADY_MS);
		const now = await look();
		if (JSON.stringify(now) === JSON.stringify(before)) return now;
		before = now;
	}
}

/**
 * The texts of a list, once it is filled.
 * @param timeout in milliseconds, for each look; undefined = the page's
 */
export async function textsOf(list: Locator, timeout?: number): Promise<string[]> {
	return await steady(list.page(), async () => {
		await list.first().waitFor({ timeout });
		return await list.allInnerTexts();
	});
}

const STEADY_MS = 300;
