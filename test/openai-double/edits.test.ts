import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { startDouble, type Double } from './index';
import {
	clientOf,
	flatPng,
	lampEdit,
	maskPng,
	imageOf,
	pixelsOf,
	refusalOf,
	upload,
} from './testing';

let double: Double;
let photo: Buffer;
beforeAll(async () => {
	double = await startDouble();
	photo = await flatPng(1024, 1024);
});
afterAll(() => double.close());
beforeEach(() => double.reset());

const hole = { left: 300, top: 200, width: 400, height: 300 };

/** How many pixels differ inside and outside the hole, and by how much at most outside. */
async function changes(before: Buffer, after: Buffer) {
	const [old, now] = [await pixelsOf(before), await pixelsOf(after)];
	const found = { inside: 0, outside: 0, levels: 0 };
	for (let y = 0; y < 1024; y++) {
		for (let x = 0; x < 1024; x++) {
			const at = (y * 1024 + x) * 4;
			if (old.readUInt32LE(at) === now.readUInt32LE(at)) continue;
			let levels = 0;
			for (let c = at; c < at + 3; c++) {
				levels = Math.max(levels, Math.abs((old[c] ?? 0) - (now[c] ?? 0)));
			}
			const within =
				x >= hole.left && x < hole.left + hole.width && y >= hole.top && y < hole.top + hole.height;
			found[within ? 'inside' : 'outside'] += 1;
			if (!within) found.levels = Math.max(found.levels, levels);
		}
	}
	return found;
}

describe('painting', () => {
	it('stays inside the mask', async () => {
		const answer = await clientOf(double).images.edit({
			...lampEdit,
			image: await upload(photo),
			mask: await upload(await maskPng({ width: 1024, height: 1024 }, hole)),
		});
		const found = await changes(photo, imageOf(answer));
		expect(found.inside).toBeGreaterThan(0.95 * hole.width * hole.height);
		expect(found.outside).toBe(0);
	});

	it.each([
		['[[drift]]', 3],
		['[[drift 12]]', 12],
	])('drifts outside it at %s', async (marker, levels) => {
		const answer = await clientOf(double).images.edit({
			...lampEdit,
			prompt: `Add a lamp ${marker}`,
			image: await upload(photo),
			mask: await upload(await maskPng({ width: 1024, height: 1024 }, hole)),
		});
		const found = await changes(photo, imageOf(answer));
		expect(found.outside).toBe(1024 * 1024 - hole.width * hole.height);
		expect(found.levels).toBe(levels);
	});

	it('without a mask changes the whole image, and shows every reference', async () => {
		const one = await clientOf(double).images.edit({ ...lampEdit, image: await upload(photo) });
		const blue = await flatPng(640, 480);
		const two = await clientOf(double).images.edit({
			...lampEdit,
			image: [await upload(photo), await upload(blue)],
		});
		expect((await changes(photo, imageOf(one))).outside).toBeGreaterThan(800_000);
		expect((await pixelsOf(imageOf(one))).equals(await pixelsOf(imageOf(two)))).toBe(false);
	});

	it('turns a photo by its EXIF orientation, and auto follows its shape', async () => {
		const lying = await sharp(await flatPng(1200, 800))
			.flatten()
			.jpeg()
			.withMetadata({ orientation: 6 })
			.toBuffer();
		const answer = await clientOf(double).images.edit({
			...lampEdit,
			size: 'auto',
			image: await upload(lying, 'a.jpg', 'image/jpeg'),
		});
		expect(answer.size).toBe('1122x1402');
		// 800x1200: enlarged edges would be the same either way round, so the mask decides.
		const upright = await maskPng({ width: 800, height: 1200 }, { ...hole, top: 700 });
		const masked = await clientOf(double).images.edit({
			...lampEdit,
			image: await upload(lying, 'a.jpg', 'image/jpeg'),
			mask: await upload(upright),
		});
		expect(masked.data).toHaveLength(1);
	});

	it.each(['jpeg', 'webp', 'gif'] as const)('answers %s too', async (output_format) => {
		const answer = await clientOf(double).images.edit({
			...lampEdit,
			model: 'gpt-image-2.6-flare',
			size: '816x816',
			output_format,
			...(output_format === 'gif' && { frame_count: 2 }),
			image: await upload(photo),
		});
		expect((await sharp(imageOf(answer)).metadata()).format).toBe(output_format);
	});
});

