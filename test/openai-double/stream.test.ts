import type { ImageGenStreamEvent } from 'openai/resources/images';
import sharp from 'sharp';
import { startDouble, type Double } from './index';
import { clientOf, flatPng, refusalOf, upload } from './testing';

let double: Double;
beforeAll(async () => {
	double = await startDouble();
});
afterAll(() => double.close());
beforeEach(() => double.reset());

const base = { model: 'gpt-image-2', size: '1024x1024', quality: 'low' } as const;

async function events(prompt: string, more: object = {}): Promise<ImageGenStreamEvent[]> {
	const stream = await clientOf(double).images.generate({
		...base,
		prompt,
		partial_images: 2,
		...more,
		stream: true,
	});
	const seen = [];
	for await (const event of stream) seen.push(event);
	return seen;
}

it('sends the partials, then the image with its usage', async () => {
	const seen = await events('A red bicycle');
	expect(seen.map(({ type }) => type)).toEqual([
		'image_generation.partial_image',
		'image_generation.partial_image',
		'image_generation.completed',
	]);
	expect(seen[1]).toMatchObject({
		partial_image_index: 1,
		size: '1024x1024',
		quality: 'low',
		background: 'opaque',
		output_format: 'png',
		created_at: expect.any(Number),
	});
	// 196 for the image and 100 for each partial.
	expect(seen[2]).toMatchObject({
		usage: {
			input_tokens: 9,
			input_tokens_details: { image_tokens: 0, text_tokens: 9 },
			output_tokens: 396,
			total_tokens: 405,
		},
	});
	expect(seen[2]).not.toHaveProperty('usage.output_tokens_details');
	for (const { b64_json } of seen) {
		const found = await sharp(Buffer.from(b64_json, 'base64')).metadata();
		expect(found).toMatchObject({ width: 1024, height: 1024, format: 'png' });
	}
});

it('without partials is one event', async () => {
	const seen = await events('x', { partial_images: 0 });
	expect(seen.map(({ type }) => type)).toEqual(['image_generation.completed']);
});

it('sends n images one after the other', async () => {
	const seen = await events('x', { n: 2, partial_images: 1 });
	expect(seen.map(({ type }) => type.split('.')[1])).toEqual([
		'partial_image',
		'completed',
		'partial_image',
		'completed',
	]);
	expect(double.journal[0]?.paid).toBe(2);
});

it('may send fewer partials, and bills those sent', async () => {
	const seen = await events('x [[fewpartials]]', { partial_images: 3 });
	expect(seen).toHaveLength(2);
	expect(seen[1]).toMatchObject({ usage: { output_tokens: 296 } });
});

it.each([
	['[[moderation output]]', 'moderation_blocked'],
	['[[streamerror]]', 'server_error'],
])('ends with an error event at %s', async (marker, code) => {
	const refused = await refusalOf(events(`x ${marker}`));
	expect([refused.status, refused.code]).toEqual([undefined, code]);
	expect(double.journal[0]).toMatchObject({ status: 200, error: code, paid: 1 });
});

it('refuses before the stream what can be refused then', async () => {
	expect((await refusalOf(events('x [[moderation]]'))).status).toBe(400);
	expect((await refusalOf(events('x', { size: '17x17' }))).status).toBe(400);
});

it('[[cut]] breaks off within the last event', async () => {
	await expect(events('x [[cut]]')).rejects.toThrow();
	expect(double.journal[0]).toMatchObject({ paid: 1, fault: 'cut' });
});

it('streams edits under their own names', async () => {
	const stream = await clientOf(double).images.edit({
		...base,
		prompt: 'Make it night',
		image: await upload(await flatPng(1024, 1024)),
		stream: true,
		partial_images: 1,
	});
	const types = [];
	for await (const { type } of stream) types.push(type);
	expect(types).toEqual(['image_edit.partial_image', 'image_edit.completed']);
});
