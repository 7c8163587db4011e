import sharp, { type OverlayOptions, type Sharp } from 'sharp';
import { findMarker } from '../faults';
import type { Size } from '../rules/sizes';
import { captionLayers } from './caption';
import { pixels, type Canvas, type Order } from './draw';
import type { InputImage } from './inputs';
import { scene } from './scene';

/** What an edit starts from. */
export interface Repaint {
	images: readonly InputImage[];
	mask?: Buffer;
	markup?: Buffer;
}

interface Box extends Size {
	left: number;
	top: number;
}

/**
 * The first image, stretched to the ordered size. With a mask its transparent part is painted over
 * with a striped scene and the prompt, all else keeps its pixels; without one the whole image is
 * tinted. The `[[drift]]` marker shifts the kept pixels too, as real models do: by 3 of 256 levels,
 * or by as many as it names.
 */
export function repaintCanvas(repaint: Repaint): Canvas {
	return async (order, phase) => {
		const base = await stretched(repaint, order.size);
		if (!repaint.mask) return await tinted(base, repaint, order, phase);
		const editable = await editablePixels(repaint.mask, order.size);
		const paint = await striped(order, boxOf(editable, order.size), phase);
		const drift = driftOf(order.caption.prompt);
		const mixed = drift === 0 ? Buffer.from(base) : drifted(base, drift);
		for (let i = editable.indexOf(0); i >= 0; i = editable.indexOf(0, i)) {
			// Up to the next pixel that is kept, or the end.
			let end = i + 1;
			while (editable[end] === 0) end++;
			paint.copy(mixed, i * 4, i * 4, end * 4);
			i = end;
		}
		return fromRaw(mixed, order.size);
	};
}

async function stretched({ images, markup }: Repaint, size: Size): Promise<Buffer> {
	const [first] = images;
	const base = sharp(first?.bytes).autoOrient().toColourspace('srgb');
	const fitted = base.resize(size.width, size.height, { fit: 'fill' });
	if (!markup) return await rgba(fitted);
	const drawn = await sharp(markup).resize(size.width, size.height, { fit: 'fill' }).toBuffer();
	return await rgba(await pixels(fitted.composite([{ input: drawn }])));
}

/** The mask's alpha at the ordered size; nearest neighbour, so that a hard edge stays one. */
async function editablePixels(mask: Buffer, size: Size): Promise<Buffer> {
	return await sharp(mask)
		.ensureAlpha()
		.extractChannel('alpha')
		.resize(size.width, size.height, { fit: 'fill', kernel: 'nearest' })
		.raw()
		.toBuffer();
}

function boxOf(editable: Buffer, { width, height }: Size): Box {
	let [left, top, right, bottom] = [width, height, -1, -1];
	for (let y = 0; y < height; y++) {
		const row = editable.subarray(y * width, (y + 1) * width);
		const first = row.indexOf(0);
		if (first < 0) continue;
		left = Math.min(left, first);
		right = Math.max(right, row.lastIndexOf(0));
		top = Math.min(top, y);
		bottom = y;
	}
	return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

async function striped(order: Order, box: Box, phase: number): Promise<Buffer> {
	const { size, caption, index } = order;
	const step = Math.max(8, Math.round(Math.min(size.width, size.height) / 40));
	const svg =
		svgOpen(size) +
		scene(`${caption.prompt}\n${index}`, size, phase) +
		`<defs><pattern id="stripes" width="${step}" height="${step}" patternUnits="userSpaceOnUse" ` +
		`patternTransform="rotate(45)"><rect width="${step / 2}" height="${step}" fill="#ffffff" ` +
		'fill-opacity="0.28"/></pattern></defs><rect width="100%" height="100%" fill="url(#stripes)"/></svg>';
	const roomy = Math.min(box.width, box.height) >= 160;
	const layers = roomy ? await captionLayers(caption, box) : [];
	const placed = layers.map((layer) => ({
		...layer,
		left: (layer.left ?? 0) + box.left,
		top: (layer.top ?? 0) + box.top,
	}));
	return await rgba(await pixels(sharp(Buffer.from(svg)).composite(placed)));
}

/** The whole image under a light tint, the further references as small prints in a row. */
async function tinted(
	base: Buffer,
	{ images }: Repaint,
	order: Order,
	phase: number,
): Promise<Sharp> {
	const { size, caption, index } = order;
	const tint =
		svgOpen(size) +
		`<g opacity="0.38">${scene(`${caption.prompt}\n${index}`, size, phase)}</g></svg>`;
	const edge = Math.round(Math.min(size.width, size.height) * 0.15);
	const perRow = Math.max(1, Math.floor((size.width - edge / 4) / (edge * 1.25)));
	const prints: OverlayOptions[] = [];
	for (const [i, image] of images.slice(1).entries()) {
		const print = await sharp(image.bytes)
			.autoOrient()
			.toColourspace('srgb')
			.resize(edge - 8, edge - 8, { fit: 'cover' })
			.extend({ top: 4, bottom: 4, left: 4, right: 4, background: '#ffffff' })
			.png()
			.toBuffer();
		const left = Math.round(edge / 4 + (i % perRow) * edge * 1.25);
		const top = Math.round(edge / 4 + Math.floor(i / perRow) * edge * 1.25);
		if (top + edge <= size.height) prints.push({ input: print, left, top });
	}
	const layers = [{ input: Buffer.from(tint) }, ...prints, ...(await captionLayers(caption, size))];
	return await pixels(fromRaw(base, size).composite(layers));
}

function driftOf(prompt: string): number {
	const marker = findMarker(prompt, 'drift');
	return marker ? Number(marker.words[0] ?? 3) || 3 : 0;
}

/** Shifts every colour; near white it goes down instead of up, so that every pixel really changes. */
function drifted(pixels: Buffer, levels: number): Buffer {
	return Buffer.from(
		pixels.map((value, i) => {
			if (i % 4 === 3) return value;
			return value + levels > 255 ? value - levels : value + levels;
		}),
	);
}

const svgOpen = ({ width, height }: Size): string =>
	`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`;

async function rgba(image: Sharp): Promise<Buffer> {
	return await image.ensureAlpha().raw().toBuffer();
}

function fromRaw(data: Buffer, { width, height }: Size): Sharp {
	return sharp(data, { raw: { width, height, channels: 4 } });
}
