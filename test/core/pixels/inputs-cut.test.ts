import sharp from 'sharp';
import { maskFromImage } from '../../../core/pixels/mask/from-image';
import { prepareMarkup } from '../../../core/pixels/markup';
import { extendCanvas } from '../../../core/pixels/mask/extend';
import { prepareInput, prepareView } from '../../../core/pixels/input';
import { assumedRow } from '../../../core/rules/model';
import { sizeRule } from '../../../core/rules/size';
import { origin, painted, speckled, withThumbnail } from './samples';
import { refused } from './refusal';

/** Files that a download or a copy left unfinished: all but the last of their bytes is there. */

const noise = (width: number, height: number) =>
	painted(width, height, 3, (x, y) =>
		[0, 1, 2].map((c) => ((x * 7919 + y * 104729 + c) * 31) % 251),
	);
const animation = async (): Promise<sharp.Sharp> => {
	const pixels = await noise(120, 90 * 5)
		.raw()
		.toBuffer();
	return sharp(pixels, { raw: { width: 120, height: 90 * 5, channels: 3, pageHeight: 90 } });
};
const flat = () => sharp({ create: { width: 900, height: 700, channels: 3, background: '#79a' } });

const files: Readonly<Record<string, () => Promise<Buffer>>> = {
	png: () => noise(640, 480).png().toBuffer(),
	'one-coloured png': () => flat().png().toBuffer(),
	'interlaced png': () => noise(640, 480).png({ progressive: true }).toBuffer(),
	'palette png': () => noise(640, 480).png({ palette: true }).toBuffer(),
	'png with alpha': () => noise(640, 480).ensureAlpha(0.5).png().toBuffer(),
	jpeg: () => noise(640, 480).jpeg().toBuffer(),
	'one-coloured jpeg': () => flat().jpeg().toBuffer(),
	'progressive jpeg': () => noise(640, 480).jpeg({ progressive: true }).toBuffer(),
	'jpeg on its side': () => noise(640, 480).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
	'grey jpeg': () => noise(640, 480).toColourspace('b-w').jpeg().toBuffer(),
	webp: () => noise(640, 480).webp().toBuffer(),
	'lossless webp': () => noise(640, 480).webp({ lossless: true }).toBuffer(),
	gif: () => noise(640, 480).gif().toBuffer(),
	'animated gif': async () => (await animation()).gif({ loop: 0 }).toBuffer(),
	'animated webp': async () => (await animation()).webp({ loop: 0 }).toBuffer(),
	tiff: () => noise(640, 480).tiff().toBuffer(),
	avif: () => noise(160, 120).avif({ effort: 0 }).toBuffer(),
};
const shares = [0.3, 0.6, 0.9, 0.96, 0.99, 0.999];

describe.each(Object.entries(files))('%s', (_name, make) => {
	let whole: Buffer;
	beforeAll(async () => (whole = await make()));

	it.each(shares)('cut to %d of its length is refused', async (share) => {
		await refused(whole.subarray(0, Math.floor(whole.length * share)));
	});

	it.each([1, 2, 4, 8, 12, 30])('without its last %d bytes is refused', async (missing) => {
		await refused(whole.subarray(0, -missing));
	});

	it('is taken whole, and with bytes after its end', async () => {
		const plain = await prepareInput(whole, origin);
		const longer = Buffer.concat([whole, Buffer.from('\0\0appended by a camera\xff\xd9')]);
		const { width, height } = await prepareInput(longer, origin);
		expect({ width, height }).toEqual({ width: plain.width, height: plain.height });
	});
});

it('says what is wrong in words of its own', async () => {
	const png = await speckled(300, 200).png().toBuffer();
	const failure = await refused(png.subarray(0, -12));
	expect(failure.message).toContain('is damaged or cut off');
	expect(failure.message).toContain('the end of the PNG is missing');
	expect(failure).toMatchObject({
		advice: expect.stringContaining('an interrupted download'),
	});
});

describe.each([false, true])('a photo with a thumbnail, progressive: %s', (progressive) => {
	const view = assumedRow(undefined).inputTokens;
	let photo: Buffer;
	beforeAll(async () => {
		photo = await withThumbnail(await noise(640, 480).jpeg({ progressive }).toBuffer());
	});

	it.each(shares)('cut to %d of its length is refused unseen', async (share) => {
		const cut = photo.subarray(0, Math.floor(photo.length * share));
		await expect(prepareView(cut, origin, view)).rejects.toMatchObject({
			message: expect.stringContaining('the end of the JPEG is missing'),
			billed: 'no',
		});
	});

	it('is sent whole as it is', async () => {
		expect((await prepareView(photo, origin, view)).bytes).toBe(photo);
	});
});

describe('in every place that takes an image', () => {
	const cutShort = async (image: sharp.Sharp, format: 'png' | 'jpeg' | 'webp' | 'gif') => {
		const bytes = await image.toFormat(format).toBuffer();
		return bytes.subarray(0, Math.floor(bytes.length * 0.99));
	};
	const isDamaged = { message: expect.stringContaining('is damaged or cut off') };
	const half = (width: number, height: number, opaque: number) =>
		painted(width, height, 4, (x, y) => [(x * 37) % 256, (y * 59) % 256, 9, x % 2 ? opaque : 0]);

	it.each(['png', 'jpeg', 'webp', 'gif'] as const)(
		'a mask, also a scaled one (%s)',
		async (format) => {
			const mask = await cutShort(speckled(640, 480), format);
			for (const first of [
				{ width: 640, height: 480 },
				{ width: 64, height: 48 },
			]) {
				await expect(maskFromImage(mask, origin, first, 'whiteIsEdited')).rejects.toMatchObject(
					isDamaged,
				);
			}
		},
	);

	it.each(['png', 'webp'] as const)('markup (%s)', async (format) => {
		const markup = await cutShort(half(640, 480, 255), format);
		const first = { width: 320, height: 240 };
		await expect(prepareMarkup(markup, origin, first)).rejects.toMatchObject(isDamaged);
	});

	it('an image that is extended and scaled for it', async () => {
		const photo = await cutShort(speckled(5000, 1000), 'jpeg');
		const rule = sizeRule(assumedRow(undefined), undefined);
		const params = { ratio: '1:1', anchor: 'center', rule } as const;
		await expect(extendCanvas(photo, origin, params)).rejects.toMatchObject(isDamaged);
	});

	it('an image that is shrunk', async () => {
		const shrinkFor = assumedRow(undefined).inputTokens;
		const photo = await cutShort(speckled(5000, 2000), 'jpeg');
		await expect(prepareInput(photo, origin, shrinkFor)).rejects.toMatchObject(isDamaged);
	});
});
