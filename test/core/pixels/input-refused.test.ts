import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { inspect } from '../../../core/pixels/source';
import { origin, speckled } from './samples';
import { refused } from './refusal';

function chunk(type: string, data: Buffer): Buffer {
	const bytes = Buffer.alloc(12 + data.length);
	bytes.writeUInt32BE(data.length, 0);
	bytes.write(type, 4, 'latin1');
	data.copy(bytes, 8);
	bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
	return bytes;
}

/** A one-bit PNG of that many pixels, all black. */
function blackPng(width: number, height: number, comment: number): Buffer {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header[8] = 1;
	return Buffer.concat([
		Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
		chunk('IHDR', header),
		chunk('tEXt', Buffer.alloc(comment, 'Comment\0x')),
		chunk('IDAT', deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height), { level: 9 })),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

describe('what is no image is refused', () => {
	test.each([
		['text', Buffer.from('name,price\ncup,3'), 'is text, not an image'],
		['a web page', Buffer.from('\n<!DOCTYPE html><html>404</html>'), 'is a web page (HTML)'],
		['base64', Buffer.from('iVBORw0KGgoAAAANSUhEUgAA'), 'is base64 text'],
		['a data URL', Buffer.from('data:image/png;base64,iVBORw0KGgo'), 'is the text of a data URL'],
		['a PDF', Buffer.from('%PDF-1.7'), 'is a PDF document'],
		['a BMP', Buffer.from('BM\0\0\0\0'), 'is a BMP'],
		['a video', Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0isommp42', 'latin1'), 'is a video'],
		['nothing', Buffer.alloc(0), 'is empty'],
		['noise', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 250]), 'is of an unknown type'],
		['a bare signature', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'starts like a PNG but'],
	])('%s', async (_name, bytes, words) => {
		expect((await refused(bytes)).message).toContain(words);
	});

	test.each([
		['an AVIF', '<!--ftypavif-->'],
		['an HEIC', '<!--ftypheic-->'],
		['a WebP', '<!--1234WEBP-->'],
	])(
		'a drawing that looks like %s is drawn in the thread, whose checks it meets',
		async (_name, start) => {
			const part = '<image href="http://127.0.0.1/a.png" width="9" height="9"/>';
			const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${part}</svg>`;
			const { message } = await refused(Buffer.from(start + svg));
			expect(message).toContain('is an SVG with external content ("http://127.0.0.1/a.png")');
		},
	);

	test('a file that sharp takes for another format than was seen', async () => {
		const jpeg = await speckled(30, 20).jpeg().toBuffer();
		const library = Object.assign(
			(bytes: Buffer) => sharp(bytes[0] === 0x89 ? jpeg : bytes),
			sharp,
		);
		const png = await speckled(30, 20).png().toBuffer();
		await expect(inspect(library, png, origin)).rejects.toThrow('starts like a PNG but');
	});

	test('an HEIC, which has its own advice', async () => {
		const bytes = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
		const failure = await refused(bytes, 'IMG_1.HEIC');
		expect(failure.message).toContain('is an HEIC image, which this node cannot read');
		expect(failure).toMatchObject({
			advice: expect.stringContaining('Most Compatible'),
		});
	});
});

describe('damaged images are refused', () => {
	const whole = {
		jpeg: () => speckled(300, 200).jpeg().toBuffer(),
		'progressive jpeg': () => speckled(300, 200).jpeg({ progressive: true }).toBuffer(),
		png: () => speckled(300, 200).png().toBuffer(),
		webp: () => speckled(300, 200).webp().toBuffer(),
		tiff: () => speckled(300, 200).tiff().toBuffer(),
		gif: () => speckled(300, 200).gif().toBuffer(),
	};
	test.each(Object.entries(whole))('a %s cut in the middle', async (_name, make) => {
		const bytes = await make();
		await refused(bytes.subarray(0, bytes.length >> 1));
	});

	test('a JPEG that lacks only its last bytes', async () => {
		const bytes = await whole.jpeg();
		const failure = await refused(bytes.subarray(0, -30));
		expect(failure.message).toContain('is damaged or cut off');
	});

	test('a JPEG with a hole in its data', async () => {
		const bytes = await whole.jpeg();
		const middle = bytes.length >> 1;
		for (let at = middle; at < middle + 200; at++) bytes.writeUInt8((at * 37) % 256, at);
		await refused(bytes);
	});

	test('a JPEG that would only be turned', async () => {
		const bytes = await speckled(300, 200).withMetadata({ orientation: 6 }).jpeg().toBuffer();
		await refused(bytes.subarray(0, -30));
	});

	test('a PNG with a wrong byte in its pixels', async () => {
		const bytes = await whole.png();
		bytes.writeUInt8(255 - bytes.readUInt8(bytes.length >> 1), bytes.length >> 1);
		await refused(bytes);
	});
});

describe('limits', () => {
	test('30,000 x 30,000 pixels in a PNG of 1 MB are refused without being decoded', async () => {
		const bytes = blackPng(30_000, 30_000, 900_000);
		expect(bytes.length).toBeGreaterThan(1_000_000);
		const before = process.memoryUsage().rss;
		const failure = await refused(bytes, 'bomb.png');
		expect(failure.message).toContain('30,000 x 30,000 pixels, 900 megapixels');
		expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
	});

	test('50 MB and more are refused with a way out', async () => {
		const jpeg = await speckled(60, 40).jpeg().toBuffer();
		const bytes = Buffer.concat([jpeg, Buffer.alloc(50 * 1024 * 1024)]);
		const failure = await refused(bytes);
		expect(failure.message).toContain('has 50.0 MB; OpenAI accepts less than 50.0 MB per image');
		expect(failure).toMatchObject({ advice: expect.stringContaining('Scale it down') });
	});
});
