import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import { openBrowser } from '../browser/chromium';
import { failureOf, outputOf } from '../host/execution';
import type { Stage } from '../host/stage';
import { freshFiles, runUntilWaiting } from './example';
import { readSheet } from './sheet';
import { sharedStage } from './shared';

const CHANNELS = [
	{ file: 'mug-instagram-portrait.jpg', width: 1080, height: 1350 },
	{ file: 'mug-pinterest-pin.png', width: 1000, height: 1500 },
	{ file: 'mug-x-post.png', width: 1600, height: 900 },
];

test('a person chooses a draft by its number, and that one is finished for three channels', async () => {
	const stage = await sharedStage();
	const files = await freshFiles(stage);
	const executionId = await runUntilWaiting(stage, 'choose-and-publish');
	const sheet = await sharp(join(files, 'contact-sheet.jpg')).metadata();
	assert.ok(sheet.width > 2 * 480, 'two columns of drafts');
	assert.equal(stage.double.journal.length, 4);

	const altText = 'A mug on a window sill in the morning';
	stage.double.options.answers = [{ answer: { altText } }];
	await answerForm(stage, executionId, '3', 'Warm for hours');
	const execution = await stage.rest.finished(executionId);
	assert.equal(failureOf(execution), undefined);

	const drafts = outputOf(execution, 'Drafts').map(({ json }) => json);
	const [idea, draft] = [String(drafts[2]?.idea), drafts[2]?.image as IDataObject];
	const [final, described, ...others] = stage.double.journal.slice(4);
	assert.deepEqual(others, [], 'nothing else is bought');
	assert.equal(described?.path, '/v1/responses');
	assert.equal(final?.body?.quality, 'high');
	assert.ok(String(final.body.prompt).startsWith(idea));
	assert.ok(JSON.stringify(final.body).includes(String(draft.sha256)), 'from the chosen draft');

	for (const { file, ...size } of CHANNELS) {
		const { width, height, xmp } = await sharp(join(files, file)).metadata();
		assert.deepEqual({ width, height }, size, file);
		assert.ok(xmp?.includes('trainedAlgorithmicMedia'), `${file} has the AI label`);
	}
	const images = (await readdir(files)).filter((name) => name.startsWith('mug-'));
	assert.deepEqual(images.sort(), CHANNELS.map(({ file }) => file).sort());

	const [row, ...more] = await readSheet(join(files, 'published.xlsx'));
	assert.deepEqual(more, []);
	const [{ json }] = outputOf(execution, 'Final') as [{ json: IDataObject }];
	const [{ json: text }] = outputOf(execution, 'Alt Text') as [{ json: IDataObject }];
	const description = text.description as { cost: { usd: number } };
	const paid = [...drafts, json].map(({ image }) => image as { cost: { usd: number } });
	const bought = [...paid, description].map((one) => one.cost);
	const cost = bought.reduce((sum, { usd }) => sum + usd, 0);
	assert.equal(Number(row?.cost_usd).toFixed(9), cost.toFixed(9));
	assert.equal(row?.idea, idea);
	assert.equal(row.number, 3);
	assert.equal(row.alt_text, altText);
	assert.equal(row.ai_label, 'written, written, written');
});

test('no number of a draft ends it without further cost', async () => {
	const stage = await sharedStage();
	await freshFiles(stage);
	const executionId = await runUntilWaiting(stage, 'choose-and-publish');
	await answerForm(stage, executionId, '0', '');
	const execution = await stage.rest.finished(executionId);
	assert.equal(failureOf(execution), undefined);
	assert.equal(outputOf(execution, 'None Chosen').length, 1);
	assert.equal(stage.double.journal.length, 4);
});

/** As a person does: opens the address of the form, fills it in and sends it. */
async function answerForm({ rest }: Stage, executionId: string, number: string, headline: string) {
	const [asked] = outputOf(await rest.execution(executionId), 'Ask');
	const { page, close } = await openBrowser({ width: 800, height: 900 });
	try {
		await page.goto(String(asked?.json.form));
		await page.getByLabel('Number').fill(number);
		await page.getByLabel('Headline').fill(headline);
		await page.locator('#submit-btn').click();
		await page.locator('#submitted-form').waitFor();
	} finally {
		await close();
	}
}
