import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import type { Double } from '../openai-double';
import { flatPng, maskPng } from '../openai-double/testing';
import { imageOf, inSession, paidOf, say, turnsSent } from './conversations';
import { bytesOf } from './engine';
import { newLedger, setUp } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => {
	newLedger();
	double.reset();
});

const lineages = () => turnsSent(double).map(({ lineage }) => lineage);

describe('three turns over three executions', () => {
	it.each(['trigger', 'manual'] as const)(
		'of one session go on from each other (%s)',
		async (mode) => {
			const turns = ['A logo for a bakery', 'More geometric', 'Add a tagline'];
			const pictures = [];
			for (const message of turns) {
				const { items, error } = await say(double, message, inSession('chat 42'), {
					engine: { mode },
				});
				expect(error).toBeUndefined();
				expect(items).toHaveLength(1);
				pictures.push(items[0]);
			}
			expect(lineages()).toEqual([turns.slice(0, 1), turns.slice(0, 2), turns]);
			expect(pictures.map((item) => imageOf(item).conversation.turn)).toEqual([1, 2, 3]);
			const third = imageOf(pictures[2]);
			expect(third).toMatchObject({
				model: 'gpt-image-2',
				prompt: 'Add a tagline',
				revisedPrompt:
					'A logo for a bakery, then More geometric, then Add a tagline. Carefully composed.',
				width: 1024,
				height: 1024,
				quality: 'low',
				index: 1,
				count: 1,
				conversation: {
					responseId: expect.stringMatching(/^resp_/),
					imageCallId: expect.stringMatching(/^ig_/),
					chatModel: 'gpt-5.4',
					sessionKey: 'chat 42',
					text: 'Here it is: Add a tagline',
				},
				request: { attempts: 1, reused: false, dryRun: false },
				warnings: [],
			});
			const bytes = await bytesOf(pictures[2]?.binary?.data);
			expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 1024 });
			expect(third.sha256).toBe(double.journal.at(-1)?.imageSha256[0]);
			expect(turnsSent(double).map(({ body }) => body?.previous_response_id)).toEqual([
				undefined,
				imageOf(pictures[0]).conversation.responseId,
				imageOf(pictures[1]).conversation.responseId,
			]);
		},
	);

	it('cost what both models have used, to the cent', async () => {
		const costs: IDataObject[] = [];
		for (const message of ['A logo for a bakery', 'More geometric', 'Add a tagline']) {
			const { items } = await say(double, message, inSession('costs'));
			const { usage, cost } = imageOf(items[0]);
			costs.push({ usage, usd: cost.usd, parts: cost.parts });
			const { estimatedUsd } = cost;
			expect(cost.usd).toBeGreaterThanOrEqual(estimatedUsd.min);
			expect(cost.usd).toBeLessThanOrEqual(estimatedUsd.max);
		}
		const third = costs[2] as {
			usage: Record<string, number & Record<string, number>>;
			usd: number;
		};
		const { usage } = third;
		expect(usage).toMatchObject({ imageOutput: 196, imageInput: 1024, imageInputCached: 1024 });
		// USD per million: text 5, image 8, cached image 2, image output 30; chat 2.50, 0.25, 15.
		const { chat = { input: 0, inputCached: 0, output: 0 } } = usage as {
			chat?: { input: number; inputCached: number; output: number };
		};
		const expected =
			((usage.textInput ?? 0) * 5 +
				1024 * 8 +
				1024 * 2 +
				196 * 30 +
				chat.input * 2.5 +
				chat.inputCached * 0.25 +
				chat.output * 15) /
			1e6;
		expect(chat.inputCached).toBe(1024);
		expect(third.usd).toBeCloseTo(expected, 12);
	});
});

it('goes on from a response, from an earlier picture, and from what is attached', async () => {
	const first = imageOf((await say(double, 'A red mug')).items[0]).conversation;
	const second = await say(double, 'Make it blue', {
		continueFrom: 'response',
		previousResponseId: first.responseId,
	});
	expect(imageOf(second.items[0]).conversation).toMatchObject({ turn: 2 });
	expect(imageOf(second.items[0]).conversation).not.toHaveProperty('sessionKey');
	await say(double, 'Add a spoon', { options: { imageCallId: first.imageCallId } });
	expect(lineages()).toEqual([
		['A red mug'],
		['A red mug', 'Make it blue'],
		['A red mug', 'Add a spoon'],
	]);
});

