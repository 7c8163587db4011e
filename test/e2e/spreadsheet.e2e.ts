import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';
import { failureOf, outputOf } from '../host/execution';
import type { Stage } from '../host/stage';
import type { Execution } from '../host/types';
import { freshFiles, importExample } from './example';
import { sharedStage } from './shared';
import { readSheet, writeWorkbook } from './sheet';

/** What examples/products.csv asks for, and the output tokens of gpt-image-2 at low quality. */
const EXPECTED = [
	{ file: 'MUG-014.png', format: 'png', width: 1024, height: 1024, imageOutput: 196 },
	{ file: 'LMP-203.png', format: 'png', width: 1024, height: 1536, imageOutput: 158 },
	{ file: 'THR-077.jpg', format: 'jpeg', width: 1536, height: 1024, imageOutput: 158 },
	{ file: 'PLN-031.webp', format: 'webp', width: 1024, height: 1536, imageOutput: 158 },
	{ file: 'KNF-118.jpg', format: 'jpeg', width: 1536, height: 1024, imageOutput: 158 },
	{ file: 'CND-052.png', format: 'png', width: 1024, height: 1024, imageOutput: 196 },
	{ file: 'BAG-009.webp', format: 'webp', width: 1024, height: 1024, imageOutput: 196 },
];

test('a spreadsheet becomes images on disk and a results sheet', async () => {
	const stage = await sharedStage();
	const { execution, files } = await runExample(stage);
	assert.equal(failureOf(execution), undefined);

	const items = outputOf(execution, 'Save Images');
	assert.equal(items.length, EXPECTED.length);
	const fromDouble = new Set(stage.double.journal.flatMap(({ imageSha256 }) => imageSha256));
	assert.equal(fromDouble.size, EXPECTED.length);

	for (const [index, expected] of EXPECTED.entries()) {
		const content = await readFile(join(files, expected.file));
		const { format, width, height } = await sharp(content).metadata();
		assert.deepEqual({ format, width, height }, withoutTokens(expected), expected.file);
		const digest = sha256(content);
		assert.ok(fromDouble.has(digest), `${expected.file} is byte for byte what the API sent`);

		const { image, ...row } = items[index]?.json ?? {};
		assertImage(image as IDataObject, expected, content.length, digest);
		assert.equal(`${String(row.sku)}`, expected.file.split('.')[0]);
		assert.equal(row.size, `${width}x${height}`);
		assert.deepEqual(drawnFrom(execution, index), { item: index });
	}
	assert.deepEqual(outputOf(execution, 'Rows to Review'), []);
	await assertResults(files, items);
	assert.ok((await readFile(join(files, 'MUG-014.png'))).includes('caBX'), 'has its provenance');
});

test('a refused row leaves by the error output and the others are saved', async () => {
	const stage = await sharedStage();
	const { execution, files } = await runExample(stage, (csv) =>
		csv.replace('Reading lamp', 'Reading lamp [[moderation]]'),
	);
	assert.equal(failureOf(execution), undefined);

	const others = EXPECTED.map(({ file }) => file).filter((file) => file !== 'LMP-203.png');
	assert.deepEqual(await imagesIn(files), others.sort());

	const [refused, ...more] = outputOf(execution, 'Rows to Review');
	assert.ok(refused);
	assert.deepEqual(more, []);
	assert.equal(refused.json.sku, 'LMP-203', "n8n puts the row's own fields back");
	assert.equal(typeof refused.json.error, 'string');
	assert.equal(typeof refused.json.message, 'string');
	const details = refused.json.details as IDataObject;
	assert.equal(details.code, 'moderation_blocked');
	assert.equal(details.status, 400);
	assert.equal(details.retryable, false);
	assert.equal(details.itemIndex, 1);
	const attempts = stage.double.journal.filter(({ error }) => error === 'moderation_blocked');
	assert.equal(attempts.length, 1, 'a permanent refusal is not sent again');

	const lines = await readSheet(join(files, 'results.xlsx'));
	assert.equal(lines.length, EXPECTED.length, 'every row has its line');
	const line = lines.find(({ sku }) => sku === 'LMP-203');
	assert.equal(line?.status, 'refused');
	assert.match(String(line.reason), /moderation/i);
});

