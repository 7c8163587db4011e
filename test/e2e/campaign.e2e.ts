import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import { filesFolder } from '../host/environment';
import { provideExampleFile, readExample } from '../host/example';
import { failureOf, outputOf } from '../host/execution';
import type { Stage } from '../host/stage';
import type { Execution } from '../host/types';
import { sharedStage } from './shared';

/** Rows of examples/campaign.csv within $0.30, in their order, with gpt-image-2's output tokens. */
const DRAWN = [
	{ file: 'Spring sale Newsletter header.png', imageOutput: 1372, width: 1536, height: 1024 },
	{ file: 'Spring sale Instagram post.png', imageOutput: 1756, width: 1024, height: 1024 },
	{ file: 'Spring sale Story.png', imageOutput: 947, width: 720, height: 1280 },
	{ file: 'Kids club Sticker.png', imageOutput: 196, width: 1024, height: 1024 },
	{ file: 'Vegan burger Web banner.png', imageOutput: 517, width: 1440, height: 480 },
	{ file: 'Vegan burger Menu photo.png', imageOutput: 1510, width: 1024, height: 1280 },
];

test('a campaign stays within its budget, the rest goes to a list', async () => {
	const { execution, files, double } = await runExample(await sharedStage());
	assert.equal(failureOf(execution), undefined);
	assert.equal(double.journal.length, DRAWN.length, 'nothing over the budget was sent');

	const drawn = outputOf(execution, 'Draw Images');
	assert.equal(drawn.length, DRAWN.length);
	let spent = 0;
	for (const [index, expected] of DRAWN.entries()) {
		const { image, estimate } = drawn[index]?.json ?? {};
		const { usage, cost } = image as { usage: IDataObject; cost: IDataObject };
		assert.equal(usage.imageOutput, expected.imageOutput);
		const { exact, usd } = estimate as { exact: boolean; usd: { min: number; max: number } };
		assert.equal(exact, true);
		assert.equal(usd.min, cost.usd, 'the price said before is the price billed after');
		spent += Number(cost.usd);
		const size = await sharp(join(files, expected.file)).metadata();
		assert.deepEqual([size.width, size.height], [expected.width, expected.height]);
	}
	assert.ok(spent > 0.18 && spent < 0.3, `spent ${spent}`);

	const { total, groups } = summaryOf(execution);
	assert.equal(total.images, DRAWN.length);
	assert.ok(Math.abs(total.usd - spent) < 1e-9);
	assert.deepEqual(groups.map(({ name }) => name).toSorted(), [
		'Kids club',
		'Spring sale',
		'Vegan burger',
	]);
	const chart = await sharp(join(files, 'campaign-costs.png')).metadata();
	assert.deepEqual([chart.format, chart.width], ['png', 1200]);

	const review = await readFile(join(files, 'over-budget.csv'), 'utf8');
	const lines = review.replace('\uFEFF', '').trim().split(/\r?\n/);
	assert.equal(lines[0], 'campaign,channel,size,quality,usd');
	assert.match(lines[1] ?? '', /^Kids club,Poster,2048x2048,high,0\.4283\d*$/);
	assert.match(lines[2] ?? '', /^Vegan burger,Billboard,3840x2160,high,0\.4004\d*$/);
	assert.equal(lines.length, 3);
});

test('a refused row counts as failed and costs nothing', async () => {
	const { execution, files } = await runExample(await sharedStage(), (csv) =>
		csv.replace('a bicycle basket', '[[moderation]] a bicycle basket'),
	);
	assert.equal(failureOf(execution), undefined);
	const { total, groups } = summaryOf(execution);
	assert.equal(total.images, DRAWN.length - 1);
	assert.deepEqual(total.failed, { items: 1, possiblyBilled: 0 });
	const spring = groups.find(({ name }) => name === 'Spring sale');
	assert.equal(spring?.images, 2);
	assert.equal(spring?.failed.items, 1);
	assert.ok(!(await readdir(files)).includes('Spring sale Instagram post.png'));
});

interface Total {
	name: string;
	images: number;
	usd: number;
	failed: { items: number; possiblyBilled: number };
}

function summaryOf(execution: Execution): { total: Total; groups: Total[] } {
	const [item] = outputOf(execution, 'Summarize Costs');
	assert.ok(item);
	return item.json.summary as unknown as { total: Total; groups: Total[] };
}

/** Runs the example on its own or a changed campaign, in an empty folder. */
async function runExample(
	{ rest, folder, double }: Stage,
	change?: (csv: string) => string,
): Promise<{ execution: Execution; files: string; double: Stage['double'] }> {
	double.reset();
	await rm(filesFolder(folder), { recursive: true, force: true });
	const files = await provideExampleFile('campaign.csv', folder);
	if (change) {
		const sheet = join(files, 'campaign.csv');
		await writeFile(sheet, change(await readFile(sheet, 'utf8')));
	}
	const workflow = await rest.importWorkflow(await readExample('campaign-within-budget'));
	return { execution: await rest.runWorkflow(workflow.id, 'Start'), files, double };
}
