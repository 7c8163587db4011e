import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import { failureOf, outputOf } from '../host/execution';
import type { Stage } from '../host/stage';
import type { Execution } from '../host/types';
import type { FileDigest } from '../openai-double';
import { startS3, type S3 } from '../services/s3';
import { paidIn } from './double';
import { freshFiles, importExample, providePhotos } from './example';
import { sharedStage } from './shared';

const BUCKET = 'images';
const PHOTOS = ['mug.jpg', 'lamp.jpg', 'autumn.jpg', 'neon.jpg'];

/** What examples/photos-to-s3.csv asks for. */
const EDITS = [
	{ key: 'campaign/mug-autumn.webp', photos: ['mug.jpg', 'autumn.jpg'], edit: 'leaves and' },
	{ key: 'campaign/lamp-autumn.webp', photos: ['lamp.jpg', 'autumn.jpg'], edit: 'armchair' },
	{ key: 'campaign/lamp-neon.webp', photos: ['lamp.jpg', 'neon.jpg'], edit: 'on a bar' },
];

let started: Promise<S3> | undefined;

async function storage(): Promise<S3> {
	started ??= startS3(BUCKET);
	return await started;
}

after(async () => {
	const s3 = await started?.catch(() => undefined);
	await s3?.service.stop();
});

test('photos are edited after references and put into an S3 bucket', async () => {
	const stage = await sharedStage();
	stage.double.reset();
	const s3 = await storage();
	const files = await provideFiles(stage);
	const execution = await runExample(stage, {});
	assert.equal(failureOf(execution), undefined);
	assert.deepEqual(outputOf(execution, 'Edits to Review'), []);
	assert.equal(stage.double.journal.length, EDITS.length);

	const lines = outputOf(execution, 'Uploaded').map(({ json }) => json);
	for (const { key, photos, edit } of EDITS) {
		const call = stage.double.journal.find(({ body }) => String(body?.prompt).includes(edit));
		const sent = call?.body?.['image[]'] as FileDigest[];
		const expected = photos.map(async (name) =>
			sha256(await readFile(join(files, 'photos', name))),
		);
		assert.deepEqual(
			sent.map((file) => file.sha256),
			await Promise.all(expected),
			`${key} is made of ${photos.join(' and ')}`,
		);
		assert.match(String(call?.body?.prompt), /the product[\s\S]*the style/);

		const answer = await s3.get(BUCKET, key);
		assert.equal(answer.status, 200);
		assert.equal(answer.headers.get('content-type'), 'image/webp');
		const object = Buffer.from(await answer.arrayBuffer());
		assert.deepEqual([sha256(object)], call?.imageSha256, 'the bytes that were paid');
		const { width = 0, height = 1 } = await sharp(object).metadata();
		assert.ok(Math.abs(width / height - 4 / 3) < 0.02, `as wide as the photo: ${width}x${height}`);
		const line = lines.find((candidate) => candidate.key === key);
		assert.equal(line?.sha256, sha256(object));
		assert.equal(line?.bytes, object.length);
	}
	assert.equal((await s3.get(BUCKET, 'campaign/nothing.webp')).status, 404);
});

test('a wrong key, a missing bucket, S3 down: each image is bought once', async () => {
	const stage = await sharedStage();
	stage.double.reset();
	const s3 = await storage();
	await provideFiles(stage);
	const prefix = 'second/';

	const wrongKey = await runExample(stage, { prefix, credential: { accessKeyId: 'WRONG' } });
	assert.match(failureOf(wrongKey) ?? '', /forbidden|signature/i);
	assert.equal(paidIn(stage.double.journal), EDITS.length);

	const noBucket = await runExample(stage, { prefix, bucket: 'elsewhere' });
	assert.match(failureOf(noBucket) ?? '', /not be found|bucket/i);
	await s3.service.stop();
	const down = await runExample(stage, { prefix });
	assert.match(failureOf(down) ?? '', /refused|connect/i);
	await s3.service.start();

	const last = await runExample(stage, { prefix });
	assert.equal(failureOf(last), undefined);
	for (const execution of [noBucket, down, last]) {
		const images = outputOf(execution, 'Edit Photos');
		assert.equal(images.length, EDITS.length);
		for (const { json } of images) {
			const { request, cost } = json.image as { request: IDataObject; cost: IDataObject };
			assert.equal(request.reused, true);
			assert.equal(cost.usd, 0);
		}
	}
	assert.equal(paidIn(stage.double.journal), EDITS.length, 'nothing was bought again');
	for (const { key } of EDITS) {
		const answer = await s3.get(BUCKET, key.replace('campaign/', prefix));
		assert.equal(answer.status, 200, key);
	}
});

interface Run {
	bucket?: string;
	prefix?: string;
	credential?: ICredentialDataDecryptedObject;
}

async function runExample(
	stage: Stage,
	{ bucket = BUCKET, prefix = 'campaign/', credential }: Run,
): Promise<Execution> {
	const s3 = await storage();
	const data = { ...s3.credential, ...credential };
	await stage.rest.saveCredential('S3 account', 's3', data);
	const workflow = await importExample(stage.rest, 'photos-to-s3', { bucket, prefix });
	return await stage.rest.runWorkflow(workflow.id, 'Start');
}

async function provideFiles(stage: Stage): Promise<string> {
	const files = await freshFiles(stage, 'photos-to-s3.csv');
	await providePhotos(files, ...PHOTOS);
	return files;
}

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