it('does not know the turn number of a response that it did not make', async () => {
	const { items } = await say(double, 'A red mug');
	process.env.N8N_GPT_IMAGE_LEDGER = mkdtempSync(path.join(tmpdir(), 'gpt-image-other-'));
	const { responseId } = imageOf(items[0]).conversation;
	const next = await say(double, 'Blue', {
		continueFrom: 'response',
		previousResponseId: responseId,
		action: 'edit',
	});
	expect(next.error).toBeUndefined();
	expect(imageOf(next.items[0]).conversation.turn).toBeNull();
	expect(lineages().at(-1)).toEqual(['A red mug', 'Blue']);
});

it('begins a session anew when it is told to', async () => {
	await say(double, 'A red mug', inSession('s'));
	const { items } = await say(double, 'A blue cup', {
		...inSession('s'),
		options: { resetSession: true },
	});
	expect(imageOf(items[0])).toMatchObject({ conversation: { turn: 1 }, warnings: [] });
	await say(double, 'Larger', inSession('s'));
	expect(lineages()).toEqual([['A red mug'], ['A blue cup'], ['A blue cup', 'Larger']]);
});

it('answers the messages of one session in order, whatever runs in parallel', async () => {
	const messages = ['A fox [[slow 300]]', 'In snow', 'At night', 'With stars'];
	const { items, error } = await say(
		double,
		'={{ $json.text }}',
		{ ...inSession('=story {{ $json.chat }}'), options: { maxParallel: 8 } },
		{
			items: [
				...messages.map((text) => ({ json: { text, chat: 1 } })),
				{ json: { text: 'A cat', chat: 2 } },
			],
		},
	);
	expect(error).toBeUndefined();
	expect(items.map((item) => imageOf(item).conversation.turn)).toEqual([1, 2, 3, 4, 1]);
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual(
		[0, 1, 2, 3, 4].map((item) => ({ item })),
	);
	const ofStory = lineages().find((lineage) => lineage?.length === 4);
	expect(ofStory).toEqual(messages);
});

it('makes one item for each image call, in order, and splits the cost exactly', async () => {
	const { items, error } = await say(double, 'A fox crosses a river [[panels 6]]', {
		options: { fileName: 'panel' },
	});
	expect(error).toBeUndefined();
	const images = items.map(imageOf);
	expect(images.map(({ index, count }) => [index, count])).toEqual(
		[1, 2, 3, 4, 5, 6].map((index) => [index, 6]),
	);
	expect(images.map(({ revisedPrompt }) => revisedPrompt?.slice(0, 12))).toEqual(
		[1, 2, 3, 4, 5, 6].map((panel) => `Panel ${panel} of 6`),
	);
	expect(images.every(({ prompt }) => prompt === 'A fox crosses a river [[panels 6]]')).toBe(true);
	expect(items.map(({ binary }) => binary?.data?.fileName)).toEqual(
		[1, 2, 3, 4, 5, 6].map((index) => `panel-${index}.png`),
	);
	expect(images.map(({ sha256 }) => sha256)).toEqual(turnsSent(double)[0]?.imageSha256);
	expect(new Set(images.map(({ conversation }) => conversation.imageCallId)).size).toBe(6);
	const tokens = (kind: string) =>
		images.reduce((sum, { usage }) => sum + Number(usage?.[kind] ?? 0), 0);
	expect(tokens('imageOutput')).toBe(6 * 196);
	const total = images.reduce((sum, { cost }) => sum + (cost.usd ?? 0), 0);
	const parts = tokens('textInput') * 5 + 6 * 196 * 30;
	const chat = images.map(({ usage }) => usage?.chat as Record<string, number>);
	const chatParts = chat.reduce(
		(sum, { input = 0, inputCached = 0, output = 0 }) =>
			sum + input * 2.5 + inputCached * 0.25 + output * 15,
		0,
	);
	expect(total).toBeCloseTo((parts + chatParts) / 1e6, 10);
});

it('gives words alone as an item without a picture, with a warning', async () => {
	const own = { data: 'AA==', mimeType: 'image/png', fileName: 'own.png' };
	const { items, error } = await say(double, 'What can you do? [[talk]]', inSession('talk'), {
		items: [{ json: { chat: 7 }, binary: { data: own, other: own } }],
	});
	expect(error).toBeUndefined();
	expect(items).toHaveLength(1);
	expect(items[0]?.binary).toEqual({ other: own });
	expect(items[0]?.json).toMatchObject({
		chat: 7,
		image: {
			prompt: 'What can you do? [[talk]]',
			index: 0,
			count: 0,
			conversation: {
				text: 'I read "What can you do?". Tell me more, and I will draw it.',
				imageCallId: null,
				turn: 1,
			},
			warnings: [expect.stringContaining('The model answered without a picture')],
		},
	});
	const { cost, usage } = imageOf(items[0]);
	const chat = usage?.chat as { input: number; output: number };
	expect(cost.usd).toBeCloseTo((chat.input * 2.5 + chat.output * 15) / 1e6, 12);
	await say(double, 'A mug then', inSession('talk'));
	expect(turnsSent(double)[1]?.body).toHaveProperty(
		'previous_response_id',
		imageOf(items[0]).conversation.responseId,
	);
});

