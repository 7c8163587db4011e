import { promises as fs } from 'node:fs';
import threads from 'node:worker_threads';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { drawSvg } from '../../../core/pixels/svg';

/** Drawings are drawn in a thread that ends in time, whatever they have in them. */

const draw = async (inside: string, root = 'width="100" height="50"', edge = 1024) =>
	await drawSvg(
		Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${root}>${inside}</svg>`),
		edge,
		2_000_000,
	);
const drawn = async (...args: Parameters<typeof draw>) => {
	const drawing = await draw(...args);
	if (typeof drawing === 'string') throw new Error(drawing);
	return drawing;
};

/** First of all, as the renderer is loaded only once. */
it('draws as before when the renderer or a thread was not to be had for once', async () => {
	jest.spyOn(fs, 'readFile').mockRejectedValueOnce(new Error('EMFILE'));
	await expect(draw('')).rejects.toThrow('EMFILE');
	const { Worker } = threads;
	let refused = 1;
	const spy = jest.spyOn(threads, 'Worker').mockImplementation((file, options) => {
		if (refused-- > 0) throw new Error('EAGAIN');
		return new Worker(file, options);
	});
	const results = await Promise.allSettled([draw(''), draw('')]);
	expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
	spy.mockRestore();
	await drawn('');
});

it('ends a drawing that would take minutes', async () => {
	const turbulence = '<feTurbulence baseFrequency="9" numOctaves="99"/>'.repeat(8);
	const filter = `<filter id="f" x="0" y="0" width="1" height="1">${turbulence}</filter>`;
	const rect = '<rect width="100%" height="100%" filter="url(#f)"/>';
	expect(await draw(filter + rect)).toBe('slow');
});

/** A black square of one bit for each pixel, whatever its data are. */
function png(edge: number, data: Buffer): Buffer {
	const chunk = (type: string, content: Buffer): Buffer => {
		const named = Buffer.concat([Buffer.from(type), content]);
		const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
		length.writeUInt32BE(content.length);
		sum.writeUInt32BE(crc32(named));
		return Buffer.concat([length, named, sum]);
	};
	const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
	header.writeUInt32BE(edge, 0);
	header.writeUInt32BE(edge, 4);
	const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
	const chunks = [chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))];
	return Buffer.concat([signature, ...chunks]);
}

it('refuses the memory that a photo of a gigapixel asks for', async () => {
	const edge = 30_000;
	const photo = png(edge, deflateSync(Buffer.alloc((edge / 8 + 1) * edge)));
	const before = process.memoryUsage.rss();
	const url = `data:image/png;base64,${photo.toString('base64')}`;
	const drawing = await draw(`<image href="${url}" width="100" height="50"/>`);
	expect(['damaged', 'slow']).toContain(drawing);
	expect(process.memoryUsage.rss() - before).toBeLessThan(600 * 2 ** 20);
});

it.each([
	['url(', 'url('.repeat(500_000)],
	['url( and spaces', `url(${' '.repeat(2_000_000)}`],
	['unclosed tags', '<a '.repeat(500_000)],
	['unclosed HTML', '<foreignObject '.repeat(130_000)],
])('comes to an end with two megabytes of %s', async (_name, inside) => {
	const drawing = await draw(inside);
	expect(drawing).not.toBe('slow');
});

it('draws small drawings as large as a model looks at them, and large ones smaller', async () => {
	const blue = '<rect width="100%" height="100%" fill="#0000ff"/>';
	const small = await drawn(blue);
	expect([small.width, small.height]).toEqual([100, 50]);
	expect(await sharp(small.png).metadata()).toMatchObject({ width: 1024, height: 512 });
	expect((await sharp(small.png).stats()).channels.map(({ mean }) => mean)).toEqual([
		0, 0, 255, 255,
	]);
	const large = await drawn(blue, 'viewBox="0 0 20000 10000"');
	expect(await sharp(large.png).metadata()).toMatchObject({ width: 2000, height: 1000 });
});

it.each([
	['<text y="40">Grüße &#38; Co</text>', {}],
	['<text y="40">a &#x6f22;</text>', { missing: '漢' }],
	['<a href="https://example.com/"><rect fill="url(#a)"/></a>', {}],
	['<image href="http://example.com/a.png"/>', { foreign: 'http://example.com/a.png' }],
	['<style>@import "a.css"</style>', { foreign: '@import' }],
	[
		'<foreignObject width="9" height="9"><p>Start</p></foreignObject>',
		{ foreign: '<foreignObject' },
	],
	[
		'<switch><foreignObject requiredFeatures="http://www.w3.org/TR/SVG11/feature#Extensibility"><p>A</p></foreignObject><text y="40">A</text></switch>',
		{},
	],
	['<title>杯子</title><desc>漢</desc><text y="40">Cup</text>', {}],
])('says what is missing in the drawing of %s', async (inside, told) => {
	const { foreign, missing } = await drawn(inside);
	expect({ foreign, missing }).toEqual({ foreign: undefined, missing: undefined, ...told });
});
