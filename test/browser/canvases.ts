import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { readExample } from '../host/example';
import { cacheFolder, repository } from '../host/paths';
import { openStage } from '../host/stage';
import { openBrowser } from './chromium';
import { Editor } from './editor';
import { byId } from './locate';

/** Takes a picture of each example's canvas, for examples/README.md. */
async function main() {
	const stage = await openStage(join(cacheFolder, 'canvases'));
	const browser = await openBrowser({ width: 1800, height: 900, colorScheme: 'light' });
	try {
		const editor = new Editor(browser.page, stage.url);
		await editor.signIn();
		for (const [name, type] of SERVICES) await stage.rest.saveCredential(name, type, {});
		for (const file of globSync('*.json', { cwd: join(repository, 'examples') }).sort()) {
			const name = basename(file, '.json');
			const workflow = await stage.rest.importWorkflow(await readExample(name));
			await editor.openWorkflow(workflow.id);
			await byId(browser.page, 'zoom-to-fit').click();
			// The canvas glides to its place.
			await browser.page.waitForTimeout(2000);
			await browser.page.addStyleTag({ content: WORKFLOW_ONLY });
			const screenshot = await browser.page.screenshot();
			const picture = sharp(screenshot).trim({ threshold: 12, margin: 12 }).webp({ quality: 80 });
			const { size } = await picture.toFile(join(PICTURES, `${name}.webp`));
			console.log(`  ${name}.webp, ${Math.round(size / 1024)} kB`);
		}
	} finally {
		await browser.close();
		await stage.close();
	}
}

/** Credentials that the examples refer to; n8n marks a node whose credential is missing. */
const SERVICES = [
	['Wordpress account', 'wordpressApi'],
	['S3 account', 's3'],
	['Postgres account', 'postgres'],
] as const;

const PICTURES = join(repository, 'examples', 'images');

/** Only nodes, notes and connections: what can be clicked says nothing in a picture. */
const WORKFLOW_ONLY = `
	body * { visibility: hidden; }
	.vue-flow__transformationpane, .vue-flow__transformationpane * { visibility: visible; }
	[data-test-id="canvas-handle-plus"] { display: none; }
`;

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
