import { gzipSync } from 'node:zlib';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';
import { Answering, type Came } from './answering';
import { bytesOf, useBinaryMode } from './engine';
import { image, runGptImage, type NodeResult } from './gpt-image';
import { newStore } from './set-up';

/** What calls are answered with, and how an image of it or a failure is expected after one call. */

export let service: Answering;
export let png: Buffer;
export let large: Buffer;
export let other: Buffer;
export let webp: Buffer;
/** Once in a test file: one service, one store, and the images. */
export function setUpAnswers(): void {
	beforeAll(async () => {
		await useBinaryMode('memory');
		service = await new Answering().start();
		const draw = (background: string) =>
			sharp({ create: { width: 1024, height: 1024, channels: 3, background } });
		png = await draw('red').png().toBuffer();
		large = await draw('red').png({ compressionLevel: 0 }).toBuffer();
		other = await draw('blue').png().toBuffer();
		webp = await draw('red').webp().toBuffer();
		newStore();
	});
	afterAll(async () => await service.close());
}

/** Runs the tests of a block with an image of 3 MB in place of the small one. */
export function withLargeImage(): void {
	let small: Buffer;
	beforeAll(() => {
		small = png;
		png = large;
	});
	afterAll(() => {
		png = small;
	});
}

export const usage = {
	input_tokens: 8,
	input_tokens_details: { text_tokens: 8, image_tokens: 0 },
	output_tokens: 196,
	total_tokens: 204,
};
/** 8 text tokens at $5 and 196 image tokens at $30 for a million. */
export const usd = 0.00592;

export const base64 = (bytes: Buffer): string => bytes.toString('base64');
export const imageJson = (more: object = {}): string =>
	JSON.stringify({ created: 1, data: [{ b64_json: base64(png) }], usage, ...more });
export const sse = (...frames: ReadonlyArray<string | object>): string =>
	frames
		.map((frame) => (typeof frame === 'string' ? frame : `data: ${JSON.stringify(frame)}\n\n`))
		.join('');
export const partial = () => ({ type: 'image_generation.partial_image', b64_json: base64(other) });
export const completed = (more: object = {}) => ({
	type: 'image_generation.completed',
	b64_json: base64(png),
	usage,
	...more,
});
export const stream = (body: string, more: Partial<Came> = {}): Came => ({
	type: 'text/event-stream',
	body,
	...more,
});

export const file = (): INodeExecutionData[] => [
	{ json: {}, binary: { data: { data: base64(other), mimeType: 'image/png', fileName: 'a.png' } } },
];

export const edit = {
	operation: 'edit',
	images: { values: [{ source: 'field', field: 'data' }] },
	size: '1024x1024',
};
export const send = { resource: 'conversation', operation: 'send', prompt: 'a mug' };
export const images: ReadonlyArray<[string, IDataObject]> = [
	['a generation', {}],
	['a streamed generation', { options: { partialImages: 1 } }],
	['an edit', edit],
	['a streamed edit', { ...edit, options: { partialImages: 1 } }],
];
export const turns: ReadonlyArray<[string, IDataObject]> = [
	['a turn', send],
	['a turn in the background', { ...send, delivery: 'background' }],
];

let asked = 0;

/** Every case asks for an image of its own, so that none is taken from the one store. */
export async function ask(parameters: IDataObject, settings = {}): Promise<NodeResult> {
	return await runGptImage({
		baseUrl: service.url,
		items: parameters.operation === 'edit' ? file() : [{ json: {} }],
		parameters: { quality: 'low', ...parameters, prompt: `a mug ${asked++}` },
		settings: { onError: 'continueRegularOutput', ...settings },
	});
}

export async function expectImage(parameters: IDataObject, came: Came, bytes: () => Buffer) {
	service.reset(came);
	const { items, error } = await ask(parameters);
	expect(error).toBeUndefined();
	expect(items[0]?.json.error).toBeUndefined();
	expect(items).toHaveLength(1);
	expect((await bytesOf(items[0]?.binary?.data)).equals(bytes())).toBe(true);
	expect(service.calls).toBe(1);
	return items[0];
}

export async function expectFailure(parameters: IDataObject, came: Came) {
	service.reset(came);
	const { items } = await ask(parameters);
	expect(items).toHaveLength(1);
	expect(service.calls).toBe(1);
	const { error, message, details } = items[0]?.json ?? {};
	return { error: String(error), message: String(message), details: details as IDataObject };
}

export type Case = [name: string, came: () => Came];

