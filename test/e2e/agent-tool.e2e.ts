import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { INode } from 'n8n-workflow';
import sharp from 'sharp';
import type { Stage } from '../host/stage';
import type { WorkflowFile } from '../host/types';
import { sharedStage } from './shared';

/** What the tool said, as n8n's agent read it and the scripted chat model quotes it. */
interface ToolAnswer {
	description: string;
	handle: { sessionKey?: string; responseId: string; imageCallId: string };
	costUsd: number;
	width: number;
	height: number;
	format: string;
	fileName: string;
	url?: string;
	text?: string;
}

test("n8n's agent draws, and changes its last picture by the handle it was given", async () => {
	const stage = await openAgent('handle');
	const first = await ask(stage, 'handle', { text: 'Draw a fox in the snow' });
	const { responseId } = first.handle;
	assert.match(responseId, /^resp_/);
	assert.match(first.handle.imageCallId, /^ig_/);
	assert.deepEqual([first.width, first.height, first.format], [1024, 1024, 'png']);
	assert.ok(first.costUsd > 0.00588 && first.costUsd < 0.02);
	assert.ok(JSON.stringify(first).length < 2_000, 'it is small enough for a conversation');
	assert.match(first.description, /1024x1024.*fox in the snow/);

	const second = await ask(stage, 'handle', {
		text: `Make it night previousResponseId=${responseId}`,
	});
	assert.notEqual(second.handle.responseId, responseId);
	const drawn = stage.double.journal.filter(({ lineage }) => lineage !== undefined);
	assert.deepEqual(drawn.at(-1)?.lineage, ['Draw a fox in the snow', 'Make it night']);
	assert.deepEqual(drawn.at(-1)?.body?.previous_response_id, responseId);
});

test('the agent gets an address from which the picture can be fetched', async () => {
	const stage = await openAgent('handle');
	const { url } = await ask(stage, 'handle', { text: 'Draw a lighthouse' });
	assert.ok(url, 'n8n can sign one, as its binaries are on disk');
	const picture = await fetch(url);
	assert.equal(picture.status, 200);
	const bytes = Buffer.from(await picture.arrayBuffer());
	assert.equal((await sharp(bytes).metadata()).format, 'png');
	const drawn = stage.double.journal.findLast(({ lineage }) => lineage !== undefined);
	assert.deepEqual(drawn?.imageSha256, [createHash('sha256').update(bytes).digest('hex')]);
});

test('the agent of a chat goes on from the last picture of its session', async () => {
	const stage = await openAgent('session');
	await ask(stage, 'session', { text: 'Draw a red mug', chat: 'agent-chat' });
	const second = await ask(stage, 'session', { text: 'Now in blue', chat: 'agent-chat' });
	assert.equal(second.handle.sessionKey, 'agent-chat');
	const drawn = stage.double.journal.filter(({ lineage }) => lineage !== undefined);
	assert.deepEqual(drawn.at(-1)?.lineage, ['Draw a red mug', 'Now in blue']);
});

test('the agent is told why nothing was drawn, and what to do', async () => {
	const stage = await openAgent('handle');
	const said = await quote(stage, 'handle', { text: 'Warmer previousResponseId=resp_unknown' });
	assert.match(said, /OpenAI does not have the previous response of this conversation any more/);
	assert.match(said, /begin a new conversation/);
});

async function openAgent(continuing: 'handle' | 'session'): Promise<Stage> {
	const stage = await sharedStage();
	stage.double.reset();
	const workflow = await stage.rest.importWorkflow(await agentWorkflow(stage, continuing));
	await stage.rest.activateWorkflow(workflow);
	return stage;
}

async function quote(
	{ url }: Stage,
	continuing: 'handle' | 'session',
	message: object,
): Promise<string> {
	const answer = await fetch(`${url}/webhook/agent-by-${continuing}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(message),
	});
	const output = await answer.text();
	assert.equal(answer.status, 200, output);
	assert.match(output, /^The tool answered: /);
	return output.replace('The tool answered: ', '');
}

async function ask(
	stage: Stage,
	continuing: 'handle' | 'session',
	message: object,
): Promise<ToolAnswer> {
	const said = await quote(stage, continuing, message);
	const [answer] = [JSON.parse(said) as ToolAnswer | ToolAnswer[]].flat();
	assert.ok(answer, said);
	return answer;
}

const fromAi = (name: string, description: string, type = 'string', preset?: string): string =>
	`={{ $fromAI('${name}', '${description}', '${type}'${preset === undefined ? '' : `, '${preset}'`}) }}`;

async function agentWorkflow(
	{ rest, double, credential }: Stage,
	continuing: 'handle' | 'session',
): Promise<WorkflowFile> {
	const model = await rest.saveCredential('Chat model', 'openAiApi', {
		apiKey: 'sk-local-double',
		url: double.url,
	});
	const path = `agent-by-${continuing}`;
	const place = (name: string, type: string, parameters: object, more: Partial<INode>): INode => ({
		id: name,
		name,
		type,
		typeVersion: 1,
		position: [0, 0],
		parameters: parameters as INode['parameters'],
		...more,
	});
	const nodes = [
		place(
			'Webhook',
			'n8n-nodes-base.webhook',
			// The tool, not the agent, counts as the last node that ran.
			{ httpMethod: 'POST', path, responseMode: 'responseNode', options: {} },
			{ typeVersion: 2, webhookId: path },
		),
		place(
			'Agent',
			'@n8n/n8n-nodes-langchain.agent',
			{ promptType: 'define', text: '={{ $json.body.text }}', options: {} },
			{ typeVersion: 3.1 },
		),
		place(
			'Answer',
			'n8n-nodes-base.respondToWebhook',
			{ respondWith: 'text', responseBody: '={{ $json.output }}', options: {} },
			{ typeVersion: 1.4 },
		),
		place(
			'Chat Model',
			'@n8n/n8n-nodes-langchain.lmChatOpenAi',
			{ model: { __rl: true, mode: 'id', value: 'gpt-5.4' }, options: {} },
			{ typeVersion: 1.2, credentials: { openAiApi: { id: model.id, name: model.name } } },
		),
		place(
			'Draw',
			'n8n-nodes-gpt-image.gptImageTool',
			{
				toolDescription:
					'Draws a picture, or changes one that it drew before. To change one, give its handle.',
				resource: 'conversation',
				operation: 'send',
				message: fromAi('message', 'What to draw, or what to change'),
				...(continuing === 'session'
					? { continueFrom: 'session', sessionKey: '={{ $json.body.chat }}' }
					: {
							continueFrom: 'response',
							previousResponseId: fromAi(
								'previousResponseId',
								'responseId of the picture to change; empty for a new picture',
								'string',
								'',
							),
						}),
				quality: 'low',
				options: {},
			},
			{ credentials: { gptImageApi: { id: credential.id, name: credential.name } } },
		),
	];
	const to = (node: string, type: 'main' | 'ai_tool' | 'ai_languageModel') => ({
		[type]: [[{ node, type, index: 0 }]],
	});
	return {
		id: continuing === 'session' ? 'AgentSessionE2e0' : 'AgentHandleE2e00',
		name: `Agent that draws, by ${continuing}`,
		nodes,
		connections: {
			Webhook: to('Agent', 'main'),
			Agent: to('Answer', 'main'),
			'Chat Model': to('Agent', 'ai_languageModel'),
			Draw: to('Agent', 'ai_tool'),
		},
		// In n8n's old order an agent goes on before its tools have run.
		settings: { executionOrder: 'v1' },
	};
}
