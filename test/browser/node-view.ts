import type { Locator, Page } from 'playwright-core';
import type { CredentialTest } from '../host/types';
import { byId, textsOf } from './locate';

/** What a failed step shows: the red line and the advice below it. */
export interface ShownFailure {
	message: string;
	advice: string;
}

/** What of the browser's own HTMLImageElement is asked here. */
interface DrawnImage {
	naturalWidth: number;
	naturalHeight: number;
	decode(): Promise<void>;
}

/** The opened node: its parameters in the middle, its output on the right. */
export class NodeView {
	private constructor(private readonly page: Page) {}

	/** Waits until a node is open. */
	static async of(page: Page): Promise<NodeView> {
		await byId(page, 'node-parameters').first().waitFor();
		return new NodeView(page);
	}

	get name(): Promise<string> {
		return byId(this.page, 'node-title-container').innerText();
	}

	/** The parameters that are shown, from top to bottom, by their technical names. */
	async parameters(): Promise<string[]> {
		const shown = byId(this.page, 'node-parameters').locator('[data-test-id^="parameter-input-"]');
		const ids = await shown.evaluateAll((elements) =>
			elements.map((element) => element.getAttribute('data-test-id') ?? ''),
		);
		const names = ids.map((id) => id.replace('parameter-input-', ''));
		return [...new Set(names.filter((name) => name !== 'field'))];
	}

	/** From the top of the parameters to the end of the last one, in CSS pixels. */
	async height(): Promise<number> {
		const all = await byId(this.page, 'node-parameters').first().boundingBox();
		const last = await byId(this.page, 'collection-parameter-add').last().boundingBox();
		if (!all || !last) throw new Error('No parameters are shown');
		return Math.round(last.y + last.height - all.y);
	}

	/**
	 * Drags a field of the input's schema into a parameter.
	 * @returns the expression that n8n made of it
	 */
	async mapField(field: string, parameter: string): Promise<string> {
		const input = byId(this.page, 'ndv-input-panel');
		const pill = input.locator('[data-test-id="run-data-schema-item"]').filter({ hasText: field });
		const target = byId(this.page, `assignment-collection-${parameter}`);
		await pill.first().locator('[data-target="mappable"]').first().dragTo(target);
		return await target.locator('.cm-content').last().innerText();
	}

	/** What can be chosen in a list parameter, each without its help text. */
	async choices(parameter: string): Promise<string[]> {
		for (let tries = 0; ; tries++) {
			await this.openList(parameter);
			// It closes while it is read when its prices come only now.
			const texts = await textsOf(this.listItems, 5_000).catch((error: unknown) => {
				if (tries === 4) throw error;
			});
			if (!texts) continue;
			await this.closeList();
			return texts.map((text) => text.split('\n')[0] ?? '');
		}
	}

	async choose(parameter: string, choice: string): Promise<void> {
		await this.openList(parameter);
		await this.pick(choice);
	}

	async type(parameter: string, text: string): Promise<void> {
		const input = this.input(parameter).locator('textarea, input').first();
		await input.fill(text);
		await input.blur();
	}

	async switch(parameter: string): Promise<void> {
		await this.input(parameter).locator('.el-switch, [role=switch]').first().click();
	}

	/** The lines of the opened model list, which n8n asks the node for. */
	async models(): Promise<string[]> {
		await byId(this.page, 'rlc-input').click();
		const lines = await textsOf(byId(this.page, 'rlc-item'));
		await this.closeList();
		return lines;
	}

	/** Takes a model from the list. */
	async chooseModel(id: string): Promise<void> {
		await this.modelMode('From list');
		await byId(this.page, 'rlc-input').click();
		const lines = byId(this.page, 'rlc-item');
		await lines.filter({ hasText: new RegExp(`^\\s*${id.replaceAll('.', '\\.')}(\\s|$)`) }).click();
		await lines.first().waitFor({ state: 'detached' });
	}

	/** Writes a model's id. */
	async typeModel(id: string): Promise<void> {
		await this.modelMode('By ID');
		await byId(this.input('model'), 'rlc-input')
			.locator('input')
			.or(byId(this.input('model'), 'rlc-input').and(this.page.locator('input')))
			.first()
			.fill(id);
	}

	/** Writes an expression into a parameter. */
	async express(parameter: string, expression: string): Promise<void> {
		await this.toggle(parameter, 'Expression');
		const editor = this.input(parameter).locator('.cm-content');
		await editor.click();
		await this.page.keyboard.press('ControlOrMeta+a');
		await this.page.keyboard.insertText(expression);
		await this.page.keyboard.press('Escape');
	}

	/** Back from an expression to a fixed value. */
	async fix(parameter: string): Promise<void> {
		await this.toggle(parameter, 'Fixed');
	}