export const wholeImages: Case[] = [
	['JSON', () => ({ body: imageJson() })],
	['JSON without a content type', () => ({ type: null, body: imageJson() })],
	['JSON as text/html', () => ({ type: 'text/html', body: imageJson() })],
	['JSON said to be a stream', () => stream(imageJson())],
	['JSON with two marks of the encoding', () => ({ body: `\uFEFF\uFEFF${imageJson()}` })],
	['JSON and a comment of a proxy', () => ({ body: `${imageJson()}\n<!-- 12 ms -->` })],
	['JSON with an error of null', () => ({ body: imageJson({ error: null }) })],
	[
		'compressed JSON',
		() => ({ body: gzipSync(imageJson()), headers: { 'content-encoding': 'gzip' } }),
	],
	['JSON that is compressed without a word', () => ({ body: gzipSync(imageJson()) })],
	[
		'a data URL in JSON',
		() => ({ body: imageJson({ data: [{ b64_json: `data:image/png;base64,${base64(png)}` }] }) }),
	],
	[
		'a data URL in place of an address',
		() => ({
			body: imageJson({ data: [{ b64_json: null, url: `data:image/png;base64,${base64(png)}` }] }),
		}),
	],
	['base64 without a name', () => ({ body: imageJson({ data: [base64(png)] }) })],
	['data that is no list', () => ({ body: imageJson({ data: { b64_json: base64(png) } }) })],
	['a stream', () => stream(sse(partial(), completed(), '[DONE]'))],
	['a stream without a content type', () => stream(sse(partial(), completed()), { type: null })],
	['a stream of edits', () => stream(sse({ ...completed(), type: 'image_edit.completed' }))],
	[
		'a stream with comments and empty data',
		() => stream(sse(': hi\n\n', 'data:\n\n', 'data: \n\n', completed(), 'data: [DONE]\n\n')),
	],
	[
		'a stream with texts and other events',
		() =>
			stream(
				sse('data: ping\n\n', { type: 'keepalive' }, 'event: ping\ndata: {}\n\n', completed()),
			),
	],
	['a stream with CR LF', () => stream(sse(partial(), completed()).replaceAll('\n', '\r\n'))],
	['a stream with a mark of the encoding', () => stream(`\uFEFF${sse(completed())}`)],
	['a stream in small pieces', () => stream(sse(partial(), completed()), { piece: 4099 })],
	[
		'a stream of which only the event line tells the type',
		() =>
			stream(
				`event: image_generation.completed\ndata: ${JSON.stringify({ b64_json: base64(png), usage })}\n\n`,
			),
	],
	[
		'a data URL in a stream',
		() => stream(sse(completed({ b64_json: `data:image/png;base64,${base64(png)}` }))),
	],
	['a stream with JSON as its only event', () => stream(`data: ${imageJson()}\n\n`)],
	['a stream without an end behind its last event', () => stream(sse(completed()).trimEnd())],
	['a stream that is left open', () => stream(sse(completed()), { hangs: true })],
	['a stream that breaks behind the image', () => stream(sse(completed()), { breaks: true })],
	['a last event sent twice', () => stream(sse(completed(), completed()))],
];

export const rawImages: Case[] = [
	['an image', () => ({ type: 'image/png', body: png })],
	['an image without a content type', () => ({ type: null, body: png })],
	['an image said to be JSON', () => ({ body: png })],
	['base64 alone', () => ({ type: 'text/plain', body: base64(png) })],
	[
		'a data URL alone',
		() => ({ type: 'text/plain', body: `data:image/png;base64,${base64(png)}` }),
	],
];

const svgOf = (inside: string, root = 'width="64" height="64"'): string =>
	`<svg xmlns="http://www.w3.org/2000/svg" ${root}>${inside}</svg>`;

/** SVGs as a model may write them, and the width that can be read of each. */
export const svgs: ReadonlyArray<[name: string, svg: string, width: number | null]> = [
	['an ampersand', svgOf('<text y="20">A & B</text>'), null],
	['an entity of HTML', svgOf('<text y="20">A&nbsp;B</text>'), null],
	['no size', svgOf('<text y="20">A</text>', 'width="0" height="0"'), null],
	['no end', svgOf('<rect width="9"').slice(0, -10), null],
	['no namespace', svgOf('<rect width="9"/>').replace(/xmlns="[^"]*"/, ''), null],
	['sizes in %', svgOf('<rect width="9" height="9"/>', 'width="100%" height="100%"'), 9],
	['a mark of the encoding', `\uFEFF${svgOf('<rect width="9" height="9"/>')}`, 64],
];

/** An SVG that was asked for is delivered as it came, and once more from the store. */
export async function expectSvg(
	parameters: IDataObject,
	came: (result: string) => Came,
	[name, svg, width]: (typeof svgs)[number],
): Promise<void> {
	const bytes = Buffer.from(svg);
	service.reset(came(base64(bytes)));
	for (const reused of [false, true]) {
		const { items, error } = await runGptImage({
			baseUrl: service.url,
			items: parameters.operation === 'edit' ? file() : [{ json: {} }],
			parameters: {
				...parameters,
				model: { __rl: true, mode: 'list', value: 'gpt-image-2.6-flare' },
				prompt: `an SVG with ${name}`,
				options: { outputFormat: 'svg' },
				limits: { reuse: 'always' },
			},
		});
		expect(error).toBeUndefined();
		expect((await bytesOf(items[0]?.binary?.data)).equals(bytes)).toBe(true);
		const facts = image(items[0]);
		expect(facts).toMatchObject({ format: 'svg', width, request: { reused } });
		const codes = (facts.warnings as Array<{ code: string }>).map(({ code }) => code);
		expect(codes.includes('not_measured')).toBe(width === null);
	}
	expect(service.calls).toBe(1);
}
