import { startDouble, type Double } from './index';
import { clientOf, flatPng, upload } from './testing';

let double: Double;
beforeAll(async () => {
	double = await startDouble({ drawing: 'plain' });
});
afterAll(() => double.close());

async function outputTokens(model: string, quality: string, size: string): Promise<number> {
	const answer = await clientOf(double).images.generate({
		model,
		prompt: 'x',
		size,
		quality: quality as 'low',
	});
	return answer.usage?.output_tokens ?? 0;
}

describe('output tokens', () => {
	it.each([
		['gpt-image-2', 'low', '1024x1024', 196],
		['gpt-image-2', 'medium', '1024x1024', 1756],
		['gpt-image-2', 'high', '1024x1024', 7024],
		['gpt-image-2', 'low', '1536x1024', 158],
		['gpt-image-2', 'medium', '1024x1536', 1372],
		['gpt-image-2', 'high', '1536x1024', 5488],
		['gpt-image-2', 'high', '1792x1024', 5063],
		['gpt-image-2', 'high', '3584x2048', 12_329],
		['gpt-image-2', 'low', '1440x480', 54],
		// Half goes to the even neighbour: half up would make it 119.
		['gpt-image-2', 'low', '672x1024', 108],
		['gpt-image-2', 'medium', '944x1536', 1201],
		['gpt-image-2.5-sunburst', 'low', '1024x1024', 196],
		['gpt-image-2.5-sunburst', 'medium', '1024x1024', 439],
		['gpt-image-2.5-flare', 'high', '1024x1024', 1756],
		['gpt-image-2.5-flare', 'xhigh', '1024x1024', 3122],
		['gpt-image-2.5-flare', 'max', '1024x1024', 7024],
		['gpt-image-2.5-flare', 'xhigh', '1536x1024', 2459],
		// The order of the divisions decides this one.
		['gpt-image-2.5-flare', 'xhigh', '784x2048', 1443],
		['gpt-image-1-mini', 'low', '1024x1024', 272],
		['gpt-image-1-mini', 'medium', '1024x1536', 1584],
		['gpt-image-1-mini', 'high', '1536x1024', 6208],
	])('%s %s %s: %i', async (model, quality, size, tokens) => {
		expect(await outputTokens(model, quality, size)).toBe(tokens);
	});

	it('lie for 2.6 where they were measured', async () => {
		const low = await outputTokens('gpt-image-2.6-flare', 'low', '1536x1024');
		expect(low).toBeGreaterThan(158 * 3);
		expect(low).toBeLessThan(158 * 4.3);
		expect(await outputTokens('gpt-image-2.6-flare', 'high', '1536x1024')).toBe(1353);
	});

	it('match no tier when 2.5 chooses the quality', async () => {
		expect(await outputTokens('gpt-image-2.5-flare', 'auto', '1024x1024')).toBe(781);
		expect(await outputTokens('gpt-image-2', 'auto', '1024x1024')).toBe(196);
	});

	it('of 1.5 hold text besides the image', async () => {
		const { usage } = await clientOf(double).images.generate({
			model: 'gpt-image-1.5',
			prompt: 'x',
			size: '1024x1024',
			quality: 'high',
		});
		expect(usage?.output_tokens_details).toEqual({ image_tokens: 4160, text_tokens: 47 });
		expect(usage?.output_tokens).toBe(4207);
		expect(usage?.total_tokens).toBe(7 + 4207);
	});
});

describe('input tokens', () => {
	it('of n images are those of n calls', async () => {
		// The measured example: text 26 and image 2,048 for two images.
		const { usage } = await clientOf(double).images.generate({
			model: 'gpt-image-2',
			prompt: 'one two three four five six seven',
			n: 2,
			quality: 'low',
			size: '1024x1024',
		});
		expect(usage).toMatchObject({ input_tokens: 26, output_tokens: 392, total_tokens: 418 });
	});

	it('count special tokens in a prompt as they come', async () => {
		const { usage } = await clientOf(double).images.generate({
			model: 'gpt-image-2',
			prompt: '<|endoftext|>',
		});
		expect(usage?.input_tokens).toBe(7);
	});

	it.each([
		[1024, 1024, 1024],
		[1536, 1024, 1536],
		[341, 512, 704],
		[1179, 2556, 1482],
		[512, 512, 1024],
		[2048, 2048, 1521],
		[1920, 1080, 1508],
		[800, 600, 768],
		[256, 256, 256],
	])('of a %ix%i reference are %i patches', async (width, height, tokens) => {
		const { usage } = await clientOf(double).images.edit({
			model: 'gpt-image-2',
			prompt: 'x',
			image: await upload(await flatPng(width, height)),
			quality: 'low',
			size: '1024x1024',
		});
		expect(usage?.input_tokens_details.image_tokens).toBe(tokens);
	});

	it.each([
		['gpt-image-1-mini', undefined, 1024, 1024, 194],
		['gpt-image-1-mini', undefined, 1536, 1024, 323],
		['gpt-image-1.5', 'low', 1536, 512, 452],
		['gpt-image-1.5', 'high', 1024, 1024, 4354],
		['gpt-image-1.5', 'high', 1536, 1024, 6563],
	] as const)(
		'on %s with fidelity %s: %ix%i is %i',
		async (model, fidelity, width, height, tokens) => {
			const { usage } = await clientOf(double).images.edit({
				model,
				prompt: 'x',
				image: await upload(await flatPng(width, height)),
				input_fidelity: fidelity,
			});
			expect(usage?.input_tokens_details.image_tokens).toBe(tokens);
		},
	);

	it('of an edit have the wrapper that was measured, and do not count the mask', async () => {
		const { usage } = await clientOf(double).images.edit({
			model: 'gpt-image-2',
			prompt: 'one two three four five six seven eight nine ten eleven twelve thirteen',
			image: [await upload(await flatPng(1024, 1024)), await upload(await flatPng(1024, 1024))],
			mask: await upload(await flatPng(1024, 1024, 0)),
			size: '1024x1024',
		});
		expect(usage?.input_tokens_details).toEqual({ image_tokens: 2048, text_tokens: 50 });
	});
});