it('always draws when it is told to generate', async () => {
	const { items } = await say(double, 'What can you do? [[talk]]', { action: 'generate' });
	expect(imageOf(items[0]).count).toBe(1);
	expect(items[0]?.binary).toHaveProperty('data');
});

describe('a failed image call inside a good answer', () => {
	const message = 'A story [[panels 3]] [[failcall 2]]';
	const failedItem = {
		error: "OpenAI's moderation blocked the finished picture (violence)",
		message: expect.stringContaining('Change the prompt'),
		details: {
			code: 'moderation_blocked',
			type: 'image_generation_user_error',
			retryable: false,
			billed: 'possibly',
			prompt: message,
			itemIndex: 0,
		},
	};

	it('is a failed item in its place', async () => {
		const { items } = await say(
			double,
			message,
			{},
			{ settings: { onError: 'continueRegularOutput' } },
		);
		expect(items).toHaveLength(3);
		expect(items.map(({ json }) => 'image' in json)).toEqual([true, false, true]);
		expect(items[1]?.json).toMatchObject(failedItem);
		expect(imageOf(items[2])).toMatchObject({ index: 2, count: 2 });
	});

	it('leaves by the error output', async () => {
		const { items, failed } = await say(
			double,
			message,
			{},
			{ settings: { onError: 'continueErrorOutput' } },
		);
		expect(items.map((item) => imageOf(item).index)).toEqual([1, 2]);
		expect(failed).toHaveLength(1);
		expect(failed[0]?.json).toMatchObject(failedItem);
	});

	it('stops the node, whose good pictures are kept for the next run', async () => {
		const first = await say(double, message);
		expect(first.error?.message).toMatch(/^OpenAI's moderation blocked the finished picture/);
		const again = await say(
			double,
			message,
			{},
			{ settings: { onError: 'continueRegularOutput' } },
		);
		expect(again.items.map(({ json }) => 'image' in json)).toEqual([true, false, true]);
		expect(again.items[1]?.json).toMatchObject({ error: failedItem.error });
		expect(imageOf(again.items[0]).request.reused).toBe(true);
		expect(turnsSent(double)).toHaveLength(1);
	});

	it('fails the turn when there is no good picture, and the session stays as it was', async () => {
		await say(double, 'A mug', inSession('f'));
		const { error } = await say(double, 'A knife [[failcall]]', inSession('f'));
		expect(error?.message).toMatch(/^OpenAI's moderation blocked the finished picture/);
		await say(double, 'A spoon', inSession('f'));
		expect(lineages().at(-1)).toEqual(['A mug', 'A spoon']);
	});
});

describe('attachments', () => {
	const binary = (bytes: Buffer, fileName: string, mimeType: string) => ({
		data: bytes.toString('base64'),
		fileName,
		mimeType,
	});
	const attach = (...values: IDataObject[]): IDataObject => ({ attachments: { values } });
	const field = (name: string, more: IDataObject = {}): IDataObject => ({
		source: 'field',
		field: name,
		...more,
	});

	it('are pictures and documents, from fields, addresses and files', async () => {
		const jpeg = await sharp(await flatPng(800, 600))
			.jpeg()
			.toBuffer();
		const { items, error } = await say(
			double,
			'A poster for this',
			attach(
				field('brief', { label: 'what we want' }),
				field('photo', { label: 'the product' }),
				{ source: 'url', url: 'https://example.com/prices.xlsx' },
				{ source: 'url', url: 'https://example.com/logo.png' },
			),
			{
				items: [
					{
						json: {},
						binary: {
							photo: binary(jpeg, 'mug.jpg', 'image/jpeg'),
							brief: binary(Buffer.from('# Brief\nBlue.'), 'brief.md', 'text/markdown'),
						},
					},
				],
			},
		);
		expect(error).toBeUndefined();
		expect(imageOf(items[0]).revisedPrompt).toContain('following brief.md, prices.xlsx');
		expect(turnsSent(double)[0]?.body?.input).toEqual([
			{
				role: 'user',
				content: [
					{
						type: 'input_file',
						filename: 'brief.md',
						file_data: expect.objectContaining({ contentType: 'text/markdown', bytes: 13 }),
					},
					{ type: 'input_file', file_url: 'https://example.com/prices.xlsx' },
					{
						type: 'input_image',
						detail: 'auto',
						image_url: expect.objectContaining({ format: 'jpeg', width: 800, height: 600 }),
					},
					{ type: 'input_image', detail: 'auto', image_url: 'https://example.com/logo.png' },
					{
						type: 'input_text',
						text: 'brief.md: what we want\nImage 1: the product\n\nA poster for this',
					},
				],
			},
		]);
	});

	it('are made upright and readable as for an edit, with a note', async () => {
		const turned = await sharp(await flatPng(800, 600))
			.withMetadata({ orientation: 6 })
			.jpeg()
			.toBuffer();
		const { items } = await say(double, 'Warmer', attach({ source: 'allFields' }), {
			items: [
				{
					json: {},
					binary: {
						photo: binary(turned, 'phone.jpg', 'image/jpeg'),
						notes: binary(Buffer.from('a,b\n1,2\n'), 'notes.csv', 'text/csv'),
					},
				},
			],
		});
		expect(turnsSent(double)[0]?.body?.input).toMatchObject([
			{
				content: [
					{ type: 'input_file', filename: 'notes.csv' },
					{ type: 'input_image', image_url: { width: 600, height: 800 } },
					{ type: 'input_text' },
				],
			},
		]);
		expect(imageOf(items[0]).warnings).toEqual([
			expect.stringContaining('Image 1 was turned upright'),
		]);
	});

	it('go through the Files API when they are large, and are deleted afterwards', async () => {
		const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(9 * 2 ** 20, 'x')]);
		const { error, items } = await say(double, 'A cover for this', attach(field('book')), {
			items: [{ json: {}, binary: { book: binary(pdf, 'book.pdf', 'application/pdf') } }],
		});
		expect(error).toBeUndefined();
		expect(imageOf(items[0]).warnings).toEqual([]);
		expect(
			double.journal.map(({ method, path: to }) => `${method} ${to.replace(/file-.*/, 'ID')}`),
		).toEqual(['POST /v1/files', 'POST /v1/responses', 'DELETE /v1/files/ID']);
		expect(turnsSent(double)[0]?.body?.input).toMatchObject([
			{ content: [{ type: 'input_file', file_id: expect.stringMatching(/^file-/) }, {}] },
		]);
	});

	it('may have a mask for the first picture, outside of which nothing changes', async () => {
		const size = { width: 1024, height: 1024 };
		const room = await sharp({
			create: { ...size, channels: 3, background: { r: 30, g: 160, b: 90 } },
		})
			.png()
			.toBuffer();
		const mask = await maskPng(size, { left: 256, top: 256, width: 512, height: 512 });
		const { items, error } = await say(
			double,
			'A lamp here',
			{
				...attach(field('room')),
				action: 'edit',
				maskSource: 'field',
				maskField: 'mask',
				maskMeaning: 'alpha',
			},
			{
				items: [
					{
						json: {},
						binary: {
							room: binary(room, 'room.png', 'image/png'),
							mask: binary(mask, 'mask.png', 'image/png'),
						},
					},
				],
			},
		);
		expect(error).toBeUndefined();
		expect(turnsSent(double)[0]?.body?.tools).toMatchObject([
			{ input_image_mask: { image_url: { width: 1024, height: 1024, hasAlpha: true } } },
		]);
		const made = await sharp(await bytesOf(items[0]?.binary?.data))
			.removeAlpha()
			.raw()
			.toBuffer();
		const pixel = (x: number, y: number) => [
			...made.subarray((y * 1024 + x) * 3, (y * 1024 + x) * 3 + 3),
		];
		expect(pixel(10, 10)).toEqual([30, 160, 90]);
		expect(pixel(1000, 500)).toEqual([30, 160, 90]);
		expect(pixel(512, 512)).not.toEqual([30, 160, 90]);
	});

	describe('are refused before any request', () => {
		const files = (count: number, bytes: Buffer, name: string, type: string) => ({
			items: [
				{
					json: {},
					binary: Object.fromEntries(
						Array.from({ length: count }, (_, i) => [`file${i}`, binary(bytes, name, type)]),
					),
				},
			],
		});
		afterEach(() => expect(double.journal).toEqual([]));

		it('when they are 17', async () => {
			const more = files(17, await flatPng(16, 16), 'a.png', 'image/png');
			const all = await say(double, 'A collage', attach({ source: 'allFields' }), more);
			expect(all.error?.message).toContain("'Attachments' has 17 files");
			const named = Array.from({ length: 17 }, (_, i) => field(`file${i}`));
			const each = await say(double, 'A collage', attach(...named), more);
			expect(each.error?.message).toContain("'Attachments' has 17 files");
		});

		it('when a PDF has 60 MB', async () => {
			const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(60 * 2 ** 20)]);
			const more = files(1, pdf, 'catalogue.pdf', 'application/pdf');
			const { error } = await say(double, 'A cover', attach(field('file0')), more);
			expect(error?.message).toBe(
				'\'Attachments\' 1 (field "file0"): "catalogue.pdf" has 60.0 MB [item 0]',
			);
		});

		it('when a PDF is an error page', async () => {
			const page = Buffer.from('<!doctype html><title>404</title>');
			const more = files(1, page, 'catalogue.pdf', 'application/pdf');
			const { error } = await say(double, 'A cover', attach(field('file0')), more);
			expect(error?.message).toContain('is not what its name says: it is a web page (HTML)');
		});

		it('when they are neither picture nor document', async () => {
			const more = files(1, Buffer.from('MZ\0\0'), 'setup.exe', 'application/x-msdownload');
			const { error } = await say(double, 'A cover', attach(field('file0')), more);
			expect(error?.message).toContain('"setup.exe" is neither a picture nor a document');
		});

		it('when a mask has no picture to lie on', async () => {
			const more = files(1, Buffer.from('text'), 'notes.txt', 'text/plain');
			const { error } = await say(
				double,
				'Change this',
				{ ...attach(field('file0')), maskSource: 'box' },
				more,
			);
			expect(error?.message).toContain("'Mask' is set, but 'Attachments' has no picture");
		});
	});
});

