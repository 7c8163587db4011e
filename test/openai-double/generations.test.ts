import sharp from 'sharp';
import { startDouble, type Double } from './index';
import { clientOf, imageOf, pixelsOf, refusalOf } from './testing';

let double: Double;
beforeAll(async () => {
	double = await startDouble();
});
afterAll(() => double.close());
beforeEach(() => double.reset());

const generate = (params: Record<string, unknown>) =>
	clientOf(double).images.generate({
		model: 'gpt-image-2',
		prompt: 'A red bicycle',
		quality: 'low',
		size: '1024x1024',
		...params,
		stream: false,
	});

describe('an answer', () => {
	it('tells what was resolved and holds a PNG of the asked size', async () => {
		const { data, created, ...rest } = await generate({ size: '1536x864', quality: 'medium' });
		expect(rest).toEqual({
			background: 'opaque',
			output_format: 'png',
			quality: 'medium',
			size: '1536x864',
			usage: {
				// "A red bicycle" is 3 tokens of o200k_base, and 6 around it.
				input_tokens: 9,
				input_tokens_details: { image_tokens: 0, text_tokens: 9 },
				output_tokens: 1078,
				total_tokens: 1087,
			},
		});
		expect(created).toBeGreaterThan(1_700_000_000);
		const found = await sharp(Buffer.from(data?.[0]?.b64_json ?? '', 'base64')).metadata();
		expect(found).toMatchObject({ width: 1536, height: 864, format: 'png', hasAlpha: false });
	});

	it.each(['png', 'jpeg', 'webp'] as const)('draws %s', async (format) => {
		const answer = await generate({ output_format: format });
		expect(answer.output_format).toBe(format);
		const found = await sharp(imageOf(answer)).metadata();
		expect(found).toMatchObject({ width: 1024, height: 1024, format });
	});

	it('compresses as asked', async () => {
		const fine = await generate({ output_format: 'jpeg', output_compression: 95 });
		const coarse = await generate({ output_format: 'jpeg', output_compression: 5 });
		expect(imageOf(coarse).length).toBeLessThan(imageOf(fine).length / 2);
	});

	it.each(['png', 'webp'] as const)('has see-through pixels in %s when asked', async (format) => {
		const answer = await generate({ output_format: format, background: 'transparent' });
		expect(answer.background).toBe('transparent');
		const pixels = await pixelsOf(imageOf(answer));
		expect(pixels[3]).toBe(0);
		// The middle of the badge is solid.
		expect(pixels[(440 * 1024 + 512) * 4 + 3]).toBe(255);
	});

	it('draws the same for the same prompt, another for another prompt and for each of n', async () => {
		const first = await generate({ n: 2 });
		const again = await generate({ n: 2 });
		const other = await generate({ prompt: 'A blue bicycle' });
		const pixels = await Promise.all(
			[imageOf(first), imageOf(again), imageOf(first, 1), imageOf(other)].map(pixelsOf),
		);
		expect(pixels.map((found) => pixels[0]?.equals(found))).toEqual([true, true, false, false]);
		// The files differ all the same, as signed ones do.
		expect(imageOf(first).equals(imageOf(again))).toBe(false);
	});

	it('survives any prompt', async () => {
		for (const prompt of ['<b>&"', '日本語 🙂', '\u0000\ud800', 'x'.repeat(32_000)]) {
			expect((await sharp(imageOf(await generate({ prompt }))).metadata()).width).toBe(1024);
		}
	});

	it('resolves auto to sizes that no request could ask for', async () => {
		const sizes = [];
		for (const prompt of ['a mug', 'a wide banner', 'a tall poster']) {
			sizes.push((await generate({ prompt, size: 'auto' })).size);
		}
		expect(sizes).toEqual(['1254x1254', '1312x1199', '1122x1402']);
		const legacy = await generate({ model: 'gpt-image-1.5', size: undefined, prompt: 'a poster' });
		expect(legacy.size).toBe('1024x1536');
	});

	it('echoes the safety identifier, or the user in its place', async () => {
		expect(await generate({ safety_identifier: 'a1', user: 'b2' })).toMatchObject({
			safety_identifier: 'a1',
		});
		expect(await generate({ user: 'b2' })).toMatchObject({ safety_identifier: 'b2' });
	});

	it('has request id, processing time and rate limits in its headers', async () => {
		const answers = [];
		for (let i = 0; i < 2; i++) {
			const { response } = await clientOf(double)
				.images.generate({ model: 'gpt-image-2', prompt: 'x' })
				.withResponse();
			answers.push(response.headers);
		}
		const [first, second] = answers;
		expect(first?.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
		expect(first?.get('x-request-id')).not.toBe(second?.get('x-request-id'));
		expect(first?.get('openai-processing-ms')).toMatch(/^\d+$/);
		expect(first?.get('openai-version')).toBe('2020-10-01');
		for (const name of ['limit', 'remaining', 'reset']) {
			expect(first?.get(`x-ratelimit-${name}-requests`)).toBeTruthy();
			expect(first?.get(`x-ratelimit-${name}-tokens`)).toBeTruthy();
		}
	});
});

describe('GIF and SVG', () => {
	it('animates', async () => {
		const answer = await generate({
			model: 'gpt-image-2.6-flare',
			output_format: 'gif',
			size: '816x816',
			frame_count: 3,
			frame_duration_ms: 124,
		});
		const found = await sharp(imageOf(answer), { animated: true }).metadata();
		expect(found).toMatchObject({
			format: 'gif',
			pages: 3,
			pageHeight: 816,
			delay: [120, 120, 120],
		});
	});

	it.each([
		['960x960', 9, true],
		['976x976', 9, false],
		['816x816', 12, true],
		['832x832', 12, false],
		['720x720', 16, true],
		['736x736', 16, false],
		['1024x1024', 6, false],
	])('lays %s with %i frames on one sheet: %s', async (size, frame_count, fits) => {
		double.options.drawing = 'plain';
		const answer = generate({
			model: 'gpt-image-2.6-flare',
			output_format: 'gif',
			size,
			frame_count,
		});
		if (fits) expect((await answer).size).toBe(size);
		else expect((await refusalOf(answer)).code).toBe('invalid_value');
		double.options.drawing = 'full';
	});

	it('writes SVG text, and bills its author', async () => {
		const answer = await generate({
			model: 'gpt-image-2.6-sunburst',
			output_format: 'svg',
			prompt: 'Fox & <hound>',
			svg: { model: 'gpt-6-sol' },
		});
		const text = imageOf(answer).toString();
		expect(text).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="1024" height="1024"/);
		expect(text).toContain('Fox &amp; &lt;hound&gt;');
		expect((await sharp(imageOf(answer)).metadata()).format).toBe('svg');
		expect(answer.svg_usage).toMatchObject({ model: 'gpt-6-sol', reasoning_tokens: 600 });
	});
});

