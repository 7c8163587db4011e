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
 * with a striped scene and the prompt, all else keeps its pixels; without one the whole picture is
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
		const mixed = Buffer.alloc(base.length);
		for (let i = 0; i < base.length; i += 4) {
			if (editable[i / 4] === 0) paint.copy(mixed, i, i, i + 4);
			else {
				for (let c = 0; c < 3; c++) mixed[i + c] = shifted(base[i + c] ?? 0, drift);
				mixed[i + 3] = base[i + 3] ?? 255;
			}
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
	for (let i = 0; i < editable.length; i++) {
		if (editable[i] !== 0) continue;
		const x = i % width;
		const y = Math.floor(i / width);
		left = Math.min(left, x);
		right = Math.max(right, x);
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

/** The whole picture under a light tint, the further references as small prints in a row. */
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

/** Every shifted pixel really changes: near white it goes down instead of up. */
function shifted(value: number, drift: number): number {
	return value + drift > 255 ? value - drift : value + drift;
}

const svgOpen = ({ width, height }: Size): string =>
	`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`;

async function rgba(picture: Sharp): Promise<Buffer> {
	return await picture.ensureAlpha().raw().toBuffer();
}

function fromRaw(data: Buffer, { width, height }: Size): Sharp {
	return sharp(data, { raw: { width, height, channels: 4 } });
}
