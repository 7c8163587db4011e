/** npm run demo: the main workflow in a real n8n, against the mock OpenAI server. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { ItemImage } from '../nodes/outputs';
import { filesFolder } from '../test/host/environment';
import { provideExampleFile, readExample } from '../test/host/example';
import { failureOf, outputOf } from '../test/host/execution';
import { cacheFolder } from '../test/host/paths';
import { seconds } from '../test/host/progress';
import { openStage, type Stage } from '../test/host/stage';
import { table } from '../test/host/table';

async function main() {
	const started = performance.now();
	const folder = join(cacheFolder, 'demo');
	const stage = await openStage(folder);
	try {
		const failures = await paint(stage);
		if (failures > 0) throw new Error(`${failures} of the rows did not become an image`);
	} finally {
		await stage.close();
	}
	console.log(`Stopped n8n and the mock server. The demo took ${seconds(started)}.`);
}

/** Runs the example, prints what came out, and returns the number of rows that failed. */
async function paint({ folder, rest }: Stage): Promise<number> {
	await rm(filesFolder(folder), { recursive: true, force: true });
	const files = await provideExampleFile('products.csv', folder);
	const workflow = await rest.importWorkflow(await readExample('spreadsheet-to-images'));
	console.log(`- Running the workflow "${workflow.name}"\n`);
	const execution = await rest.runWorkflow(workflow.id, 'Start');
	const failure = failureOf(execution);
	if (failure !== undefined) throw new Error(`The workflow failed: ${failure}`);

	const drawn = outputOf(execution, 'Draw Images');
	const headings = ['row', 'file', 'size', 'format', 'bytes', 'tokens', 'cost (USD)', 'seconds'];
	console.log(table(headings, drawn.map(row)));
	const refused = outputOf(execution, 'Rows to Review');
	for (const { json } of refused) {
		console.log(`\n${json.sku} was refused: ${json.error}\n${json.message}`);
	}

	const saved = new Set(await readdir(files));
	const missing = drawn.map(image).filter(({ fileName }) => !saved.has(fileName));
	console.log(`\n${drawn.length - missing.length} images for ${total(drawn)} are in ${files}`);
	return drawn.length === 0 ? 1 : refused.length + missing.length;
}

function image({ json }: INodeExecutionData): ItemImage {
	return json.image as IDataObject & ItemImage;
}

function row(item: INodeExecutionData): Array<string | number> {
	const { fileName, width, height, format, bytes, usage, cost, request } = image(item);
	return [
		rowNumber(item),
		fileName,
		`${width}x${height}`,
		format,
		bytes,
		tokens(usage),
		cost?.usd?.toFixed(5) ?? '',
		(request.durationMs / 1000).toFixed(1),
	];
}

/** The row of the spreadsheet, counted from 1 below its headings. */
function rowNumber({ pairedItem }: INodeExecutionData): number {
	const [source] = [pairedItem].flat();
	return (typeof source === 'object' ? source.item : (source ?? NaN)) + 1;
}

/** What all images cost at OpenAI's prices; the mock server bills nobody. */
function total(items: INodeExecutionData[]): string {
	const costs = items.map((item) => image(item).cost?.usd);
	const known = costs.filter((usd) => typeof usd === 'number');
	if (known.length < costs.length) return 'an unknown sum';
	return `$${known.reduce((sum, usd) => sum + usd, 0).toFixed(5)}`;
}

function tokens(usage: ItemImage['usage']): number | string {
	if (!usage) return '';
	return Object.values(usage).reduce<number>(
		(sum, count) => sum + (typeof count === 'number' ? count : 0),
		0,
	);
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? `\n${error.message}` : error);
	process.exitCode = 1;
});