describe('provenance', () => {
	it('is a caBX chunk with a right checksum before the pixels of a PNG', async () => {
		const png = imageOf(await generate({}));
		const chunks = pngChunks(png);
		expect(chunks.map(({ type }) => type).slice(0, 2)).toEqual(['IHDR', 'caBX']);
		const [, manifest] = chunks;
		expect(manifest?.data.toString('latin1')).toContain('c2pa');
		expect(manifest?.data.toString('latin1')).toContain('trainedAlgorithmicMedia');
		// A decoder that checks sums reads it.
		expect((await sharp(png, { failOn: 'warning' }).stats()).isOpaque).toBe(true);
	});

	it('is an APP11 segment in a JPEG', async () => {
		const jpeg = imageOf(await generate({ output_format: 'jpeg' }));
		const at = jpeg.indexOf(Buffer.from([0xff, 0xeb]));
		expect(jpeg.toString('latin1', at + 4, at + 6)).toBe('JP');
		expect(jpeg.toString('latin1', at + 16, at + 20)).toBe('jumb');
		expect((await sharp(jpeg, { failOn: 'warning' }).stats()).isOpaque).toBe(true);
	});

	it.each(['opaque', 'transparent'])('is a RIFF chunk in an %s WebP', async (background) => {
		const webp = imageOf(await generate({ output_format: 'webp', background }));
		expect(webp.readUInt32LE(4)).toBe(webp.length - 8);
		expect(webp.toString('latin1', 12, 16)).toBe('VP8X');
		expect(webp.includes('C2PA')).toBe(true);
		expect((await sharp(webp).metadata()).hasAlpha).toBe(background === 'transparent');
	});
});

function pngChunks(png: Buffer): { type: string; data: Buffer }[] {
	const chunks = [];
	for (let at = 8; at < png.length;) {
		const length = png.readUInt32BE(at);
		const type = png.toString('latin1', at + 4, at + 8);
		chunks.push({ type, data: png.subarray(at + 8, at + 8 + length) });
		at += 12 + length;
	}
	return chunks;
}
