import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputOf } from '../host/execution';
import type { Rest } from '../host/rest';
import { CREDENTIAL_TYPE, doubleCredential } from '../host/stage';
import type { SavedCredential, WorkflowFile } from '../host/types';
import { deliver, signed } from '../openai-double/webhooks';
import { until } from './double';
import { sharedStage } from './shared';

const WEBHOOK_ID = 'gpt-image-trigger-e2e';
const path = `/webhook/${WEBHOOK_ID}/webhook`;

test('a published trigger starts for what OpenAI signed, and for nothing else', async () => {
	const { rest, double, credential, url } = await sharedStage();
	await assert.rejects(publish(rest, credential), /only to https:\/\/ addresses.*Give n8n/);

	// As a person does whose n8n stands behind a proxy or a tunnel.
	double.options.webhookOrigin = url;
	const endpoint = { url: `https://n8n.example.com${path}`, name: 'n8n' };
	const answer = await fetch(`${double.url}/webhook_endpoints`, {
		method: 'POST',
		headers: { authorization: 'Bearer sk-e2e' },
		body: JSON.stringify({ ...endpoint, event_types: ['batch.completed'] }),
	});
	const { signing_secret: webhookSecret } = (await answer.json()) as { signing_secret: string };
	const data = { ...doubleCredential(double), webhookSecret };
	await publish(rest, await rest.saveCredential('With a secret', CREDENTIAL_TYPE, data));

	const [sent] = await double.emitEvent('batch.completed', 'batch_1');
	assert.equal(sent?.status, 200);
	// n8n may answer a webhook before it has saved the execution.
	await until('the execution is saved', async () => (await executions(rest)).length > 0);
	const [id = '', ...none] = await executions(rest);
	assert.deepEqual(none, []);
	const [item] = outputOf(await rest.finished(id), 'GPT Image Trigger');
	assert.deepEqual(Object.keys(item?.json ?? {}), ['event', 'orderId', 'at']);
	assert.equal(item?.json.orderId, 'batch_1');

	assert.equal(await deliver(sent), 200, 'the same delivery again');
	const wrong = signed(`${url}${path}`, 'whsec_d3Jvbmc=', sent.body);
	assert.equal(await deliver(wrong), 401, 'a wrong signature');
	const foreign = signed(`${url}${path}`, webhookSecret, '{"type":"video.completed"}');
	assert.equal(await deliver(foreign), 200, 'an event about something else');
	assert.deepEqual(await executions(rest), [id]);
});

async function publish(rest: Rest, credential: SavedCredential): Promise<void> {
	await rest.activateWorkflow(await rest.importWorkflow(triggered(credential)));
}

/** The IDs of the workflow's executions, also of those that failed. */
async function executions(rest: Rest): Promise<string[]> {
	const filter = encodeURIComponent(JSON.stringify({ workflowId: 'TriggerE2E' }));
	const { results } = await rest.call<{ results: Array<{ id: string }> }>(
		'GET',
		`/rest/executions?filter=${filter}`,
	);
	return results.map(({ id }) => id);
}

const triggered = ({ id, name }: SavedCredential): WorkflowFile => ({
	id: 'TriggerE2E',
	name: 'When images are finished',
	nodes: [
		{
			id: 'trigger',
			name: 'GPT Image Trigger',
			type: 'n8n-nodes-gpt-image.gptImageTrigger',
			typeVersion: 1,
			position: [0, 0],
			webhookId: WEBHOOK_ID,
			parameters: { events: ['batch.completed'] },
			credentials: { gptImageApi: { id, name } },
		},
	],
	connections: {},
});
