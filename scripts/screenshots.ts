/** npm run screenshots: the images of the README and the docs. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { cacheFolder } from '../test/host/paths';
import { openStage, type Stage } from '../test/host/stage';
import { takeCanvases } from '../test/browser/canvases';
import { openBrowser } from '../test/browser/chromium';
import { Editor } from '../test/browser/editor';
import { takeHero } from '../test/browser/hero';
import { byId } from '../test/browser/locate';
import { oneNode, START } from '../test/browser/one-node';
import { boxOf, card, save, withoutInput, type Crop } from '../test/browser/image';

/** Takes the images in a real n8n. They are compared by eye, not by a test. */
async function main() {
	const folder = join(cacheFolder, 'screenshots');
	await rm(folder, { recursive: true, force: true });
	const stage = await openStage(folder);
	try {
		await takeAll(stage);
	} finally {
		await stage.close();
	}
}

async function takeAll(stage: Stage) {
	const browser = await openBrowser({ width: 1440, height: 860, scale: 2 });
	try {
		const editor = new Editor(browser.page, stage.url);
		await editor.signIn();
		await takeInstalled(stage, editor);
		await takeCredential(stage, editor);
		await takeHero(stage, editor);
		await takeSearch(editor);
		await takeRefusal(stage, editor);
		await takePrices(stage, editor);
		await takeCanvases(stage, editor);
	} finally {
		await browser.close();
	}
}

/** The list of community nodes after the installation. */
async function takeInstalled({ url, packed }: Stage, { page }: Editor) {
	await page.setViewportSize({ width: 1240, height: 860 });
	await page.goto(`${url}/settings/community-nodes`);
	// Until the list is there, n8n shows empty lines in its place.
	const line = await boxOf(byId(page, 'community-package-card').filter({ hasText: packed.name }));
	const button = await boxOf(page.getByRole('button', { name: 'Install' }));
	const y = button.y - MARGIN;
	const x = line.x - MARGIN;
	const height = line.y + line.height + MARGIN - y;
	await shot('editor-installed', page, { x, y, width: line.width + 2 * MARGIN, height });
}

/** A credential whose test has passed. */
async function takeCredential({ url, credential }: Stage, { page }: Editor) {
	await page.setViewportSize({ width: 1240, height: 800 });
	await page.goto(`${url}/home/credentials/${credential.id}`);
	await byId(page, 'credentials-config-container-test-success').waitFor();
	await shot('editor-credential', page, await boxOf(byId(page, 'editCredential-modal')), 720);
}

/** What the node panel finds for the name of models that are gone. */
async function takeSearch(editor: Editor) {
	await editor.searchNodes('dall-e');
	const panel = await boxOf(byId(editor.page, 'node-creator'));
	await shot('editor-search', editor.page, { ...panel, height: 290 }, 420);
}

/** A size that no model can draw. */
async function takeRefusal({ rest, credential }: Stage, editor: Editor) {
	const { page } = editor;
	await page.setViewportSize({ width: 1440, height: 860 });
	const parameters = { prompt: 'A ceramic mug on a linen cloth', size: 'custom' };
	const { id } = await rest.importWorkflow(oneNode({ credential }, parameters));
	await editor.openWorkflow(id);
	const node = await editor.openNode('GPT Image');
	await node.type('width', '1000');
	await node.type('height', '1000');
	await node.execute();
	await editor.closeNotices();
	await shot('editor-refused', page, await withoutInput(page, 'parameter-input-quality'));
}

/** What each model asks for the same image. */
async function takePrices({ rest }: Stage, editor: Editor) {
	const { page } = editor;
	await page.setViewportSize({ width: 1400, height: 900 });
	const { id } = await rest.importWorkflow({
		name: 'Prices',
		nodes: [START, COMPARE],
		connections: { Start: { main: [[{ node: COMPARE.name, type: 'main', index: 0 }]] } },
	});
	await editor.openWorkflow(id);
	const node = await editor.openNode(COMPARE.name);
	await node.execute();
	await editor.closeNotices();
	await node.show('table');
	// Room for the table: the parameters go to the left, over the empty input.
	const handle = await boxOf(byId(page, 'panel-drag-button'));
	await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
	await page.mouse.down();
	await page.mouse.move(0, handle.y, { steps: 10 });
	await page.mouse.up();
	await shot('cost-compare', page, await withoutInput(page, 'collection-parameter-add'), 1200);
}

const COMPARE = {
	id: 'compare',
	name: 'GPT Image Cost',
	type: 'n8n-nodes-gpt-image.gptImageCost',
	typeVersion: 1,
	position: [240, 0] as [number, number],
	parameters: {
		operation: 'compare',
		prompt: 'Studio photo of a ceramic mug on a linen cloth, soft morning light',
		size: '1536x1024',
		quality: 'medium',
	},
};

/** Room around a part of a page, in CSS pixels. */
const MARGIN = 24;

async function shot(name: string, page: Page, clip: Crop, width = 900) {
	const { bytes } = await card(await page.screenshot({ clip }), width);
	await save(`docs/images/${name}.webp`, bytes);
}

void main();
