import type { Locator, Page } from 'playwright-core';
import { owner } from '../host/rest';
import { byId, textsOf } from './locate';
import { NodeView } from './node-view';

/** n8n's editor, by the hand of a person: sign-in form, node panel, canvas. */
export class Editor {
	constructor(
		readonly page: Page,
		private readonly url: string,
	) {}

	async signIn(): Promise<void> {
		await this.page.goto(`${this.url}/signin`);
		await this.page.locator('input[type=email]').fill(owner.email);
		await this.page.locator('input[type=password]').fill(owner.password);
		await byId(this.page, 'form-submit-button').click();
		await this.page.waitForURL(/\/(home|workflow)/);
	}

	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(`${this.url}/workflow/${id}`);
		await byId(this.page, 'canvas-node').first().waitFor();
	}

	/** The names of the nodes that the node panel finds, best first. */
	async searchNodes(words: string): Promise<string[]> {
		const bar = byId(this.page, 'node-creator-search-bar');
		const button = byId(this.page, 'node-creator-plus-button');
		await bar.or(button).first().waitFor();
		// n8n opens the panel by itself where there is only a trigger, and then takes the button away.
		for (let tries = 0; tries < 10 && !(await bar.isVisible()); tries++) {
			await button.click({ timeout: 5000 }).catch(() => undefined);
		}
		// Emptied first, so that the answer to the last words is not taken for the new one.
		await bar.fill('qqqqqq');
		await byId(this.page, 'node-creator-item-name').first().waitFor({ state: 'detached' });
		await bar.fill(words);
		return await textsOf(byId(this.page, 'node-creator-item-name'));
	}

	/** What the panel says of the nodes it has found. */
	async descriptions(): Promise<string[]> {
		return await textsOf(byId(this.page, 'node-creator-item-description'));
	}

	/** What a node of the panel offers to do. */
	async actionsOf(node: string): Promise<string[]> {
		await this.panelItem(node).click();
		await this.panelItem(node).waitFor({ state: 'detached' });
		return await textsOf(byId(this.page, 'node-creator-item-name'));
	}

	/** Adds a node by one of the actions that are shown, and opens it. */
	async addAction(action: string): Promise<NodeView> {
		await this.panelItem(action).click();
		return await NodeView.of(this.page);
	}

	async openNode(name: string): Promise<NodeView> {
		await this.canvasNode(name).dblclick();
		return await NodeView.of(this.page);
	}

	async closeNode(): Promise<void> {
		await byId(this.page, 'ndv-close-button').click();
		await byId(this.page, 'ndv').waitFor({ state: 'detached' });
	}

	/** The words on the canvas for a node: name, what it does, outputs. */
	async canvasTextOf(name: string): Promise<string[]> {
		return (await this.canvasNode(name).innerText()).split('\n').filter((line) => line !== '');
	}

	async executeWorkflow(): Promise<void> {
		// Waited for from before the click: the notice is gone again after some seconds.
		await Promise.all([
			this.page
				.getByText(/executed successfully|Problem in node/)
				.first()
				.waitFor(),
			byId(this.page, 'execute-workflow-button').first().click(),
		]);
	}

	/** Also one that is still to come: n8n shows it a moment after the end of a run, mostly. */
	async closeNotices(): Promise<void> {
		const first = this.page.locator('.el-notification').first();
		await first.waitFor({ timeout: 3000 }).catch(() => undefined);
		const closing = this.page.locator('.el-notification__closeBtn');
		for (const button of await closing.all()) await button.click().catch(() => undefined);
		await first.waitFor({ state: 'detached' });
	}

	private canvasNode(name: string): Locator {
		return this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
	}

	private panelItem(name: string): Locator {
		return byId(this.page, 'node-creator-item-name').getByText(name, { exact: true });
	}
}
