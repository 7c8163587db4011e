import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { IDataObject } from 'n8n-workflow';
import { failureOf, outputOf } from '../host/execution';
import { freshFiles, importExample } from './example';
import { readSheet } from './sheet';
import { sharedStage } from './shared';

test('a catalogue is ordered in the evening and lies on disk in the morning, at half the price', async (t) => {
	const stage = await sharedStage();
	const { double, rest } = stage;
	double.reset();
	t.after(() => (double.options.batchMs = 0));
	const files = await freshFiles(stage, 'products.csv');
	const { id } = await importExample(rest, 'catalogue-overnight');

	double.options.batchMs = 3_600_000;
	const evening = await rest.runWorkflow(id, 'Start');
	assert.equal(failureOf(evening), undefined);
	const ordered = outputOf(evening, 'Order Images').map(({ json }) => json.image as IDataObject);
	assert.deepEqual(new Set(ordered.map(({ status }) => status)), new Set(['ordered']));
	assert.equal(ordered.length, 7);

	const night = await rest.runWorkflow(id, 'Every Morning');
	assert.equal(failureOf(night), undefined);
	const [early] = outputOf(night, 'Next Time');
	const { requests } = early?.json.order as IDataObject;
	assert.deepEqual(requests, { total: 7, completed: 0, failed: 0 });
	assert.equal(
		double.journal.filter(({ paid }) => paid > 0).length,
		0,
		'nothing is bought at once',
	);

	await double.endBatches('completed');
	const morning = await rest.runWorkflow(id, 'Every Morning');
	assert.equal(failureOf(morning), undefined);
	const lines = await readSheet(join(files, 'results.xlsx'));
	const skus = ['MUG-014', 'LMP-203', 'THR-077', 'PLN-031', 'KNF-118', 'CND-052', 'BAG-009'];
	assert.deepEqual(
		lines.map(({ sku, status }) => [sku, status]),
		skus.map((sku) => [sku, 'done']),
	);
	const images = (await readdir(files)).filter((name) => /\.(png|jpg|webp)$/.test(name));
	assert.deepEqual(images.sort(), lines.map(({ file }) => String(file)).sort());
	// The same rows cost $0.03832 at once.
	const cost = lines.reduce((sum, { cost_usd }) => sum + Number(cost_usd), 0);
	assert.equal(cost.toFixed(5), '0.01916');
	assert.equal(double.journal.filter(({ paid }) => paid > 0).length, 7);

	const again = await rest.runWorkflow(id, 'Every Morning');
	assert.deepEqual(outputOf(again, 'Save Images'), [], 'an image is collected once');
});
