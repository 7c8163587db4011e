import sharp from 'sharp';
import { channels } from '../../../../core/rules/channels';
import { decoded, flat, painted, pixel, speckled } from '../samples';
import { exported, failureOf, outcomesOf } from './exported';

/** Pixels that each channel asks for, as read on 2026-11-21. */
const sizes: Readonly<Record<string, readonly [number, number]>> = {
	'app-store-icon': [1024, 1024],
	'apple-touch-icon': [180, 180],
	bluesky: [2400, 1800],
	'email-header': [1200, 600],
	'facebook-cover': [1640, 924],
	'facebook-event': [1920, 1005],
	'facebook-feed': [1080, 1350],
	'facebook-link': [1200, 630],
	'facebook-story': [1080, 1920],
	'favicon-32': [32, 32],
	'favicon-48': [48, 48],
	'instagram-landscape': [1080, 566],
	'instagram-portrait': [1080, 1350],
	'instagram-square': [1080, 1080],
	'instagram-story': [1080, 1920],
	'linkedin-banner': [1584, 396],
	'linkedin-company': [1128, 191],
	'linkedin-portrait': [1080, 1350],
	'linkedin-post': [1200, 627],
	'linkedin-square': [1200, 1200],
	'open-graph': [1200, 630],
	'pinterest-pin': [1000, 1500],
	'play-feature': [1024, 500],
	'play-icon': [512, 512],
	'pwa-icon-192': [192, 192],
	'pwa-icon-512': [512, 512],
	'pwa-maskable': [512, 512],
	'shopify-product': [2048, 2048],
	threads: [1080, 1350],
	'tiktok-photo': [1080, 1920],
	'x-card': [1200, 675],
	'x-header': [1500, 500],
	'x-post': [1600, 900],
	'youtube-banner': [2560, 1440],
	'youtube-thumbnail': [1280, 720],
};
const ids = Object.keys(sizes);

/** Grey with one red square of 120 pixels. */
const withSubject = async (left: number, top: number, width = 2400, height = 1800) =>
	await flat(width, height, '#8a8a8a')
		.composite([{ input: await flat(120, 120, '#ff1010').png().toBuffer(), left, top }])
		.png({ compressionLevel: 1 })
		.toBuffer();

async function redPixels(bytes: Buffer): Promise<number> {
	const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
	let count = 0;
	for (let at = 0; at < data.length; at += info.channels) {
		if ((data[at] ?? 0) > 190 && (data[at + 1] ?? 255) < 110) count += 1;
	}
	return count;
}

it('the table has exactly these channels, each with a source and a date', () => {
	expect(channels.map(({ id }) => id).sort()).toEqual([...ids].sort());
	const names = channels.map(({ name }) => name);
	expect(names).toEqual([...names].sort((one, other) => one.localeCompare(other, 'en')));
	for (const { checked, source } of channels) {
		expect(checked).toMatch(/^20\d\d-\d\d-\d\d$/);
		expect(source.length).toBeGreaterThan(10);
	}
});

it('every channel gets its pixels, its format and its weight, with the whole subject in them', async () => {
	// The rest of the image lies to the left of the subject and below it.
	const outcomes = await outcomesOf(await withSubject(1900, 240), { channels: ids });
	expect(outcomes).toHaveLength(35);
	for (const outcome of outcomes) {
		const { channel } = outcome;
		if ('error' in outcome) throw outcome.error;
		const { file } = outcome;
		const { width, height, format } = await sharp(file.bytes).metadata();
		expect([channel.id, width, height]).toEqual([channel.id, ...(sizes[channel.id] ?? [])]);
		expect([channel.id, file.width, file.height, file.format]).toEqual([
			channel.id,
			width,
			height,
			format,
		]);
		expect(channel.formats ?? [file.format]).toContain(file.format);
		expect(file.bytes.length).toBeLessThanOrEqual(channel.maxBytes ?? Infinity);
		// All of the square, however large it is drawn.
		const scale = Math.max(width / 2400, height / 1800);
		const share = (await redPixels(file.bytes)) / (120 * scale) ** 2;
		expect([channel.id, Math.abs(share - 1) < 0.25]).toEqual([channel.id, true]);
	}
}, 120_000);

it.each([
	[60, 60],
	[2200, 1600],
	[1140, 840],
	[60, 1600],
])('a subject at %i, %i stays in a portrait, a square and a banner', async (left, top) => {
	const outcomes = await outcomesOf(await withSubject(left, top), {
		channels: ['instagram-portrait', 'instagram-square', 'linkedin-banner'],
	});
	for (const outcome of outcomes) {
		if ('error' in outcome) throw outcome.error;
		const { width, height, bytes } = outcome.file;
		const scale = Math.max(width / 2400, height / 1800);
		expect((await redPixels(bytes)) / (120 * scale) ** 2).toBeGreaterThan(0.85);
	}
});

