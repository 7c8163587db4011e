/** Encodes an image as well as a size limit allows. */

import type { Sharp } from 'sharp';
import { formatRow, type ExportFormat } from '../../rules/channels';
import { labels } from '../../rules/labels';
import type { ExportWarning } from '../../rules/export';
import { grouped } from '../../rules/parameters';
import { labelXmp, type DigitalSource } from '../ai-label';
import { refused } from './refused';

export interface Encoded {
	readonly bytes: Buffer;
	readonly format: ExportFormat;
	/** Null: of a format that has no quality. */
	readonly quality: number | null;
	readonly warnings: readonly ExportWarning[];
}

function write(image: Sharp, format: ExportFormat, quality: number | null): Promise<Buffer> {
	return image
		.toFormat(format, {
			...(quality !== null && { quality }),
			// Letters and logos suffer from halved colour resolution.
			...(format === 'jpeg' && { chromaSubsampling: '4:4:4' }),
			...(format === 'tiff' && { compression: 'lzw' }),
		})
		.toBuffer();
}

const kilobytes = (bytes: number): string => `${grouped(Math.ceil(bytes / 1000))} kB`;

const colors = 256;

/** The lightest that a format can be: its least quality, or for PNG a palette. */
async function lightest(
	first: Encoded,
	make: () => Sharp,
	atLeastQuality: (() => Promise<Encoded>) | undefined,
): Promise<Encoded> {
	if (atLeastQuality) return await atLeastQuality();
	if (first.format !== 'png') return first;
	// More effort takes ten times as long for a file as large.
	const bytes = await make().png({ palette: true, colours: colors, effort: 1 }).toBuffer();
	const message = `File too large with all its colors: reduced to ${colors}`;
	return { ...first, bytes, warnings: [{ code: 'colors_reduced', message }] };
}

/**
 * Writes an image at the best quality at which it stays within its weight; `make` gives it anew.
 * @param lighter what a too heavy format without loss becomes; undefined: a palette
 * @throws too_heavy with the smallest size that was reached
 */
export async function encode(
	make: () => Sharp,
	format: ExportFormat,
	maxBytes: number | undefined,
	lighter: ExportFormat | undefined,
	label: DigitalSource | undefined,
): Promise<Encoded> {
	const { quality: range, hasXmp, name } = formatRow(format);
	const prepared = (): Sharp => {
		const image = make();
		return label && hasXmp ? image.withXmp(labelXmp(label)) : image;
	};
	const attempt = async (quality: number | null): Promise<Encoded> => {
		const bytes = await write(prepared(), format, quality);
		return { bytes, format, quality, warnings: [] };
	};
	const fits = ({ bytes }: Encoded): boolean => maxBytes === undefined || bytes.length <= maxBytes;
	const first = await attempt(range?.usual ?? null);
	if (fits(first)) return first;
	if (lighter !== undefined) {
		return await encode(make, lighter, maxBytes, undefined, label);
	}
	let best = await lightest(first, prepared, range && (() => attempt(range.least)));
	if (!fits(best)) {
		throw refused(
			'too_heavy',
			'maxKilobytes',
			`the image has ${kilobytes(best.bytes.length)} as a ${name}${range ? ` even at quality ${range.least}` : ''}, more than the ${kilobytes(maxBytes ?? 0)} allowed`,
			`Choose a format with smaller files in '${labels.outputFormat}', or a larger '${labels.maxKilobytes}' where the channel allows it.`,
		);
	}
	if (!range) return best;
	let [low, high] = [range.least, range.usual];
	while (high - low > 2) {
		const tried = await attempt((low + high) >> 1);
		if (fits(tried)) {
			low = (low + high) >> 1;
			best = tried;
		} else high = (low + high) >> 1;
	}
	return best;
}
