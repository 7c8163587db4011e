import { ExecuteContext, ExecutionLifecycleHooks, LoadOptionsContext, RoutingNode } from 'n8n-core';
import {
	createRunExecutionData,
	Workflow,
	type IHttpRequestOptions,
	type INodeProperties,
	type INodeType,
	type IWorkflowBase,
} from 'n8n-workflow';
import { GptImageApi } from '../../credentials/GptImageApi.credentials';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import { Answering } from '../workflows/answering';
import { additionalData, node, nodeTypesOf } from '../workflows/engine';

const authenticate = async (request: object, baseUrl = 'https://gateway.example/v1') =>
	await new GptImageApi().authenticate(
		{ service: 'openai', apiKey: 'gw-1', baseUrl },
		request as IHttpRequestOptions,
	);

it.each([
	[{ url: 'https://gateway.example/v1/models' }],
	[{ url: '/models', baseURL: 'https://gateway.example/v1' }],
	[{ uri: 'https://gateway.example/v2/anything' }],
])('sends the key to the service of the credential: %j', async (request) => {
	expect(await authenticate(request)).toMatchObject({ headers: { authorization: 'Bearer gw-1' } });
});

it.each([
	[{ url: 'https://other.example/v1/models' }],
	[{ url: 'http://gateway.example/v1/models' }],
	[{ url: 'https://gateway.example:444/' }],
	[{ url: 'https://gateway.example@other.example/' }],
	[{ url: 'https://other.example', baseURL: 'https://gateway.example/v1' }],
	[{ uri: 'https://other.example/', url: 'https://gateway.example/v1' }],
	[{ url: 'https://other.example/', uri: 'https://gateway.example/v1' }],
])('sends the key nowhere else: %j', async (request) => {
	await expect(authenticate(request)).rejects.toThrow('is sent to https://gateway.example only');
});

it('prices that no run could read fail the test of the credential', async () => {
	const credential = { service: 'openai', apiKey: 'gw-1', baseUrl: 'https://gateway.example/v1' };
	const asked = new GptImageApi().authenticate(
		{ ...credential, prices: '{"gpt-image-2": 30}' },
		{ url: 'https://gateway.example/v1/models' },
	);
	await expect(asked).rejects.toThrow("'Prices' for gpt-image-2: the value is 30, not an object");
});

describe('a redirect', () => {
	const service = new Answering();
	const elsewhere = new Answering();
	const models = { body: JSON.stringify({ data: [{ id: 'gpt-image-2' }] }) };
	beforeAll(async () => await Promise.all([service.start(), elsewhere.start()]));
	afterAll(async () => await Promise.all([service.close(), elsewhere.close()]));

	const credential = { id: '1', name: 'Gateway' };

	/** What n8n makes of a node of that type, whose credential is the service's. */
	function inN8n(type: INodeType) {
		const one = node('GPT Image', 'gptImage', {}, { credentials: { gptImageApi: credential } });
		const data = { service: 'openai', apiKey: 'gw-1', baseUrl: service.url };
		const nodes = { nodes: [one], connections: {} };
		const nodeTypes = { gptImage: type };
		const workflow = new Workflow({
			...nodes,
			active: false,
			nodeTypes: nodeTypesOf(nodeTypes),
		});
		const run = { workflow: nodes, nodeTypes, credentials: { gptImageApi: data } };
		const hooks = new ExecutionLifecycleHooks('internal', '1', {} as IWorkflowBase);
		return { workflow, one, data, additional: additionalData(run, hooks, '1') };
	}
	/** As n8n does it: by a node that has nothing but the request. */
	async function testCredential(): Promise<unknown> {
		const { request } = new GptImageApi().test;
		const field = { displayName: 'Temp', name: 'temp', type: 'string', default: '' } as const;
		const { description } = new GptImage();
		const type = {
			description: {
				...description,
				credentials: [{ name: 'gptImageApi', required: true }],
				properties: [{ ...field, routing: { request } } as INodeProperties],
			},
		};
		const { workflow, one, data, additional } = inN8n(type);
		const input = { main: [[{ json: {} }]] };
		const executeData = { node: one, data: input, source: null };
		const context = new ExecuteContext(
			workflow,
			one,
			additional,
			'internal',
			createRunExecutionData(),
			0,
			[],
			input,
			executeData,
			[],
		);
		return await new RoutingNode(context, type, {
			...credential,
			type: 'gptImageApi',
			data,
		}).runNode();
	}

	async function listModels(): Promise<unknown> {
		const type = new GptImage();
		const { workflow, one, additional } = inN8n(type);
		const context = new LoadOptionsContext(workflow, one, additional, '');
		return await type.methods.listSearch.searchModels.call(context);
	}

	/** As n8n's HTTP Request node, which lets any node's credential sign its requests. */
	function requestNode() {
		const { workflow, one, additional } = inN8n(new GptImage());
		const input = { main: [[{ json: {} }]] };
		const executeData = { node: one, data: input, source: null };
		const data = createRunExecutionData();
		const of = [
			workflow,
			one,
			additional,
			'internal',
			data,
			0,
			[],
			input,
			executeData,
			[],
		] as const;
		return new ExecuteContext(...(of as unknown as ConstructorParameters<typeof ExecuteContext>));
	}

	it.each(['uri', 'url'] as const)("does not take a gateway's key along: %s", async (name) => {
		const context = requestNode();
		const { requestWithAuthentication, httpRequestWithAuthentication } = context.helpers;
		const ask = name === 'uri' ? requestWithAuthentication : httpRequestWithAuthentication;
		service.reset();
		elsewhere.gets.set('/v1/models', models);
		const headers = { location: `${elsewhere.url}/models` };
		service.gets.set('/v1/models', { status: 307, headers, body: '' });
		const request = { [name]: `${service.url}/models`, method: 'GET' } as never;
		await expect(ask.call(context, 'gptImageApi', request)).rejects.toThrow();
		expect(service.asked).toHaveLength(1);
		expect(elsewhere.asked).toEqual([]);
	});

	it.each([
		['the test of the credential', testCredential, '"id":"gpt-image-2"'],
		['the list of models', listModels, 'not listed for this key'],
	])('is not followed by %s', async (_what, ask, came) => {
		const outcome = async () => JSON.stringify(await ask().catch((error: Error) => error.message));
		service.reset();
		service.gets.set('/v1/models', models);
		elsewhere.gets.set('/v1/models', models);
		expect(await outcome()).toContain(came);
		for (const status of [301, 302, 303, 307, 308]) {
			const headers = { location: `${elsewhere.url}/models` };
			service.gets.set('/v1/models', { status, headers, body: '' });
			expect(await outcome()).not.toContain(came);
		}
		expect(service.asked).toHaveLength(6);
		expect(elsewhere.asked).toEqual([]);
	});
});