	/** The options that can be added, by their display names. */
	async options(): Promise<string[]> {
		await byId(this.page, 'collection-parameter-add').first().click();
		const names = await textsOf(this.listItems);
		await this.closeList();
		return names;
	}

	async addOption(name: string): Promise<void> {
		await byId(this.page, 'collection-parameter-add').first().click();
		await this.pick(name);
	}

	/**
	 * Runs this step, for the first time since it was opened, and waits for its end. n8n's notice of
	 * it is not waited for: on a busy machine some runs end without.
	 */
	async execute(): Promise<void> {
		await byId(this.page, 'node-execute-button').click();
		await this.output.locator('[data-test-id^="node-run-status-"]').waitFor();
	}

	get output(): Locator {
		return byId(this.page, 'output-panel');
	}

	async show(mode: 'schema' | 'table' | 'json' | 'binary'): Promise<void> {
		await byId(this.output, `radio-button-${mode}`).click();
	}

	/** The lines above the output: what the node wants known. */
	async hints(): Promise<string> {
		const hints = byId(this.output, 'run-data-hints').filter({ hasText: /\S/ });
		return await hints.innerText();
	}

	async failure(): Promise<ShownFailure> {
		return {
			message: await byId(this.output, 'node-error-message').innerText(),
			advice: await byId(this.output, 'node-error-description').innerText(),
		};
	}

	/** Opens the image of the first item, and returns its size once it is drawn. */
	async viewImage(): Promise<{ width: number; height: number }> {
		await this.show('binary');
		await byId(this.output, 'ndv-view-binary-data').first().click();
		const image = this.output.locator('img[src*="binary-data"], embed, img').last();
		await image.waitFor();
		return await image.evaluate(async (image: DrawnImage) => {
			await image.decode();
			return { width: image.naturalWidth, height: image.naturalHeight };
		});
	}

	/**
	 * Makes a credential in the dialog and returns what its test says: undefined when it passed,
	 * which closes the dialog.
	 */
	async newCredential(values: Record<string, string>): Promise<string | undefined> {
		await byId(this.page, 'node-credentials-select').click();
		await byId(this.page, 'node-credentials-select-item-new').click();
		return await this.saveCredential(values);
	}

	/** Fills the open credential dialog, saves, and returns what its test says. */
	async saveCredential(values: Record<string, string>): Promise<string | undefined> {
		const dialog = byId(this.page, 'credential-edit-dialog');
		for (const [name, value] of Object.entries(values)) {
			await byId(dialog, `parameter-input-${name}`).locator('input').first().fill(value);
		}
		const tested = this.page.waitForResponse((answer) =>
			answer.url().endsWith('/credentials/test'),
		);
		await byId(this.page, 'credential-save-button').click();
		const { data } = (await (await tested).json()) as { data: CredentialTest };
		if (data.status === 'OK') {
			await dialog.waitFor({ state: 'detached' });
			return undefined;
		}
		return await dialog.getByText(/Couldn.t connect/).innerText();
	}

	private input(parameter: string): Locator {
		return byId(this.page, `parameter-input-${parameter}`).first();
	}

	private get listItems(): Locator {
		return this.page
			.locator('[role=option]:visible, [role=menuitem]:visible')
			.filter({ hasText: /\S/ });
	}

	private async openList(parameter: string): Promise<void> {
		const first = this.listItems.first();
		// A list that is asked for again, as its prices are when the model changes, closes.
		for (let tries = 0; tries < 5; tries++) {
			await this.input(parameter).locator('input').first().click();
			await first.waitFor({ timeout: 10_000 }).catch(() => undefined);
			await this.page.waitForTimeout(500);
			if (await first.isVisible()) return;
		}
		await first.waitFor();
	}

	private async pick(choice: string): Promise<void> {
		const item = this.listItems.filter({ has: this.page.getByText(choice, { exact: true }) });
		await item.first().click();
		await this.listItems.first().waitFor({ state: 'hidden' });
	}

	private async closeList(): Promise<void> {
		await this.page.keyboard.press('Escape');
		await this.listItems.first().waitFor({ state: 'hidden' });
	}

	private async modelMode(mode: 'From list' | 'By ID'): Promise<void> {
		const selector = byId(this.page, 'rlc-mode-selector');
		if ((await selector.locator('input').inputValue()) === mode) return;
		await selector.click();
		await this.pick(mode);
	}

	private async toggle(parameter: string, to: 'Fixed' | 'Expression'): Promise<void> {
		await this.input(parameter).hover();
		await byId(this.page, `${parameter}-parameter-input-options-container`)
			.getByText(to, { exact: true })
			.click();
	}
}