test('the list may be an Excel workbook', async () => {
	const stage = await sharedStage();
	stage.double.reset();
	const files = await freshFiles(stage, 'products.csv');
	const rows = await readSheet(join(files, 'products.csv'));
	await writeWorkbook(join(files, 'products.xlsx'), rows);
	const workflow = await importExample(stage.rest, 'spreadsheet-to-images', {
		list: 'products.xlsx',
	});
	const execution = await stage.rest.runWorkflow(workflow.id, 'Start');
	assert.equal(failureOf(execution), undefined);
	assert.deepEqual(await imagesIn(files), EXPECTED.map(({ file }) => file).sort());
	await assertResults(files, outputOf(execution, 'Save Images'));
});

/** Runs the example on its own or a changed product list, in an empty folder. */
async function runExample(
	stage: Stage,
	change?: (csv: string) => string,
): Promise<{ execution: Execution; files: string }> {
	stage.double.reset();
	const files = await freshFiles(stage, 'products.csv');
	if (change !== undefined) {
		const list = join(files, 'products.csv');
		await writeFile(list, change(await readFile(list, 'utf8')));
	}
	const workflow = await importExample(stage.rest, 'spreadsheet-to-images');
	return { execution: await stage.rest.runWorkflow(workflow.id, 'Start'), files };
}

async function imagesIn(files: string): Promise<string[]> {
	return (await readdir(files)).filter((file) => /\.(png|jpg|webp)$/.test(file)).sort();
}

/** The results sheet has a line for each image, in the order of the product list. */
async function assertResults(files: string, items: INodeExecutionData[]) {
	const lines = await readSheet(join(files, 'results.xlsx'));
	const expected = EXPECTED.map(({ file, width, height, imageOutput }, index) => {
		const { bytes, usage, cost } = items[index]?.json.image as IDataObject;
		const tokens = Number((usage as IDataObject).textInput) + imageOutput;
		const [sku] = file.split('.');
		const { usd } = cost as IDataObject;
		return { sku, status: 'done', file, size: `${width}x${height}`, bytes, tokens, cost_usd: usd };
	});
	assert.deepEqual(lines, expected);
}

function assertImage(
	image: IDataObject,
	expected: (typeof EXPECTED)[number],
	bytes: number,
	digest: string,
) {
	const { file, imageOutput, ...shape } = expected;
	assert.deepEqual(
		{
			model: image.model,
			fileName: image.fileName,
			format: image.format,
			width: image.width,
			height: image.height,
			quality: image.quality,
			bytes: image.bytes,
			sha256: image.sha256,
			index: image.index,
			count: image.count,
		},
		{
			model: 'gpt-image-2',
			fileName: file,
			...shape,
			quality: 'low',
			bytes,
			sha256: digest,
			index: 1,
			count: 1,
		},
	);
	assert.match(String(image.prompt), /^Product photograph for an online shop: /);
	const usage = image.usage as IDataObject;
	assert.equal(usage.imageOutput, imageOutput);
	assert.ok(Number(usage.textInput) > 0);
	const request = image.request as IDataObject;
	assert.match(String(request.id), /^req_/);
	assert.equal(request.attempts, 1);
}

function withoutTokens({ format, width, height }: (typeof EXPECTED)[number]) {
	return { format, width, height };
}

/** The row that the node says an image was drawn from. */
function drawnFrom(execution: Execution, index: number): INodeExecutionData['pairedItem'] {
	return outputOf(execution, 'Draw Images')[index]?.pairedItem;
}

function sha256(content: Buffer): string {
	return createHash('sha256').update(content).digest('hex');
}
