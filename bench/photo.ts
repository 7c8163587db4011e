import sharp, { type Sharp } from 'sharp';

/** Large soft shapes with fine noise over them: as hard to encode as a photo. */
export async function drawPhoto(width: number, height: number, grain: number): Promise<Sharp> {
	const noise = async (w: number, h: number, sigma: number): Promise<Buffer> =>
		await sharp({
			create: {
				width: w,
				height: h,
				channels: 3,
				background: '#888',
				noise: { type: 'gaussian', mean: 128, sigma },
			},
		})
			.png({ compressionLevel: 1 })
			.toBuffer();
	return sharp(await noise(width / 20, height / 20, 60))
		.resize(width, height, { kernel: 'cubic' })
		.composite([{ input: await noise(width, height, grain), blend: 'soft-light' }]);
}
