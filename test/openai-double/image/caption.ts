import path from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';
import { withoutMarkers } from '../faults';
import type { Size } from '../rules/sizes';

/** What is written on an image. */
export interface Caption {
	prompt: string;
	/** Small print: model, size, quality. */
	details: string;
	/** The turns of a conversation that led to this image. */
	lineage?: readonly string[];
}

const longestShown = 300;
const ink = '#1c2230';
const softInk = '#5a6275';

/**
 * The caption as layers for an image of that size: a light panel at the foot, the prompt wrapped
 * on it, small print below. The letters come from a font file, so a machine without fonts draws
 * the same.
 */
export async function captionLayers(caption: Caption, size: Size): Promise<OverlayOptions[]> {
	const unit = Math.min(size.width, size.height * 1.4);
	const margin = Math.round(unit * 0.04);
	const padding = Math.round(unit * 0.032);
	const textWidth = size.width - 2 * (margin + padding);
	const shown = shorten(withoutMarkers(caption.prompt) || caption.prompt);
	const smallPixels = Math.max(9, Math.round(unit * 0.02));
	const lines = [
		await textBlock(shown, { pixels: promptPixels(shown, unit), ink, textWidth }),
		...(caption.lineage && caption.lineage.length > 0
			? [
					await textBlock(shorten(caption.lineage.join(' › ')), {
						pixels: Math.round(smallPixels * 1.15),
						ink: softInk,
						textWidth,
					}),
				]
			: []),
		await textBlock(caption.details, { pixels: smallPixels, ink: softInk, textWidth }),
	];
	const gap = Math.round(smallPixels * 0.85);
	const tallest = Math.round(size.height * 0.8);
	const content = lines.reduce((sum, line) => sum + line.height, gap * (lines.length - 1));
	const panelHeight = Math.min(tallest, content + 2 * padding);
	const top = size.height - margin - panelHeight;
	const panel = Buffer.from(
		`<svg xmlns="http://www.w3.org/2000/svg" width="${size.width - 2 * margin}" height="${panelHeight}">` +
			`<rect width="100%" height="100%" rx="${padding}" fill="#ffffff" fill-opacity="0.96"/></svg>`,
	);
	const layers: OverlayOptions[] = [{ input: panel, left: margin, top }];
	let y = top + padding;
	for (const line of lines) {
		if (y + line.height > size.height) break;
		layers.push({ input: line.image, left: margin + padding, top: y });
		y += line.height + gap;
	}
	return layers;
}

interface Style {
	pixels: number;
	ink: string;
	textWidth: number;
}

const fontfile = path.join(__dirname, '../../../core/pixels/fonts/Inter-SemiBold.ttf');

async function textBlock(text: string, style: Style) {
	const { data, info } = await sharp({
		text: {
			text: `<span foreground="${style.ink}">${escapeMarkup(text).trim() || '…'}</span>`,
			font: `Inter SemiBold ${style.pixels}`,
			fontfile,
			width: style.textWidth,
			dpi: 72,
			rgba: true,
			wrap: 'word-char',
		},
	})
		.png({ compressionLevel: 1 })
		.toBuffer({ resolveWithObject: true });
	return { image: data, height: info.height };
}

/** Short prompts large, long ones small. */
function promptPixels(text: string, unit: number): number {
	const share = text.length <= 36 ? 0.058 : text.length <= 90 ? 0.045 : 0.034;
	return Math.max(10, Math.round(unit * share));
}

export function shorten(text: string): string {
	const letters = [...text.replace(/\s+/g, ' ')];
	return letters.length <= longestShown
		? letters.join('')
		: `${letters.slice(0, longestShown).join('')}…`;
}

/** Text that is safe inside markup: control characters out, special ones escaped. */
export function escapeMarkup(text: string): string {
	return [...text]
		.filter((letter) => letter >= ' ' && !/^[\ud800-\udfff\ufffe\uffff]$/.test(letter))
		.join('')
		.replace(/&/g, '&amp;')
		.replace(/</g, '&lt;')
		.replace(/>/g, '&gt;')
		.replace(/"/g, '&quot;');
}