it('Center keeps the middle, whatever stands out beside it', async () => {
	const { bytes } = await exported(await withSubject(60, 840), {
		channels: ['instagram-portrait'],
		fit: 'center',
	});
	expect(await redPixels(bytes)).toBe(0);
});

it('Pad keeps the whole image and goes on with the colour of its edges', async () => {
	const bars = await painted(1200, 600, 3, (x) => (x < 600 ? [20, 60, 200] : [20, 60, 100]))
		.png()
		.toBuffer();
	const { bytes, width, height } = await exported(bars, {
		channels: ['instagram-square'],
		fit: 'pad',
		options: { outputFormat: 'png' },
	});
	expect([width, height]).toEqual([1080, 1080]);
	const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
	const at = (x: number, y: number) => [
		...data.subarray((y * 1080 + x) * 3, (y * 1080 + x) * 3 + 3),
	];
	// The image is 540 rows high; above and below lies the mean of its upper and lower edge.
	const near = (found: number[], wanted: number[]) =>
		found.forEach((value, index) =>
			expect(Math.abs(value - (wanted[index] ?? 0))).toBeLessThanOrEqual(4),
		);
	near(at(540, 20), [20, 60, 150]);
	near(at(540, 1060), [20, 60, 150]);
	near(at(100, 540), [20, 60, 200]);
	near(at(1000, 540), [20, 60, 100]);
});

it('Inside keeps shape and pixels, and tells that the channel may ask for others', async () => {
	const file = await exported(await speckled(900, 900).png().toBuffer(), {
		channels: ['x-post'],
		fit: 'inside',
	});
	expect([file.width, file.height]).toEqual([900, 900]);
	expect(file.warnings.map(({ code }) => code)).toEqual(['other_size']);
});

it('more than 1.5 times larger is refused for that channel alone', async () => {
	const image = await speckled(1000, 1000).png().toBuffer();
	const outcomes = await outcomesOf(image, { channels: ['youtube-banner', 'instagram-square'] });
	expect(outcomes.map((one) => ('error' in one ? one.error.code : one.file.width))).toEqual([
		'too_small',
		1080,
	]);
	const failure = await failureOf(image, { channels: ['youtube-banner'] });
	expect(failure.message).toBe(
		'YouTube Banner: the image has 1000 x 1000 pixels and would have to be enlarged 2.56 times for 2560 x 1440',
	);
	const allowed = await exported(image, {
		channels: ['youtube-banner'],
		options: { allowUpscale: true },
	});
	expect([allowed.width, allowed.warnings.map(({ code }) => code)]).toEqual([2560, ['enlarged']]);
	// 1.5 times is still allowed.
	const edge = await exported(image, { width: 1500, height: 1500 });
	expect(edge.width).toBe(1500);
});

describe('weight', () => {
	const grain = async () =>
		await sharp({
			create: {
				width: 1600,
				height: 1200,
				channels: 3,
				background: '#888',
				noise: { type: 'gaussian', mean: 128, sigma: 40 },
			},
		})
			.png({ compressionLevel: 1 })
			.toBuffer();

	it.each([
		['youtube-thumbnail', 2_000_000, 1280, 720],
		['email-header', 200_000, 1200, 600],
	])('%s stays below %i bytes at %i x %i', async (id, most, width, height) => {
		const file = await exported(await grain(), { channels: [id] });
		expect(file.bytes.length).toBeLessThanOrEqual(most);
		expect([file.width, file.height]).toEqual([width, height]);
	});

	it.each(['jpeg', 'webp'])(
		'%s is written at the best quality that fits',
		async (outputFormat) => {
			const params = { width: 800, height: 600 };
			const image = await grain();
			const [free, least] = await Promise.all([
				exported(image, { ...params, options: { outputFormat } }),
				failureOf(image, { ...params, options: { outputFormat, maxKilobytes: 1 } }),
			]);
			expect(least).toMatchObject({ code: 'too_heavy', billed: 'no', retryable: false });
			const smallest = Number(/has ([\d,]+) kB/.exec(least.message)?.[1]?.replace(',', ''));
			const maxKilobytes = Math.round((smallest + free.bytes.length / 1000) / 2);
			const file = await exported(image, { ...params, options: { outputFormat, maxKilobytes } });
			expect(file.format).toBe(outputFormat);
			expect(file.bytes.length).toBeLessThanOrEqual(maxKilobytes * 1000);
			expect(file.bytes.length).toBeGreaterThan(maxKilobytes * 1000 * 0.5);
			expect(file.quality).toBeLessThan(free.quality ?? 101);
			expect([file.width, file.height]).toEqual([800, 600]);
		},
		60_000,
	);

	it('a PNG that was chosen loses colors before it is refused', async () => {
		const params = { width: 400, height: 300 };
		const options = { outputFormat: 'png' };
		const image = await grain();
		const { bytes } = await exported(image, { ...params, options });
		const maxKilobytes = Math.floor(bytes.length / 1000) - 1;
		const file = await exported(image, { ...params, options: { ...options, maxKilobytes } });
		expect(file).toMatchObject({ format: 'png', quality: null });
		expect(file.warnings.map(({ code }) => code)).toEqual(['colors_reduced']);
		expect(file.bytes.length).toBeLessThanOrEqual(maxKilobytes * 1000);
		const failure = await failureOf(image, { ...params, options: { ...options, maxKilobytes: 5 } });
		expect(failure.code).toBe('too_heavy');
	});

	it('a photo that is too heavy as the PNG it came as is written as a JPEG, and says so', async () => {
		const file = await exported(await grain(), {
			width: 800,
			height: 600,
			options: { maxKilobytes: 400 },
		});
		expect(file.format).toBe('jpeg');
		expect(file.bytes.length).toBeLessThanOrEqual(400_000);
		expect(file.warnings).toEqual([
			{ code: 'format_changed', message: 'File too large as PNG: written as JPEG' },
		]);
	});
});

