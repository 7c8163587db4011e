import sharp from 'sharp';
import { prepareInput } from '../../../core/pixels/input';
import { flat, origin, painted } from './samples';

describe('shrinking to what the model looks at', () => {
	const grainy = (width: number, height: number) =>
		sharp({
			create: {
				width,
				height,
				channels: 3,
				background: '#888',
				noise: { type: 'gaussian', mean: 128, sigma: 20 },
			},
		});
	const patches = { rule: 'patches', patch: 32, budget: 1536 } as const;

	test.each([
		// Token counts: measured by several people (2048x2048, 1179x2556) or by the same method.
		[4032, 3024, 1408, 1056, 1452],
		[2048, 2048, 1248, 1248, 1521],
		[1179, 2556, 832, 1803, 1482],
	])('%ix%i becomes %ix%i and costs the same', async (width, height, toWidth, toHeight, tokens) => {
		const bytes = await grainy(width, height).jpeg({ quality: 95 }).toBuffer();
		const prepared = await prepareInput(bytes, origin, patches);
		expect(prepared).toMatchObject({ width: toWidth, height: toHeight, full: { width, height } });
		expect(Math.ceil(toWidth / 32) * Math.ceil(toHeight / 32)).toBe(tokens);
		expect(await sharp(prepared.bytes).metadata()).toMatchObject({
			width: toWidth,
			height: toHeight,
		});
		expect(prepared.changes).toEqual([
			expect.stringMatching(
				`^scaled from ${width}x${height} to ${toWidth}x${toHeight}, which is what the model looks at \\(\\d+\\.\\d MB less to upload\\)$`,
			),
		]);
	});

	test('a strip lower than a patch keeps its shape', async () => {
		const bytes = await flat(70_000, 20, '#c81e28').png().toBuffer();
		const prepared = await prepareInput(bytes, origin, patches);
		// One row of 1,536 patches of 32 pixels.
		expect(prepared).toMatchObject({ width: 49_152, height: 14 });
	});

	test('an image within the budget stays as it is', async () => {
		const bytes = await flat(1536, 1024).jpeg().toBuffer();
		expect((await prepareInput(bytes, origin, patches)).bytes).toBe(bytes);
	});

	test('an image that would not become a smaller file stays as it is', async () => {
		const bytes = await flat(1600, 1200, '#ffffff').png({ palette: false }).toBuffer();
		const fine = await painted(1600, 1200, 3, (x, y) =>
			((x >> 4) + y) % 2 ? [0, 0, 0] : [255, 255, 255],
		)
			.png({ compressionLevel: 9 })
			.toBuffer();
		expect((await prepareInput(bytes, origin, patches)).width).toBe(1408);
		const prepared = await prepareInput(fine, origin, patches);
		expect(prepared.bytes).toBe(fine);
		expect(prepared).toMatchObject({ width: 1600, height: 1200, changes: [] });
	});

	test('a model of the tile rule gets the image as it is', async () => {
		const bytes = await flat(2048, 2048).jpeg().toBuffer();
		const tiles = { rule: 'tiles', base: 65, perTile: 129 } as const;
		expect((await prepareInput(bytes, origin, tiles)).bytes).toBe(bytes);
	});
});
