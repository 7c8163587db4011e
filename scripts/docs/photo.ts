import sharp from 'sharp';

/** @returns a drawing with the grain of a photo, as a JPEG */
export async function photoOf(
	svg: string,
	width: number,
	height: number,
	sigma: number,
): Promise<Buffer> {
	const grain = await sharp({
		create: {
			width,
			height,
			channels: 3,
			background: '#888',
			noise: { type: 'gaussian', mean: 128, sigma },
		},
	})
		.png()
		.toBuffer();
	return await sharp(Buffer.from(svg))
		.composite([{ input: grain, blend: 'soft-light' }])
		.removeAlpha()
		.jpeg({ quality: 92 })
		.toBuffer();
}
