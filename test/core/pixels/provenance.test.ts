import sharp from 'sharp';
import { crc32 } from 'node:zlib';
import { preserveOutside } from '../../../core/pixels/mask/preserve-outside';
import { maskFromBox } from '../../../core/pixels/mask/mask';
import { c2paOf, hasC2pa } from '../../../core/pixels/provenance';
import { flat, origin } from './samples';

/** A JUMBF superbox with the label c2pa, as every manifest store begins. */
const store = Buffer.concat([
	Buffer.from(
		'\0\0\0\x2ejumb\0\0\0\x1ejumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0',
		'latin1',
	),
	Buffer.alloc(8),
]);

function chunk(type: string, data: Buffer): Buffer {
	const bytes = Buffer.alloc(12 + data.length);
	bytes.writeUInt32BE(data.length, 0);
	bytes.write(type, 4, 'latin1');
	data.copy(bytes, 8);
	bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
	return bytes;
}

const insert = (bytes: Buffer, at: number, part: Buffer) =>
	Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);

const png = async (data = store) =>
	insert(await flat(20, 20).png().toBuffer(), 33, chunk('caBX', data));

function segment(marker: number, content: Buffer): Buffer {
	const bytes = Buffer.alloc(4 + content.length);
	bytes.writeUInt16BE(0xff00 + marker, 0);
	bytes.writeUInt16BE(2 + content.length, 2);
	content.copy(bytes, 4);
	return bytes;
}

const jumbf = (data = store) =>
	segment(0xeb, Buffer.concat([Buffer.from('JP\0\x01\0\0\0\x01', 'latin1'), data]));

const jpeg = async (part = jumbf()) => insert(await flat(20, 20).jpeg().toBuffer(), 2, part);

async function webp(type = 'C2PA'): Promise<Buffer> {
	const plain = await flat(20, 20).webp().toBuffer();
	const part = Buffer.alloc(8 + store.length + (store.length % 2));
	part.write(type, 0, 'latin1');
	part.writeUInt32LE(store.length, 4);
	store.copy(part, 8);
	const bytes = Buffer.concat([plain, part]);
	bytes.writeUInt32LE(bytes.length - 8, 4);
	return bytes;
}

describe('the C2PA mark', () => {
	test.each([
		['PNG', png],
		['JPEG', jpeg],
		['WebP', webp],
	])('is found in a %s', async (_name, make) => {
		expect(hasC2pa(await make())).toBe(true);
	});

	test('is found in a JPEG behind other segments and fill bytes', async () => {
		const others = Buffer.concat([
			segment(0xe1, Buffer.alloc(60_000)),
			segment(0xeb, Buffer.from('JP\0\x02\0\0\0\x01\0\0\0\x20jumb other', 'latin1')),
			Buffer.from([0xff, 0xff]),
			jumbf(),
		]);
		expect(hasC2pa(await jpeg(others))).toBe(true);
	});

	test('is found in a WebP behind a chunk of odd length', async () => {
		const marked = await webp();
		const odd = Buffer.from('XMP \x03\0\0\0abc\0', 'latin1');
		expect(hasC2pa(insert(marked, 12, odd))).toBe(true);
	});

	test('is not seen where it is not', async () => {
		for (const format of ['png', 'jpeg', 'webp', 'gif', 'tiff'] as const) {
			expect(hasC2pa(await flat(20, 20).toFormat(format).toBuffer())).toBe(false);
		}
		expect(hasC2pa(await webp('XMP '))).toBe(false);
		expect(hasC2pa(await png(Buffer.alloc(0)))).toBe(false);
		const other = Buffer.from('\0\0\0\x20jumb\0\0\0\x18jumdjson\0\x11\0\x10', 'latin1');
		expect(hasC2pa(await jpeg(jumbf(other)))).toBe(false);
		// The letters in a comment are no mark.
		expect(hasC2pa(await jpeg(segment(0xfe, Buffer.from('JP jumb c2pa caBX'))))).toBe(false);
		expect(hasC2pa(Buffer.concat([await flat(9, 9).png().toBuffer(), chunk('caBX', store)]))).toBe(
			false,
		);
	});

	test('does not trip over broken files', async () => {
		for (const whole of [await png(), await jpeg(), await webp()]) {
			for (let length = 0; length < 140; length++) hasC2pa(whole.subarray(0, length));
			for (let at = 0; at < 130; at++) {
				const broken = Buffer.from(whole);
				broken.fill(0xff, at, at + 4);
				hasC2pa(broken);
				broken.fill(0, at, at + 4);
				expect(() => hasC2pa(broken)).not.toThrow();
			}
		}
		expect(hasC2pa(Buffer.alloc(0))).toBe(false);
		// Cut within the mark: it is not there as a whole.
		expect(hasC2pa((await png()).subarray(0, 60))).toBe(false);
	});

	test('is kept by passing through, lost by writing anew, none where it never was', async () => {
		const marked = await png();
		const written = await sharp(marked).png().toBuffer();
		expect(c2paOf(marked, marked)).toBe('kept');
		expect(c2paOf(marked, Buffer.from(marked))).toBe('kept');
		expect(c2paOf(marked, written)).toBe('lost');
		expect(c2paOf(written, written)).toBe('none');
	});

	test('that an edit with a mask loses is warned of', async () => {
		const params = {
			original: await flat(20, 20, '#444').png().toBuffer(),
			origin,
			mask: await maskFromBox({ x: 0, y: 0, width: 50, height: 50 }, { width: 20, height: 20 }),
			feather: 0,
			format: 'png',
			compression: undefined,
		} as const;
		const lost = await preserveOutside({ ...params, answer: await png() });
		expect(lost.warnings).toEqual([expect.stringContaining("OpenAI's C2PA label")]);
		const never = await preserveOutside({ ...params, answer: await flat(20, 20).png().toBuffer() });
		expect(never.warnings).toEqual([]);
	});
});
