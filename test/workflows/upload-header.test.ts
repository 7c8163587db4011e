import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { NodeConnectionTypes, type IExecuteFunctions, type INodeType } from 'n8n-workflow';
import type { WorkflowFile } from '../host/types';
import type { Double } from '../openai-double';
import { execute, node, startNode } from './engine';
import { setUp } from './set-up';
import { GptImage } from '../../nodes/GptImage/GptImage.node';

/** The upload of the WordPress example: what a server reads in its Content-Disposition header. */

const root = path.join(__dirname, '..', '..');
const example = JSON.parse(
	readFileSync(path.join(root, 'examples', 'articles-to-wordpress.json'), 'utf8'),
) as WorkflowFile;
const headers = example.nodes.find(({ name }) => name === 'Upload Image')?.parameters
	.headerParameters as { parameters: Array<{ name: string; value: string }> };
const header = headers.parameters.find(({ name }) => name === 'Content-Disposition')?.value ?? '';

/** As WordPress reads it: `filename` alone, up to the next semicolon, without its quotes. */
function wordPressName(value: string): string | undefined {
	const [, ...attributes] = value.split(';').map((part) => part.trim());
	const name = attributes.find((part) => part.startsWith('filename='))?.slice('filename='.length);
	return name?.replace(/^"(.*)"$/, '$1');
}

/** As RFC 8187 defines it; undefined when a character stands there that is not allowed. */
function extendedName(value: string): string | undefined {
	const coded = /;\s*filename\*=UTF-8''((?:[\w!#$&+.^`|~-]|%[0-9a-f]{2})+)$/i.exec(value)?.[1];
	return coded === undefined ? undefined : decodeURIComponent(coded);
}

/** Sends what n8n's HTTP Request sends: the header, evaluated by n8n, through n8n's HTTP helper. */
const upload: INodeType = {
	description: {
		displayName: 'Upload',
		name: 'upload',
		group: ['output'],
		version: 1,
		description: 'Uploads',
		defaults: { name: 'Upload' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: [
			{ displayName: 'Header', name: 'header', type: 'string', default: '' },
			{ displayName: 'URL', name: 'url', type: 'string', default: '' },
		],
	},
	async execute(this: IExecuteFunctions) {
		await this.helpers.httpRequest({
			method: 'POST',
			url: String(this.getNodeParameter('url', 0)),
			headers: { 'Content-Disposition': this.getNodeParameter('header', 0) as string },
			body: await this.helpers.getBinaryDataBuffer(0, 'data'),
		});
		return [[{ json: {} }]];
	},
};

let double: Double;
let server: Server;
const received: string[] = [];
beforeAll(async () => {
	double = await setUp();
	server = createServer((request, response) => {
		received.push(request.headers['content-disposition'] ?? '');
		request.resume().on('end', () => response.end('{}'));
	});
	await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterAll(async () => {
	server.close();
	await double.close();
});
beforeEach(() => received.splice(0));

it.each([
	['パンダ', '{prompt}', 'image-.png', 'パンダ.png'],
	['हिन्दी में कप', '{prompt}', 'image-.png', 'हिन्दी-में-कप.png'],
	['แมวสีน้ำเงิน', '{prompt}', 'image-.png', 'แมวสีน้ำเงิน.png'],
	['파란 컵', '{prompt}', 'image-.png', '파란-컵.png'],
	['كوب أزرق', '{prompt}', 'image-.png', 'كوب-أزرق.png'],
	['Panda パンダ', '{prompt}', 'panda-.png', 'panda-パンダ.png'],
	['Größe', '{prompt}', 'gro-e.png', 'große.png'],
	['a', 'Đèn lồng đỏ', 'image-en-long-o.png', 'Đèn lồng đỏ.png'],
	['a', "Anna's (new); cup", 'Anna-s-new-cup.png', "Anna's (new); cup.png"],
	['a', '🐼 100%', 'image-100-.png', '🐼 100%.png'],
	['blue cup', '{prompt}-{index}', 'blue-cup.png', 'blue-cup.png'],
])('%s as %s', async (prompt, template, ascii, whole) => {
	const { port } = server.address() as AddressInfo;
	const to = (name: string) => ({ main: [[{ node: name, type: 'main' as const, index: 0 }]] });
	const run = await execute({
		workflow: {
			nodes: [
				node('Start', 'test.start'),
				node(
					'GPT Image',
					'n8n-nodes-gpt-image.gptImage',
					{
						resource: 'image',
						operation: 'generate',
						prompt,
						quality: 'low',
						options: { fileName: template },
					},
					{ credentials: { gptImageApi: { id: '1', name: 'Double' } } },
				),
				node('Upload', 'test.upload', { header, url: `http://127.0.0.1:${port}/media` }),
			],
			connections: { Start: to('GPT Image'), 'GPT Image': to('Upload') },
		},
		nodeTypes: {
			'test.start': startNode([{ json: {} }]),
			'n8n-nodes-gpt-image.gptImage': new GptImage(),
			'test.upload': upload,
		},
		credentials: {
			gptImageApi: { apiKey: 'sk-test', organizationId: '', projectId: '', baseUrl: double.url },
		},
	});
	expect(run.data.resultData.error).toBeUndefined();
	const [value = ''] = received;
	expect(wordPressName(value)).toBe(ascii);
	expect(extendedName(value)).toBe(whole);
	expect(/^[\x20-\x7e]+$/.test(value)).toBe(true);
});

it('stands in the recipe as in the example', () => {
	expect(readFileSync(path.join(root, 'docs', 'recipes.md'), 'utf8')).toContain(header.slice(1));
});