describe('the form', () => {
	it('is journalled with digests in place of files', async () => {
		await clientOf(double).images.edit({ ...lampEdit, image: await upload(photo, 'shop.png') });
		expect(double.journal[0]).toMatchObject({
			method: 'POST',
			path: '/v1/images/edits',
			model: 'gpt-image-2',
			paid: 1,
			body: {
				prompt: 'Add a lamp',
				image: [
					{
						field: 'image',
						filename: 'shop.png',
						contentType: 'image/png',
						bytes: photo.length,
						sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
						width: 1024,
						height: 1024,
						format: 'png',
						hasAlpha: true,
					},
				],
			},
		});
	});

	it.each([
		[{ moderation: 'low' }, 'moderation', 'unknown_parameter'],
		[{ response_format: 'b64_json' }, 'response_format', 'unknown_parameter'],
		[{ input_fidelity: 'high' }, 'input_fidelity', 'invalid_input_fidelity_model'],
		[{ n: '11' }, 'n', 'integer_above_max_value'],
		[{ output_format: 'svg' }, 'output_format', 'invalid_value'],
	])('%j', async (more, param, code) => {
		const body = { ...lampEdit, ...more, image: await upload(photo) };
		const refused = await refusalOf(clientOf(double).images.edit(body as never));
		expect([refused.status, refused.param, refused.code]).toEqual([400, param, code]);
	});

	it('takes fidelity where a model has it', async () => {
		const edit = async (model: string) =>
			await clientOf(double).images.edit({
				...lampEdit,
				model,
				input_fidelity: 'high',
				image: await upload(photo),
			});
		expect((await edit('gpt-image-1.5')).data).toHaveLength(1);
		expect((await refusalOf(edit('gpt-image-1-mini'))).code).toBe('invalid_value');
	});

	it('needs 1 to 16 images, and brackets for more than one', async () => {
		const edit = (image: Awaited<ReturnType<typeof upload>>[]) =>
			clientOf(double).images.edit({ ...lampEdit, image });
		const many = await Promise.all(Array.from({ length: 17 }, () => upload(photo)));
		const refused = await refusalOf(edit(many));
		expect([refused.code, refused.param]).toEqual(['array_above_max_length', 'image']);
		const form = new FormData();
		form.append('model', 'gpt-image-2');
		form.append('prompt', 'x');
		const send = () =>
			fetch(`${double.url}/images/edits`, {
				method: 'POST',
				headers: { authorization: 'Bearer sk-1' },
				body: form,
			});
		expect(await (await send()).json()).toMatchObject({
			error: { param: 'image', code: 'missing_required_parameter' },
		});
		form.append('image', new Blob([new Uint8Array(photo)], { type: 'image/png' }), 'a.png');
		form.append('image', new Blob([new Uint8Array(photo)], { type: 'image/png' }), 'b.png');
		expect(await (await send()).json()).toMatchObject({ error: { code: 'duplicate_parameter' } });
	});

	it('refuses images that it cannot use, by their number', async () => {
		const bad: [Buffer, string][] = [
			[Buffer.from('just text'), 'image/png'],
			[photo.subarray(0, photo.length / 2), 'image/png'],
			[await sharp(photo).png({ palette: true }).toBuffer(), 'image/png'],
			[await sharp(photo).toColourspace('rgb16').png().toBuffer(), 'image/png'],
			[await sharp(photo).flatten().toColourspace('cmyk').jpeg().toBuffer(), 'image/jpeg'],
			[await sharp(photo).gif().toBuffer(), 'image/png'],
		];
		for (const [bytes, type] of bad) {
			const refused = await refusalOf(
				clientOf(double).images.edit({
					...lampEdit,
					image: [await upload(photo), await upload(bytes, 'b', type)],
				}),
			);
			expect([refused.status, refused.code]).toEqual([400, 'invalid_image_file']);
			expect(refused.message).toContain('Invalid image file or mode for image 2');
		}
		const typed = await refusalOf(
			clientOf(double).images.edit({
				...lampEdit,
				image: await upload(photo, 'a.bin', 'text/plain'),
			}),
		);
		expect(typed.code).toBe('unsupported_file_mimetype');
		expect(double.journal.every(({ paid }) => paid === 0)).toBe(true);
	});
});

describe('masks and markup', () => {
	const edit = async (overlay: 'mask' | 'markup', bytes: Buffer, more: object = {}) =>
		await clientOf(double).images.edit({
			...lampEdit,
			...more,
			image: await upload(photo),
			[overlay]: await upload(bytes),
		});

	it('a mask is a PNG with alpha, of the same size, below 4 MB', async () => {
		const mask = await maskPng({ width: 1024, height: 1024 }, hole);
		const noise = randomBytes(1024 * 1024 * 4);
		const heavy = await sharp(noise, { raw: { width: 1024, height: 1024, channels: 4 } })
			.png({ compressionLevel: 0 })
			.toBuffer();
		for (const [bytes, message] of [
			[await sharp(mask).webp().toBuffer(), 'must be a PNG file'],
			[await sharp(mask).removeAlpha().png().toBuffer(), 'missing alpha channel'],
			[await sharp(mask).resize(512).png().toBuffer(), 'size does not match'],
			[heavy, 'smaller than 4 MB'],
		] as const) {
			const refused = await refusalOf(edit('mask', bytes));
			expect(refused.param).toBe('mask');
			expect(refused.message).toContain(message);
		}
		const gif = { model: 'gpt-image-2.6-flare', output_format: 'gif', size: '816x816' };
		expect((await refusalOf(edit('mask', mask, gif))).param).toBe('mask');
	});

	it('markup is a see-through PNG, for 2.5 and 2.6, and not beside a mask', async () => {
		const markup = await maskPng({ width: 1024, height: 1024 }, hole);
		const model = 'gpt-image-2.5-flare';
		expect((await edit('markup', markup, { model })).data).toHaveLength(1);
		expect((await refusalOf(edit('markup', markup))).code).toBe('unsupported_parameter');
		expect((await refusalOf(edit('markup', photo, { model }))).message).toContain('transparent');
		const both = { model, mask: await upload(markup) };
		expect((await refusalOf(edit('markup', markup, both))).message).toContain('combined');
	});
});
