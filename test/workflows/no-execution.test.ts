import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ExecuteContext } from 'n8n-core';
import { createEmptyRunExecutionData, Workflow, type IDataObject } from 'n8n-workflow';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import type { Double } from '../openai-double';
import { additionalData, bytesOf, node, nodeTypesOf, useBinaryMode } from './engine';
import { rowsIn, setUp, startAfresh } from './set-up';

/**
 * n8n's Agents (2.41, `EphemeralNodeExecutor`) run the node of a tool by itself: in a workflow without an
 * ID, as a node with a new ID each time, and without an execution, of whose end they could tell.
 */

let double: Double;
let folder: string;
beforeAll(async () => {
	double = await setUp({ drawing: 'plain' });
	await useBinaryMode('filesystem', mkdtempSync(path.join(tmpdir(), 'gpt-image-binaries-')));
});
afterAll(async () => await double.close());
beforeEach(() => (folder = startAfresh(double)));

let calls = 0;

async function callTool(parameters: IDataObject, credential = '1') {
	const type = 'n8n-nodes-gpt-image.gptImageTool';
	const tool = node(
		'Target Node',
		type,
		{ resource: 'image', operation: 'generate', quality: 'low', ...parameters },
		{ id: `call-${++calls}`, credentials: { gptImageApi: { id: credential, name: 'Double' } } },
	);
	const nodeTypes = { [type]: new GptImage() };
	const workflow = new Workflow({
		...{ nodes: [tool], connections: {}, active: false },
		nodeTypes: nodeTypesOf(nodeTypes),
	});
	const gptImageApi = {
		...{ apiKey: 'sk-test', organizationId: '', projectId: '', baseUrl: double.url },
	};
	const given = {
		workflow: { nodes: [], connections: {} },
		nodeTypes,
		credentials: { gptImageApi },
	};
	const data = additionalData(given, Object(undefined), '');
	Object.assign(data, { executionId: undefined, hooks: undefined });
	const items = [{ json: {} }];
	const input = { main: [items] };
	const run = [workflow, tool, data, 'internal', createEmptyRunExecutionData(), 0] as const;
	const executeData = { node: tool, data: input, source: null };
	const context = new ExecuteContext(...run, items, input, executeData, []);
	const [answers] = await new GptImage().execute.call(context);
	return answers?.[0];
}

it('the agent gets a small answer with the address of the image', async () => {
	const answer = await callTool({ prompt: 'a mug' });
	expect(answer?.json).toMatchObject({
		description: 'An image of 1024x1024 pixels (png): a mug',
		costUsd: 0.00592,
		url: expect.stringContaining('/rest/binary-data/signed?token='),
	});
	expect((await bytesOf(answer?.binary?.data)).subarray(1, 4).toString()).toBe('PNG');
});

it('each call buys its own image, and nothing stays behind', async () => {
	await Promise.all([callTool({ prompt: 'a mug' }), callTool({ prompt: 'a mug' })]);
	expect(double.journal.filter(({ paid }) => paid > 0)).toHaveLength(2);
	expect(rowsIn(folder, 'SELECT state FROM purchase')).toEqual([
		{ state: 'delivered' },
		{ state: 'delivered' },
	]);
});

it('the error tells the agent what to do, and the next call is sent', async () => {
	double.faults.push({ kind: 'moderation', stage: 'input', times: 1 });
	const failed = callTool({ prompt: 'a mug' });
	await expect(failed).rejects.toThrow(/moderation.*Change the prompt/s);
	await callTool({ prompt: 'a mug' });
	expect(rowsIn(folder, 'SELECT state FROM purchase')).toEqual([{ state: 'delivered' }]);
});

it('a session is that of its credential', async () => {
	const say = async (prompt: string, credential: string) =>
		await callTool(
			{
				...{ resource: 'conversation', operation: 'send', prompt },
				...{ continueFrom: 'session', sessionKey: 'chat' },
			},
			credential,
		);
	await say('a mug', '1');
	await say('a jug', '2');
	await say('in blue', '1');
	const drawn = double.journal.filter(({ lineage }) => lineage !== undefined);
	expect(drawn.map(({ lineage }) => lineage)).toEqual([['a mug'], ['a jug'], ['a mug', 'in blue']]);
});

it('what was ordered is collected with the same credential', async () => {
	await callTool({ prompt: 'a mug', delivery: 'batch' });
	expect(await callTool({ operation: 'collect' }, '2')).toBeUndefined();
	expect((await callTool({ operation: 'collect' }))?.json).toMatchObject({ costUsd: 0.00296 });
	expect(await callTool({ operation: 'collect' })).toBeUndefined();
});
