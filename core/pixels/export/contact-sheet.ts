/** Draws the contact sheet. */

import type { OverlayOptions } from 'sharp';
import { invalidParameter, toGptImageError, type GptImageError } from '../../errors';
import { formatRow, type ExportFormat } from '../../rules/channels';
import type { ContactSheetRequest, ExportWarning } from '../../rules/export';
import { labels } from '../../rules/labels';
import { grouped, visible } from '../../rules/parameters';
import type { DigitalSource } from '../ai-label';
import { wrapText } from '../font';
import { loadSharp } from '../sharp';
import { withSharpSlot } from '../slots';
import { drawPill } from './badge';
import { labelState } from './decide';
import { encode } from './encode';
import type { ExportedFile, NamedBytes } from './export';
import { decodeOnce, open } from './open';
import { openRaw, overlay, toRaw, type Raw } from '../raw';
import { colored, drawText, missingIn, type Typefaces } from './text';
import { bundledTypeface } from './typeface';

export interface SheetCell {
	readonly caption: string;
	readonly isGenerated: boolean;
	readonly load: () => Promise<NamedBytes>;
}

/** A small copy, or why there is none: its number stays on the sheet. */
type Thumb = { readonly raw: Raw } | { readonly error: GptImageError };

export interface ContactSheet {
	readonly file: Omit<ExportedFile, 'channel'>;
	/** Of each cell, in order; undefined where all went well. */
	readonly errors: ReadonlyArray<GptImageError | undefined>;
}

/** An image higher than so many times its width is drawn narrower. */
const highest = 1.5;
const longestCaption = 120;
const captionLines = 2;
const ink = [27, 36, 56] as const;

async function shrink(cell: SheetCell, cellWidth: number): Promise<Thumb> {
	try {
		const { bytes, origin } = await cell.load();
		const raw = await withSharpSlot(1, async (sharp) => {
			const opened = await open(sharp, bytes, origin);
			const { width, height } = opened.source;
			const box = { width: cellWidth, height: Math.round(cellWidth * highest) };
			const scale = Math.min(box.width / width, box.height / height);
			const decoded = await decodeOnce(sharp, opened, scale);
			return await toRaw(
				openRaw(sharp, decoded)
					.resize({ ...box, fit: 'inside', withoutEnlargement: true })
					.flatten({ background: '#fff' }),
			);
		});
		return { raw };
	} catch (error) {
		return { error: toGptImageError(error) };
	}
}

/** A caption must not keep the sheet from a person: what the font cannot draw is left out. */
function drawable(caption: string, typefaces: Typefaces): { text: string; isCut: boolean } {
	const whole = caption.slice(0, longestCaption * 4).normalize('NFC');
	const missing = new Set(missingIn(whole, typefaces));
	const kept = [...whole].filter((letter) => !missing.has(letter)).join('');
	const text = kept.slice(0, longestCaption);
	// Of emoji that the font lacks, only their joiners are left.
	return { text: visible(text) && text, isCut: missing.size > 0 };
}

const labelOf = (cells: readonly SheetCell[]): DigitalSource | undefined => {
	if (cells.every(({ isGenerated }) => isGenerated)) return 'trained';
	return cells.some(({ isGenerated }) => isGenerated) ? 'composite' : undefined;
};

/** @throws invalid_parameter when the format cannot hold a sheet of that size */
function checkEdge(width: number, height: number, format: ExportFormat): void {
	const { name, longestEdge = Infinity } = formatRow(format);
	if (Math.max(width, height) <= longestEdge) return;
	throw invalidParameter(
		'columns',
		`The sheet would have ${width} x ${height} pixels, and ${name} holds up to ${grouped(longestEdge)} on an edge`,
		`Change '${labels.columns}', make '${labels.cellWidth}' smaller, or choose PNG in '${labels.outputFormat}'.`,
	);
}

/**
 * Draws all images on one numbered sheet with captions. Each is decoded by itself, and only its small
 * copy is kept.
 */
export async function drawContactSheet(
	cells: readonly SheetCell[],
	{ columns: wanted, cellWidth, format }: ContactSheetRequest,
): Promise<ContactSheet> {
	const columns = Math.min(wanted, cells.length);
	const thumbs: Thumb[] = [];
	for (const cell of cells) thumbs.push(await shrink(cell, cellWidth));
	const typefaces = [await bundledTypeface()];
	const sharp = await loadSharp();

	const gap = Math.round(cellWidth / 20);
	const letters = Math.max(11, Math.round(cellWidth / 26));
	const captions = cells.map(({ caption }) => drawable(caption, typefaces));
	const hasCaptions = captions.some(({ text }) => text.trim() !== '');
	const captionHeight = hasCaptions ? Math.round(letters * 1.5 * captionLines) : 0;
	const imageHeight = Math.max(
		Math.round(cellWidth / 2),
		...thumbs.map((thumb) => ('raw' in thumb ? thumb.raw.height : 0)),
	);
	const cellHeight = imageHeight + captionHeight + gap;
	const width = gap + columns * (cellWidth + gap);
	const height = gap + Math.ceil(cells.length / columns) * cellHeight;
	checkEdge(width, height, format);
	const layers: OverlayOptions[] = [];
	for (const [index, thumb] of thumbs.entries()) {
		const left = gap + (index % columns) * (cellWidth + gap);
		const top = gap + Math.floor(index / columns) * cellHeight;
		if ('raw' in thumb) {
			const { raw } = thumb;
			const middle = {
				left: left + (cellWidth - raw.width) / 2,
				top: top + (imageHeight - raw.height) / 2,
			};
			layers.push(overlay(raw, middle));
		}
		// Large enough for a chat's preview.
		const number = await drawText(`${index + 1}`, typefaces, Math.round(cellWidth / 9), cellWidth);
		layers.push(...(await drawPill(number, Math.round(cellWidth / 32), { left, top })));
		const lines = wrapText(captions[index]?.text ?? '', cellWidth / letters, captionLines);
		if (lines.length === 0) continue;
		const text = await drawText(lines.join('\n'), typefaces, letters, cellWidth);
		const raw = await toRaw(
			openRaw(sharp, await colored(text, ink)).resize({
				width: Math.min(text.width, cellWidth),
				height: Math.min(text.height, captionHeight),
				fit: 'inside',
				withoutEnlargement: true,
			}),
		);
		layers.push(overlay(raw, { left, top: top + imageHeight + gap / 4 }));
	}
	const make = () =>
		sharp({ create: { width, height, channels: 3, background: '#eef0f4' } })
			.composite(layers)
			.removeAlpha();
	const label = labelOf(cells);
	const encoded = await encode(make, format, undefined, undefined, label);
	const warnings: ExportWarning[] = captions.some(({ isCut }) => isCut)
		? [
				{
					code: 'characters_left_out',
					message:
						'Captions contain characters that Inter SemiBold does not have; they were left out',
				},
			]
		: [];
	return {
		file: {
			...encoded,
			width,
			height,
			label: labelState(label, format),
			c2pa: 'none',
			warnings,
		},
		errors: thumbs.map((thumb) => ('error' in thumb ? thumb.error : undefined)),
	};
}
