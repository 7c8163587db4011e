import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closingCount, harass } from '../faults/harness';

test('200 faults over three hosts and their database: no image is lost, none is bought twice', async () => {
	const totals = await harass({ faults: 200, seed: 2, lanes: 2, hosts: 3 });
	assert.deepEqual(totals.findings, [], closingCount(totals));
	assert.ok(totals.faults >= 200);
	for (const kind of ['kill -9', 'kill -9 at a step', 'cut', 'deafAfterCommit', 'databaseCrash'])
		assert.ok((totals.happened.get(kind) ?? 0) > 0, kind);
});
