import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf, outputOf } from '../host/execution';
import { CREDENTIAL_TYPE, doubleCredential } from '../host/stage';
import { startDouble } from '../openai-double';
import { sharedStage } from './shared';

const KEY = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';

test('Azure OpenAI: the credential is tested, told what is wrong, and makes an image', async () => {
	const { rest } = await sharedStage();
	const azure = await startDouble({
		service: 'azure',
		deployments: { 'my-images': 'gpt-image-2' },
	});
	try {
		const baseUrl = azure.url.replace('/v1', '/openai/v1');
		const data = {
			...doubleCredential(azure),
			service: 'azure',
			apiKey: KEY,
			baseUrl,
			deployments: 'my-images = gpt-image-2',
			headers: { values: [{ name: 'x-team', value: 'a secret of ours' }] },
		};
		const credential = await rest.saveCredential('Azure', CREDENTIAL_TYPE, data);
		const told = async (more: object) =>
			await rest.testCredential(credential, { ...data, ...more });

		assert.deepEqual((await told({})).status, 'OK');
		const inPath = azure.url.replace('/v1', '/openai/deployments/my-images');
		const classic = { baseUrl: inPath, apiVersion: '2025-04-01-preview' };
		assert.deepEqual((await told(classic)).status, 'OK');
		for (const [more, message] of [
			[{ apiKey: 'sk-test' }, /set 'Service' to Azure OpenAI/],
			[{ ...classic, apiVersion: '2025-13-99' }, /correct the version/],
			[{ baseUrl: azure.url.replace('/v1', '') }, /No list of models was found at 'Base URL'/],
			[{ headers: { values: [{ name: 'host', value: 'x' }] } }, /'Headers' in the credential sets/],
		] as const) {
			const answer = await told(more);
			assert.equal(answer.status, 'Error');
			assert.match(answer.message, message);
		}
		azure.faults.push({ kind: 'html', status: 200, times: 1 });
		const page = await told({});
		assert.equal(page.status, 'Error');
		assert.match(page.message, /the address of a web page/);

		const saved = await rest.call<object>(
			'GET',
			`/rest/credentials/${credential.id}?includeData=true`,
		);
		assert.doesNotMatch(JSON.stringify(saved), /a secret of ours|0f1e2d3c/);

		azure.reset();
		const workflow = await rest.importWorkflow({
			id: 'azureOpenAIimage',
			name: 'Azure OpenAI',
			nodes: [
				{
					id: 'start',
					name: 'Start',
					type: 'n8n-nodes-base.manualTrigger',
					typeVersion: 1,
					position: [0, 0],
					parameters: {},
				},
				{
					id: 'image',
					name: 'GPT Image',
					type: 'n8n-nodes-gpt-image.gptImage',
					typeVersion: 1,
					position: [200, 0],
					parameters: {
						prompt: 'a mug',
						quality: 'low',
						model: { __rl: true, mode: 'list', value: 'my-images' },
					},
					credentials: { [CREDENTIAL_TYPE]: { id: credential.id, name: credential.name } },
				},
			],
			connections: { Start: { main: [[{ node: 'GPT Image', type: 'main', index: 0 }]] } },
		});
		const execution = await rest.runWorkflow(workflow.id, 'Start');
		assert.equal(failureOf(execution), undefined);
		const [item] = outputOf(execution, 'GPT Image');
		assert.deepEqual(
			azure.journal.map(({ url, status, apiKey }) => [url, status, apiKey]),
			[['/openai/v1/images/generations', 200, null]],
		);
		const image = item?.json.image as { model: string; cost: { usd: number } };
		assert.equal(image.model, 'my-images');
		assert.equal(image.cost.usd, 0.00592);
	} finally {
		await azure.close();
	}
});
