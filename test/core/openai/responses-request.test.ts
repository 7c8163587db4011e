import type { Client } from '../../../core/openai/client';
import type { Double } from '../../openai-double';
import { clientOf, flatPng } from '../../openai-double/testing';
import { lastBody, say, setUpTurns } from './turns';

let double: Double;
let client: Client;
beforeAll(async () => ({ double, client } = await setUpTurns()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

describe('the request', () => {
	it('says everything that the parameters say, and nothing else', async () => {
		await say(client, 'A poster for a jazz night', {
			image: {
				size: '1536x1024',
				quality: 'medium',
				outputFormat: 'webp',
				outputCompression: 80,
				background: 'opaque',
				moderation: 'low',
				partialImages: 2,
				safetyIdentifier: 'user-7',
			},
			turn: {
				chatModel: 'gpt-6-luna',
				action: 'generate',
				instructions: 'Never draw people.',
				reasoningEffort: 'low',
			},
			call: { maxToolCalls: 3 },
		});
		expect(lastBody(double)).toEqual({
			model: 'gpt-6-luna',
			input: [
				{ role: 'user', content: [{ type: 'input_text', text: 'A poster for a jazz night' }] },
			],
			instructions: 'Never draw people.',
			tools: [
				{
					type: 'image_generation',
					action: 'generate',
					model: 'gpt-image-2',
					size: '1536x1024',
					quality: 'medium',
					output_format: 'webp',
					output_compression: 80,
					background: 'opaque',
					moderation: 'low',
					partial_images: 2,
				},
			],
			tool_choice: { type: 'image_generation' },
			max_tool_calls: 3,
			reasoning: { effort: 'low' },
			safety_identifier: 'user-7',
			store: true,
			stream: true,
		});
	});

	it('leaves the model free to talk or to search, where the user does', async () => {
		await say(client, 'Hello', { turn: { webSearch: true } });
		expect(lastBody(double)).toMatchObject({
			tool_choice: 'auto',
			tools: [{ type: 'image_generation', action: 'auto' }, { type: 'web_search' }],
		});
		await say(client, 'Draw the news', { turn: { webSearch: true, action: 'generate' } });
		expect(lastBody(double)).toMatchObject({ tool_choice: 'required' });
	});

	it('brings attachments along: bytes, addresses and files', async () => {
		const size = { width: 1024, height: 768 };
		const image = {
			kind: 'bytes' as const,
			bytes: await flatPng(size.width, size.height),
			mimeType: 'image/png',
			fileName: 'room.png',
			...size,
		};
		const file = await clientOf(double).files.create({
			file: new File([new Uint8Array(image.bytes)], 'b.png', { type: 'image/png' }),
			purpose: 'vision',
		});
		const answer = await say(client, 'Put a lamp here', {
			turn: { action: 'edit', attachments: 4 },
			call: {
				inputs: {
					images: [
						image,
						{ kind: 'url', url: 'https://example.com/lamp.jpg' },
						{ kind: 'fileId', fileId: file.id },
					],
					documents: [
						{
							kind: 'bytes',
							bytes: Buffer.from('The lamp is brass.'),
							mimeType: 'text/plain',
							fileName: 'brief.txt',
						},
						{ kind: 'url', url: 'https://example.com/brief.pdf' },
					],
				},
			},
		});
		expect(answer.images).toHaveLength(1);
		const { input } = lastBody(double);
		expect(input).toEqual([
			{
				role: 'user',
				content: [
					{
						type: 'input_file',
						filename: 'brief.txt',
						file_data: expect.objectContaining({ contentType: 'text/plain', bytes: 18 }),
					},
					{ type: 'input_file', file_url: 'https://example.com/brief.pdf' },
					{
						type: 'input_image',
						detail: 'auto',
						image_url: expect.objectContaining({ width: 1024, height: 768, format: 'png' }),
					},
					{ type: 'input_image', detail: 'auto', image_url: 'https://example.com/lamp.jpg' },
					{ type: 'input_image', detail: 'auto', file_id: file.id },
					{ type: 'input_text', text: 'Put a lamp here' },
				],
			},
		]);
	});

	it('names an earlier image behind the message', async () => {
		const first = await say(client, 'A red mug');
		const [mug] = first.images;
		await say(client, 'A blue cup');
		const third = await say(client, 'Add a spoon', { turn: { imageCallId: mug?.imageCallId } });
		expect(third.images).toHaveLength(1);
		expect(lastBody(double).input).toEqual([
			{ role: 'user', content: [{ type: 'input_text', text: 'Add a spoon' }] },
			{ type: 'image_generation_call', id: mug?.imageCallId },
		]);
		expect(double.journal.at(-1)?.lineage).toEqual(['A red mug', 'Add a spoon']);
	});
});