it.each(['jpeg', 'png', 'webp'] as const)(
	'a %s that is as asked is delivered without the place and the author in it',
	async (format) => {
		const image = await speckled(512, 512)
			.withExif({ IFD0: { Artist: 'Jane Doe' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } })
			.toFormat(format)
			.toBuffer();
		expect(image.includes('Jane Doe')).toBe(true);
		const file = await exported(image, { width: 512, height: 512 });
		expect([file.format, file.bytes.includes('Jane Doe')]).toEqual([format, false]);
	},
);

it('a file that is already as asked stays byte for byte', async () => {
	const image = await speckled(512, 512).png().toBuffer();
	const file = await exported(image, { channels: ['play-icon'] });
	expect(file.bytes.equals(image)).toBe(true);
	expect(file).toMatchObject({ quality: null, label: 'none', c2pa: 'none', warnings: [] });
	const other = await exported(image, { channels: ['play-icon'], options: { aiLabel: 'trained' } });
	expect(other.bytes.equals(image)).toBe(false);
});

it('a palette is nothing that has to be changed', async () => {
	const image = await flat(512, 512, '#c81e28').png({ palette: true }).toBuffer();
	expect((await sharp(image).metadata()).isPalette).toBe(true);
	const file = await exported(image, { channels: ['play-icon'] });
	expect(file.bytes.equals(image)).toBe(true);
});

it.each([
	['app-store-icon', 1024, 1024],
	['play-feature', 1024, 500],
])(
	'%s gets no alpha channel, not even one that is opaque everywhere',
	async (id, width, height) => {
		const image = await flat(width, height, { r: 200, g: 30, b: 40, alpha: 1 }).png().toBuffer();
		expect((await sharp(image).metadata()).hasAlpha).toBe(true);
		const file = await exported(image, { channels: [id] });
		expect(file).toMatchObject({ format: 'png', width, height, warnings: [] });
		expect((await sharp(file.bytes).metadata()).hasAlpha).toBe(false);
		expect(pixel(await decoded(file.bytes), 5, 5)).toEqual([200, 30, 40]);
	},
);

it('a JPEG that is as asked is delivered without the comment in it', async () => {
	const plain = await speckled(512, 512).jpeg().toBuffer();
	const comment = Buffer.from('\xff\xfe\0\x0aJane Doe', 'latin1');
	const image = Buffer.concat([plain.subarray(0, 2), comment, plain.subarray(2)]);
	const size = { width: 512, height: 512 };
	expect((await exported(plain, size)).bytes.equals(plain)).toBe(true);
	const file = await exported(image, size);
	expect([file.format, file.bytes.includes('Jane Doe')]).toEqual(['jpeg', false]);
});

it('an image that is longer than a JPEG can be is refused by name', async () => {
	const failure = await failureOf(await flat(66_000, 4, '#c81e28').png().toBuffer(), {
		channels: ['bluesky'],
		options: { outputFormat: 'jpeg' },
	});
	expect(failure).toMatchObject({
		code: 'invalid_parameter',
		param: 'outputFormat',
		message: 'Bluesky: the image has 66000 x 4 pixels, and JPEG holds up to 65,535 on an edge',
	});
});
