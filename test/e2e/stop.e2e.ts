import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneNode } from '../browser/one-node';
import { outputOf } from '../host/execution';
import { promptOf, until } from './double';
import { sharedStage } from './shared';

test('a stopped execution ends at once, and the next run gets the image under way', async () => {
	const stage = await sharedStage();
	const { rest, double } = stage;
	const prompt = '[[slow 8000]] A lighthouse at dusk';
	const workflow = await rest.importWorkflow(oneNode(stage, { prompt, quality: 'low' }));
	const callsOf = () => double.journal.filter((entry) => promptOf(entry) === prompt);

	const executionId = await rest.startWorkflow(workflow.id, 'Start');
	await until('the image is asked for', () => callsOf().length === 1);
	await rest.stopExecution(executionId);
	const stopped = await rest.finished(executionId);
	assert.equal(stopped.status, 'canceled');
	assert.equal(callsOf()[0]?.paid, 0, 'n8n waited for the image');

	await until('the image is made', () => callsOf()[0]?.endedAt !== null);
	assert.equal(callsOf()[0]?.aborted, false);
	const again = await rest.runWorkflow(workflow.id, 'Start');
	assert.equal(again.status, 'success');
	const [item] = outputOf(again, 'GPT Image');
	assert.equal(callsOf().length, 1, 'the image was bought again');
	const image = item?.json.image as { sha256: string; request: { reused: boolean } };
	assert.deepEqual([image.sha256], callsOf()[0]?.imageSha256);
	assert.equal(image.request.reused, true);
});
