import sharp, { type Sharp } from 'sharp';
import type { Size } from '../rules/sizes';
import { captionLayers, escapeMarkup, shorten, type Caption } from './caption';
import { scene } from './scene';

/** What to draw and how to write it. */
export interface Order {
	caption: Caption;
	/** Which of the n images, from 0: each has its own colours. */
	index: number;
	size: Size;
	format: string;
	compression: number;
	transparent: boolean;
	gif?: { frames: number; frameMs: number };
}

/** How the pixels of an order come about; `phase` (0 to 1) is the place in an animation. */
export type Canvas = (order: Order, phase: number) => Promise<Sharp>;

/** An image file of exactly the ordered size and format. */
export async function draw(order: Order, canvas: Canvas = sceneCanvas): Promise<Buffer> {
	if (order.format === 'svg') return Buffer.from(svgFile(order));
	if (order.format === 'gif') return await gifFile(order, canvas);
	return await encode(await canvas(order, 0), order);
}

/** The frame of a stream before the last: blurred, and sharper with each step of `steps`. */
export async function drawPartial(
	order: Order,
	step: number,
	steps: number,
	canvas: Canvas = sceneCanvas,
): Promise<Buffer> {
	const { width, height } = order.size;
	const dots = Math.round(12 * 2 ** ((4 * step) / steps));
	const coarse = await (
		await canvas(order, 0)
	)
		.resize(dots, Math.max(1, Math.round((dots * height) / width)), { fit: 'fill' })
		.png()
		.toBuffer();
	const large = sharp(coarse).resize(width, height, { fit: 'fill', kernel: 'cubic' });
	return await encode(large, order);
}

export async function encode(
	image: Sharp,
	{ format, compression, transparent }: Pick<Order, 'format' | 'compression' | 'transparent'>,
): Promise<Buffer> {
	const opaque = transparent
		? image.ensureAlpha()
		: image.flatten({ background: '#ffffff' }).removeAlpha();
	if (format === 'jpeg') return await opaque.jpeg({ quality: Math.max(1, compression) }).toBuffer();
	if (format === 'webp') {
		return await opaque.webp({ quality: Math.max(1, compression), effort: 1 }).toBuffer();
	}
	return await opaque.png({ compressionLevel: 4 }).toBuffer();
}

/** The scene with its caption. */
async function sceneCanvas(order: Order, phase: number): Promise<Sharp> {
	const layers = await captionLayers(order.caption, order.size);
	return await pixels(sharp(Buffer.from(sceneSvg(order, phase))).composite(layers));
}

/** Carries out what is pending, so that resizing and encoding see the finished pixels. */
export async function pixels(image: Sharp): Promise<Sharp> {
	const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
	return sharp(data, { raw: { width: info.width, height: info.height, channels: 4 } });
}

function sceneSvg(order: Order, phase: number, after = ''): string {
	const { width, height } = order.size;
	const drawing = scene(`${order.caption.prompt}\n${order.index}`, order.size, phase);
	const shown = order.transparent
		? `<clipPath id="badge"><circle cx="${width / 2}" cy="${height * 0.44}" r="${Math.min(width, height) * 0.42}"/></clipPath>` +
			`<g clip-path="url(#badge)">${drawing}</g>`
		: drawing;
	return (
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
		`viewBox="0 0 ${width} ${height}">${shown}${after}</svg>`
	);
}

async function gifFile(order: Order, canvas: Canvas): Promise<Buffer> {
	const { frames, frameMs } = order.gif ?? { frames: 9, frameMs: 200 };
	const pages: Buffer[] = [];
	for (let frame = 0; frame < frames; frame++) {
		pages.push(await (await canvas(order, frame / frames)).png({ compressionLevel: 0 }).toBuffer());
	}
	return await sharp(pages, { join: { animated: true } })
		.gif({ delay: pages.map(() => frameMs), loop: 0, effort: 1, keepDuplicateFrames: true })
		.toBuffer();
}

function svgFile(order: Order): string {
	const { width, height } = order.size;
	const pixels = Math.round(width * 0.035);
	const perLine = Math.floor((width * 0.84) / (pixels * 0.56));
	const lines = wrap(shorten(order.caption.prompt), perLine);
	const top = height * 0.94 - (lines.length + 1) * pixels * 1.3;
	const text = lines
		.map((line, i) => textLine(line, width * 0.08, top + (i + 1) * pixels * 1.3, pixels))
		.join('');
	const details = textLine(order.caption.details, width * 0.08, height * 0.935, pixels * 0.5);
	const panel = `<rect x="${width * 0.04}" y="${top - pixels * 0.3}" width="${width * 0.92}" height="${height * 0.96 - top + pixels * 0.3}" rx="${pixels}" fill="#ffffff" fill-opacity="0.88"/>`;
	return sceneSvg(order, 0, panel + text + details);
}

function textLine(text: string, x: number, y: number, pixels: number): string {
	return `<text x="${x}" y="${y}" font-family="Inter, Helvetica, Arial, sans-serif" font-size="${pixels}" fill="#1c2230">${escapeMarkup(text)}</text>`;
}

function wrap(text: string, perLine: number): string[] {
	const lines: string[] = [];
	for (const word of text.split(' ')) {
		const line = lines.at(-1);
		if (line !== undefined && line.length + 1 + word.length <= perLine) {
			lines[lines.length - 1] = `${line} ${word}`;
		} else {
			lines.push(word);
		}
	}
	return lines;
}