describe('bad input is refused before any request, and names the parameter', () => {
	it.each<[string, string, IDataObject, string]>([
		['an empty message', ' ', {}, "'Message' is empty"],
		['an empty session key', 'x', inSession('={{ $json.chat }}'), "'Session Key' is empty"],
		[
			'a session key of 10 kB',
			'x',
			inSession('k'.repeat(10_240)),
			"'Session Key' has 10,240 characters",
		],
		[
			'an image model that shall talk',
			'x',
			{ chatModel: { __rl: true, mode: 'id', value: 'gpt-image-2' } },
			"'Chat Model' is gpt-image-2, an image model",
		],
		['an edit before there is a picture', 'x', { action: 'edit' }, "'Action' is edit"],
		[
			'an edit as the first turn of a session',
			'x',
			{ ...inSession('new'), action: 'edit' },
			"'Action' is edit, but the conversation has no picture yet",
		],
		[
			'an empty response ID',
			'x',
			{ continueFrom: 'response', previousResponseId: '={{ $json.response }}' },
			"'Previous Response ID' is empty",
		],
		['a final version of nothing', '', { options: { finalQuality: 'high' } }, "'Final Quality'"],
		['a size off the grid', 'x', { size: '1000x1000' }, "'Size' 1000x1000"],
	])('%s', async (_what, message, parameters, expected) => {
		const stopped = await say(double, message, parameters);
		expect(stopped.error?.message).toContain(expected);
		const { items } = await say(double, message, parameters, {
			settings: { onError: 'continueRegularOutput' },
		});
		expect(items[0]?.json.error).toContain(expected);
		expect(items[0]?.json.details).toMatchObject({ billed: 'no', retryable: false });
		expect(double.journal).toEqual([]);
	});

	it('an edit after words alone', async () => {
		await say(double, 'Hello [[talk]]', inSession('t'));
		double.reset();
		const { error } = await say(double, 'Warmer', { ...inSession('t'), action: 'edit' });
		expect(error?.message).toContain("'Action' is edit, but the conversation has no picture yet");
		expect(double.journal).toEqual([]);
	});

	it('an unknown previous response costs nothing', async () => {
		const { error } = await say(double, 'Warmer', {
			continueFrom: 'response',
			previousResponseId: 'resp_unknown',
		});
		expect(error?.message).toContain('OpenAI does not have the previous response');
		expect(paidOf(double)).toBe(0);
	});

	it('any session key works, and touches no other file', async () => {
		for (const key of ['../../../x', 'a b', '🦊', 'C:\\\\x']) {
			await say(double, 'A mug', inSession(key));
			const { items } = await say(double, 'Blue', inSession(key));
			expect(imageOf(items[0]).conversation).toMatchObject({ turn: 2, sessionKey: key });
		}
	});
});
