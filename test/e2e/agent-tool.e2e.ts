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
	handle: { url?: string; sessionKey?: string; responseId: string; imageCallId: string };
	costUsd: number;
	width: number;
	height: number;
	format: string;
	fileName: string;
	url?: string;
	text?: string;
}

test("n8n's agent draws, and changes its last image by the handle it was given", async () => {
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

test('the agent gets an address from which the image can be fetched', async () => {
	const stage = await openAgent('handle');
	const { url } = await ask(stage, 'handle', { text: 'Draw a lighthouse' });
	assert.ok(url, 'n8n can sign one, as its binaries are on disk');
	const image = await fetch(url);
	assert.equal(image.status, 200);
	const bytes = Buffer.from(await image.arrayBuffer());
	assert.equal((await sharp(bytes).metadata()).format, 'png');
	const drawn = stage.double.journal.findLast(({ lineage }) => lineage !== undefined);
	assert.deepEqual(drawn?.imageSha256, [createHash('sha256').update(bytes).digest('hex')]);
});

test('an image that was generated is edited by the URL of its handle', async () => {
	const drawn = await ask(await openAgent('generate'), 'generate', { text: 'Draw a red mug' });
	assert.ok(drawn.handle.url);
	assert.equal(drawn.handle.url, drawn.url);
	const stage = await sharedStage();
	const asked = stage.double.journal.find(({ path }) => path.endsWith('/chat/completions'));
	assert.match(JSON.stringify(asked?.body?.tools), /Creates an image from a text prompt\. Returns/);
	await openAgent('edit');
	const edited = await ask(stage, 'edit', { text: `Now in blue imageUrl=${drawn.handle.url}` });
	assert.match(edited.description, /Now in blue/);
	const sent = stage.double.journal.find(({ path }) => path.endsWith('/images/edits'));
	assert.ok(sent, 'n8n read the image itself: OpenAI got its bytes');
	assert.notEqual(edited.url, drawn.url);
});

test('through a sub-workflow the agent gets a URL, too', async () => {
	const said = await quote(await openAgent('workflow'), 'workflow', { text: 'Draw a lighthouse' });
	const [{ image }] = JSON.parse(said) as [{ image: { url: string; fileName: string } }];
	assert.equal(image.fileName, 'a-lighthouse.png');
	const fetched = await fetch(image.url);
	const bytes = Buffer.from(await fetched.arrayBuffer());
	assert.equal((await sharp(bytes).metadata()).format, 'png');
});

test('the agent of a chat goes on from the last image of its session', async () => {
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
	assert.match(said, /OpenAI no longer has the previous response of this conversation/);
	assert.match(said, /start a new conversation/);
});

async function openAgent(kind: Kind): Promise<Stage> {
	const stage = await sharedStage();
	stage.double.reset();
	const workflow = await stage.rest.importWorkflow(await agentWorkflow(stage, kind));
	await stage.rest.activateWorkflow(workflow);
	return stage;
}

async function quote({ url }: Stage, kind: Kind, message: object): Promise<string> {
	const answer = await fetch(`${url}/webhook/agent-by-${kind}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(message),
	});
	const output = await answer.text();
	assert.equal(answer.status, 200, output);
	assert.match(output, /^The tool answered: /);
	return output.replace('The tool answered: ', '');
}

async function ask(stage: Stage, kind: Kind, message: object): Promise<ToolAnswer> {
	const said = await quote(stage, kind, message);
	const [answer] = [JSON.parse(said) as ToolAnswer | ToolAnswer[]].flat();
	assert.ok(answer, said);
	return answer;
}

const fromAi = (name: string, description: string, type = 'string', preset?: string): string =>
	`={{ $fromAI('${name}', '${description}', '${type}'${preset === undefined ? '' : `, '${preset}'`}) }}`;

const send = {
	toolDescription:
		'Draws an image, or changes one that it drew before. To change one, give its handle.',
	resource: 'conversation',
	operation: 'send',
	prompt: fromAi('message', 'What to draw, or what to change'),
	quality: 'low',
};

/** The tool of each agent. */
const tools = {
	handle: {
		...send,
		continueFrom: 'response',
		previousResponseId: fromAi(
			'previousResponseId',
			'responseId of the image to change; empty for a new image',
			'string',
			'',
		),
	},
	session: { ...send, continueFrom: 'session', sessionKey: '={{ $json.body.chat }}' },
	generate: { prompt: fromAi('prompt', 'What to draw'), quality: 'low' },
	edit: {
		operation: 'edit',
		prompt: fromAi('prompt', 'What to change'),
		images: { values: [{ source: 'url', url: fromAi('imageUrl', 'URL of the image to change') }] },
		quality: 'low',
	},
	workflow: undefined,
} as const;
type Kind = keyof typeof tools;

const place = (name: string, type: string, parameters: object, more: Partial<INode>): INode => ({
	id: name,
	name,
	type,
	typeVersion: 1,
	position: [0, 0],
	parameters: parameters as INode['parameters'],
	...more,
});

/** A workflow of two nodes, for an agent to call. */
const lighthouse = (credentials: Partial<INode>) => ({
	nodes: [
		place(
			'Called',
			'n8n-nodes-base.executeWorkflowTrigger',
			{ inputSource: 'passthrough' },
			{ typeVersion: 1.1 },
		),
		place(
			'Image',
			'n8n-nodes-gpt-image.gptImage',
			{ prompt: 'A lighthouse', quality: 'low' },
			credentials,
		),
	],
	connections: { Called: { main: [[{ node: 'Image', type: 'main', index: 0 }]] } },
});

async function agentWorkflow(
	{ rest, double, credential }: Stage,
	kind: Kind,
): Promise<WorkflowFile> {
	const parameters = tools[kind];
	const model = await rest.saveCredential('Chat model', 'openAiApi', {
		apiKey: 'sk-local-double',
		url: double.url,
	});
	const path = `agent-by-${kind}`;
	const credentials = {
		credentials: { gptImageApi: { id: credential.id, name: credential.name } },
	};
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
		parameters
			? place('Draw', 'n8n-nodes-gpt-image.gptImageTool', parameters, credentials)
			: place(
					'Draw',
					'@n8n/n8n-nodes-langchain.toolWorkflow',
					{
						description: 'Draws a lighthouse',
						source: 'parameter',
						workflowJson: JSON.stringify(lighthouse(credentials)),
					},
					{ typeVersion: 2.2 },
				),
	];
	const to = (node: string, type: 'main' | 'ai_tool' | 'ai_languageModel') => ({
		[type]: [[{ node, type, index: 0 }]],
	});
	return {
		id: `AgentE2e${kind.padEnd(8, '0')}`,
		name: `Agent that draws, by ${kind}`,
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
