import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { failureOf, outputOf } from '../host/execution';
import type { Stage } from '../host/stage';
import type { Execution } from '../host/types';
import type { FileDigest } from '../openai-double';
import { freshFiles, importExample, providePhotos } from './example';
import { sharedStage } from './shared';

const FILES = ['lamp-study.jpg', 'mug-oak.jpg', 'mug-white.jpg'];

test('product photos are edited as a list says', async () => {
	const stage = await sharedStage();
	const { execution, files } = await runExample(stage);
	assert.equal(failureOf(execution), undefined);
	assert.deepEqual((await readdir(join(files, 'edited'))).sort(), FILES);
	assert.deepEqual(outputOf(execution, 'Edits to Review'), []);

	const { journal } = stage.double;
	assert.equal(journal.length, 3);
	const photo = sha256(await readFile(join(files, 'photos', 'lamp.jpg')));
	const lamp = journal.find(({ body }) => String(body?.prompt).startsWith('The lamp stands'));
	assert.equal(lamp?.path, '/v1/images/edits');
	const [uploaded, ...others] = [lamp?.body?.['image[]'] ?? lamp?.body?.image].flat();
	assert.deepEqual(others, []);
	assert.equal((uploaded as FileDigest).sha256, photo, 'the photo goes up as it is');

	const edited = await readFile(join(files, 'edited', 'lamp-study.jpg'));
	assert.deepEqual([sha256(edited)], lamp?.imageSha256, 'and the answer lies on disk as it came');
	const { width = 0, height = 1 } = await sharp(edited).metadata();
	assert.ok(Math.abs(width / height - 4 / 3) < 0.02, `as wide as the photo: ${width}x${height}`);

	const lines = outputOf(execution, 'Edited').map(({ json }) => json);
	assert.deepEqual(lines.map(({ file }) => file).sort(), FILES);
	for (const { tokens, cost_usd: usd } of lines) {
		assert.ok(Number(tokens) > 196, 'the photo counts as input');
		assert.ok(Number(usd) > 0);
	}
});

test('a photo that is missing harms no other', async () => {
	const stage = await sharedStage();
	const { execution, files } = await runExample(stage, async (folder) => {
		await rm(join(folder, 'photos', 'lamp.jpg'));
	});
	assert.equal(failureOf(execution), undefined);
	assert.deepEqual((await readdir(join(files, 'edited'))).sort(), FILES.slice(1));
	const [review, ...others] = outputOf(execution, 'Edits to Review').map(({ json }) => json);
	assert.deepEqual(others, []);
	assert.equal(review?.photo, 'lamp.jpg');
	assert.match(String(review?.reason), /No file\(s\) found/);
	assert.equal(stage.double.journal.length, 2);
});

/** Runs the example in a fresh folder, changed before it starts. */
async function runExample(
	stage: Stage,
	change?: (files: string) => Promise<void>,
): Promise<{ execution: Execution; files: string }> {
	stage.double.reset();
	const files = await freshFiles(stage, 'product-photos.csv');
	await mkdir(join(files, 'edited'));
	await providePhotos(files, 'mug.jpg', 'lamp.jpg');
	await change?.(files);
	const workflow = await importExample(stage.rest, 'product-photos');
	return { execution: await stage.rest.runWorkflow(workflow.id, 'Start'), files };
}

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
