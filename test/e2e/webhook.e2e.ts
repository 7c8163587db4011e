import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import type { Stage } from '../host/stage';
import type { WorkflowFile } from '../host/types';
import { sharedStage } from './shared';

test('a published workflow answers a webhook call with the image', async () => {
	const stage = await sharedStage();
	const workflow = await stage.rest.importWorkflow(imageService(stage));
	await stage.rest.activateWorkflow(workflow);

	const answer = await fetch(`${stage.url}/webhook/image?subject=a%20lighthouse`);
	assert.equal(answer.status, 200);
	assert.equal(answer.headers.get('content-type'), 'image/jpeg');
	const image = Buffer.from(await answer.arrayBuffer());
	const { format, width, height } = await sharp(image).metadata();
	assert.deepEqual({ format, width, height }, { format: 'jpeg', width: 1024, height: 1024 });
	assert.equal(stage.double.journal.at(-1)?.body?.prompt, 'An etching of a lighthouse');
});

function imageService({ credential }: Stage): WorkflowFile {
	return {
		id: 'ImageServiceE2',
		name: 'Image service',
		nodes: [
			{
				id: 'hook',
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				position: [0, 0],
				webhookId: 'image-service-e2e',
				parameters: {
					path: 'image',
					responseMode: 'lastNode',
					responseData: 'firstEntryBinary',
					responseBinaryPropertyName: 'data',
				},
			},
			{
				id: 'image',
				name: 'GPT Image',
				type: 'n8n-nodes-gpt-image.gptImage',
				typeVersion: 1,
				position: [220, 0],
				parameters: {
					prompt: '=An etching of {{ $json.query.subject }}',
					quality: 'low',
					options: { outputFormat: 'jpeg' },
				},
				credentials: { gptImageApi: { id: credential.id, name: credential.name } },
			},
		],
		connections: { Webhook: { main: [[{ node: 'GPT Image', type: 'main', index: 0 }]] } },
	};
}
