import sharp from 'sharp';

/** Images made for the tests, and their pixels read back. */

export const origin = { param: 'images', label: `'Images' 1 (field "photo")`, name: 'photo.png' };

export interface Decoded {
	data: Buffer;
	width: number;
	height: number;
	channels: number;
}

/** The numbers in the file, whatever colour profile it carries. */
export async function decoded(bytes: Buffer): Promise<Decoded> {
	const { data, info } = await sharp(bytes, { ignoreIcc: true })
		.raw()
		.toBuffer({ resolveWithObject: true });
	return { data, width: info.width, height: info.height, channels: info.channels };
}

export function pixel({ data, width, channels }: Decoded, x: number, y: number): number[] {
	const at = (y * width + x) * channels;
	return [...data.subarray(at, at + channels)];
}

/** An image whose pixel at x, y is what `paint` says. */
export function painted(
	width: number,
	height: number,
	channels: 1 | 2 | 3 | 4,
	paint: (x: number, y: number) => number[],
): sharp.Sharp {
	const data = Buffer.alloc(width * height * channels);
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) data.set(paint(x, y), (y * width + x) * channels);
	}
	return sharp(data, { raw: { width, height, channels } });
}

/** Every pixel differs from its neighbours, as in a photo. */
export const speckled = (width: number, height: number): sharp.Sharp =>
	painted(width, height, 3, (x, y) => [(x * 37) % 256, (y * 59) % 256, (x * y * 7) % 256]);

export const flat = (
	width: number,
	height: number,
	color: string | { r: number; g: number; b: number; alpha: number } = '#c81e28',
): sharp.Sharp =>
	sharp({
		create: { width, height, channels: typeof color === 'string' ? 3 : 4, background: color },
	});

/** A JPEG with another, whole one inside its EXIF, as phones write it. */
export async function withThumbnail(jpeg: Buffer): Promise<Buffer> {
	const thumbnail = await flat(160, 120).jpeg().toBuffer();
	const exif = Buffer.concat([
		Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0', 'latin1'),
		thumbnail,
	]);
	const length = Buffer.alloc(2);
	length.writeUInt16BE(2 + exif.length);
	const segment = [Buffer.from([0xff, 0xe1]), length, exif];
	return Buffer.concat([jpeg.subarray(0, 2), ...segment, jpeg.subarray(2)]);
}
