import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { readExample } from '../host/example';
import { repository } from '../host/paths';
import type { Stage } from '../host/stage';
import type { Editor } from './editor';
import { byId, steady } from './locate';
import { boxOf, save } from './image';

/** Takes an image of each example's canvas, for examples/README.md. */
export async function takeCanvases({ rest }: Stage, editor: Editor): Promise<void> {
	for (const [name, type] of SERVICES) await rest.saveCredential(name, type, {});
	for (const file of globSync('*.json', { cwd: join(repository, 'examples') }).sort()) {
		const name = basename(file, '.json');
		const { id } = await rest.importWorkflow(await readExample(name));
		await editor.openWorkflow(id);
		await save(`examples/images/${name}.webp`, await wholeCanvas(editor));
	}
}

/** The whole workflow that is open: only nodes, notes and connections. */
export async function wholeCanvas({ page }: Editor): Promise<Buffer> {
	await page.setViewportSize({ width: 1800, height: 1000 });
	const style = await page.addStyleTag({ content: WORKFLOW_ONLY });
	await byId(page, 'zoom-to-fit').dispatchEvent('click');
	// n8n takes no account of what stands beside the canvas, and may leave notes out of sight.
	for (let tries = 0; tries < 10 && !(await isWhole(page)); tries++) {
		await byId(page, 'zoom-out-button').dispatchEvent('click');
	}
	const screenshot = await page.screenshot();
	await style.evaluate((element: { remove: () => void }) => element.remove());
	return await sharp(screenshot).trim({ threshold: 12, margin: 48 }).png().toBuffer();
}

/** Whether all is in the window, once the canvas has glided to its place. */
async function isWhole(page: Page): Promise<boolean> {
	const boxes = await steady(
		page,
		async () => await Promise.all((await page.locator('.vue-flow__node').all()).map(boxOf)),
	);
	const window = page.viewportSize() ?? { width: 0, height: 0 };
	return boxes.every(
		({ x, y, width, height }) =>
			x > MARGIN &&
			y > MARGIN &&
			x + width < window.width - MARGIN &&
			y + height < window.height - MARGIN,
	);
}

/** Room for what is around a node, in CSS pixels: its name, the sign of a trigger. */
const MARGIN = 50;

/** Credentials that the examples refer to; n8n marks a node whose credential is missing. */
const SERVICES = [
	['Wordpress account', 'wordpressApi'],
	['S3 account', 's3'],
	['Postgres account', 'postgres'],
] as const;

/** What can be clicked says nothing in an image. */
const WORKFLOW_ONLY = `
	body * { visibility: hidden; }
	.vue-flow__transformationpane, .vue-flow__transformationpane * { visibility: visible; }
	[data-test-id="canvas-handle-plus-wrapper"] { display: none; }
	:has(> [data-test-id="canvas-handle-plus-wrapper"]) > [class*="runDataLabel"] { display: none; }
`;
