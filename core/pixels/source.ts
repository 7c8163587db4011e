/** A user's image file: inspects its header, then opens its pixels upright in sRGB. */

import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { invalidParameter, type GptImageError } from '../errors';
import { common } from '../rules/models';
import type { Dimensions } from '../rules/request-types';
import { excerpt, grouped, megabytes } from '../rules/parameters';
import { reachesEnd } from './ending';
import { isSrgb, profileName } from './icc-profile';
import { maxPixels, type SharpLibrary } from './sharp';
import { sniff, type ImageKind, type FileType } from './sniff';
import { drawingSeconds, drawSvg, leastSvgEdge, maxSvgBytes, maxSvgPixels } from './svg';

/** Where an image came from, so that a message can name it. */
export interface Origin {
	/** The node's parameter, e.g. `images`. */
	readonly param: string;
	/** How messages call the place, the display name in quotes: `'Images' 2 (field "photo")`. */
	readonly label: string;
	readonly name: string;
}

/** An image file with an acceptable header; its pixels have not been read yet. */
export interface Source extends Dimensions {
	/** The file; of an SVG, its drawing as a PNG. */
	readonly bytes: Buffer;
	readonly kind: ImageKind;
	/** As sharp reads it, before the EXIF orientation is applied. */
	readonly metadata: Metadata;
	/** Whether there is an alpha channel, even a fully opaque one. */
	readonly hasAlpha: boolean;
	readonly origin: Origin;
	/** What keeps the file from being sent as it is, as past participles; empty when nothing does. */
	readonly changes: readonly string[];
	/** Whether it can be published as it is: any program reads a PNG with a palette. */
	readonly isPlain: boolean;
	readonly options: SharpOptions;
}

/** An invalid_parameter error about one image. `what` follows the file's name. */
export const refusal = (origin: Origin, what: string, advice: string): GptImageError =>
	invalidParameter(origin.param, `${origin.label}: "${excerpt(origin.name)}" ${what}`, advice);

function unreadable({ kind, called }: FileType, origin: Origin): GptImageError {
	return kind === 'heic'
		? refusal(
				origin,
				'is an HEIC image, which this node cannot read',
				"Convert it to JPEG before this node. To take JPEGs on an iPhone, set Settings > Camera > Formats to 'Most Compatible'.",
			)
		: refusal(
				origin,
				`starts like ${called} but cannot be read: it is damaged or cut off`,
				'Open it in an image viewer; if it does not open there, download or export it again.',
			);
}

const cutOff = (origin: Origin, reason: string): GptImageError =>
	refusal(
		origin,
		`is damaged or cut off: not all of its pixels can be read (${reason})`,
		'Download or export it again: an interrupted download leaves such a file.',
	);

function damaged(source: Source, error: unknown): GptImageError {
	const { kind, origin } = source;
	// libheif reads the header of any HEIC and says only here that it has no decoder for it.
	if (kind === 'heic') return unreadable({ kind, called: 'an HEIC' }, origin);
	const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
	return cutOff(origin, reason);
}

const fromPalette = 'converted from a palette to RGB';

function changesFor(kind: ImageKind, metadata: Metadata): string[] {
	const { orientation = 1, pages = 1, space, depth, icc } = metadata;
	const isGray = space === 'b-w' || space === 'grey16';
	const isRgb = space === 'srgb' || space === 'rgb16';
	return [
		orientation > 1 && `rotated to its EXIF orientation (${orientation})`,
		!common.inputFormats.includes(kind) && `converted from ${kind.toUpperCase()}`,
		pages > 1 && `reduced to the first of its ${pages} images`,
		isGray && 'converted from grayscale to RGB',
		!isGray && !isRgb && `converted from ${space.toUpperCase()} to RGB`,
		isRgb && metadata.isPalette && fromPalette,
		depth === 'ushort' && 'converted from 16 to 8 bits per channel',
		icc &&
			space !== 'cmyk' &&
			!isSrgb(icc) &&
			`converted from the color profile "${excerpt(profileName(icc) ?? 'unknown')}" to sRGB`,
	].filter((change) => typeof change === 'string');
}

const sharpFormat = (kind: ImageKind): Metadata['format'] =>
	kind === 'avif' || kind === 'heic' ? 'heif' : kind;

/**
 * @returns undefined when it cannot be read, or when sharp sees another format than was seen here: a
 *   drawing in disguise would be drawn in this process, where nothing can end it
 */
async function readHeader(
	sharp: SharpLibrary,
	bytes: Buffer,
	kind: ImageKind,
): Promise<Metadata | undefined> {
	try {
		// The pixel limit is applied by the caller, whose message can name the dimensions.
		const metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
		return metadata.format === sharpFormat(kind) ? metadata : undefined;
	} catch {
		return undefined;
	}
}

const asPng = 'Convert the SVG to PNG before this node.';

/**
 * Draws an SVG as a PNG. One with parts from elsewhere is refused, because they would be missing in the
 * image without a word; nothing is ever loaded.
 * @param leastEdge pixels that a small drawing's longest edge is enlarged to
 * @throws invalid_parameter
 */
export async function draw(
	bytes: Buffer,
	origin: Origin,
	leastEdge: number,
	mostPixels: number,
): Promise<Buffer> {
	if (bytes.length > maxSvgBytes) {
		throw refusal(
			origin,
			`is an SVG of ${megabytes(bytes.length)}, more than the ${maxSvgBytes / 2 ** 20} MB allowed`,
			asPng,
		);
	}
	const drawing = await drawSvg(bytes, leastEdge, mostPixels);
	if (drawing === 'damaged') throw unreadable({ kind: 'svg', called: 'an SVG' }, origin);
	if (drawing === 'slow') {
		throw refusal(
			origin,
			`is an SVG that takes longer than ${drawingSeconds} seconds to render`,
			asPng,
		);
	}
	const { foreign, missing, png } = drawing;
	if (foreign !== undefined) {
		throw refusal(
			origin,
			`is an SVG with external content ("${excerpt(foreign)}") or another part that is not drawn`,
			"Convert it to PNG before this node, or save it as plain SVG with its images embedded. In Mermaid, 'htmlLabels: false' makes text plain.",
		);
	}
	if (missing !== undefined) {
		throw refusal(
			origin,
			`is an SVG with text that the bundled font cannot show ("${missing}")`,
			'Convert its text to paths, or the SVG to PNG before this node.',
		);
	}
	return Buffer.from(png);
}

/**
 * Looks at a file without decoding its pixels; an SVG is drawn, and goes on as that PNG.
 * @throws invalid_parameter when it is empty, no image, of a kind that sharp cannot read here, ends
 *   too early, or has more pixels than are decoded
 */
export async function inspect(sharp: SharpLibrary, file: Buffer, origin: Origin): Promise<Source> {
	if (file.length === 0) {
		throw refusal(origin, 'is empty', 'Check the previous step: it created an empty file.');
	}
	const sniffed = sniff(file);
	const { kind } = sniffed;
	if (!kind) {
		throw refusal(origin, `is ${sniffed.called}, not an image that can be sent`, sniffed.advice);
	}
	const bytes = kind === 'svg' ? await draw(file, origin, leastSvgEdge, maxSvgPixels) : file;
	const metadata = await readHeader(sharp, bytes, kind === 'svg' ? 'png' : kind);
	if (!metadata) throw unreadable(sniffed, origin);
	const { width, height } = metadata.autoOrient;
	if (width * height > maxPixels) {
		throw refusal(
			origin,
			`has ${grouped(width)} x ${grouped(height)} pixels, ${grouped(Math.round((width * height) / 1e6))} megapixels`,
			`Scale it down before this node: up to ${grouped(Math.floor(maxPixels / 1e6))} megapixels are supported, and the model uses less than 2.`,
		);
	}
	if (!reachesEnd(bytes, kind))
		throw cutOff(origin, `the end of the ${kind.toUpperCase()} is missing`);
	if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort') {
		throw refusal(
			origin,
			`has a channel format ("${metadata.depth}") that image models do not support`,
			'Save it with 8 or 16 bits per channel.',
		);
	}
	const changes = changesFor(kind, metadata);
	return {
		bytes,
		kind,
		width,
		height,
		metadata,
		hasAlpha: metadata.hasAlpha,
		origin,
		changes,
		isPlain: changes.every((change) => change === fromPalette),
		options: {
			autoOrient: true,
			limitInputPixels: maxPixels,
			ignoreIcc: metadata.icc !== undefined && isSrgb(metadata.icc),
		},
	};
}

/**
 * Opens an image in the form that all code here works on: upright, 8 bits per channel, sRGB, with an
 * alpha channel if the file has one. A file that is already so keeps exactly its own pixels.
 * @param failOn how much damage to tolerate, in sharp's terms
 */
export function openUpright(
	sharp: SharpLibrary,
	source: Source,
	failOn: 'warning' | 'error' = 'error',
): Sharp {
	const { bytes, options, metadata } = source;
	const pipeline = sharp(bytes, { ...options, failOn }).toColourspace('srgb');
	const isDeepWithProfile =
		metadata.depth === 'ushort' && metadata.icc !== undefined && !options.ignoreIcc;
	// sharp 0.35 works on 16-bit images with a profile in Display P3 and, unless told a profile for
	// the output, leaves their numbers in P3 (tested: sRGB 200,30,40 becomes 183,49,47).
	return isDeepWithProfile ? pipeline.withIccProfile('srgb') : pipeline;
}

/** libjpeg's warning about files of some cameras and phones that every viewer opens. */
const isHarmless = (error: unknown): boolean =>
	error instanceof Error && /extraneous bytes/i.test(error.message);

/**
 * Decodes an image that was not checked before; `work` processes it to its end.
 * @throws invalid_parameter when the pixel data is damaged or ends early
 */
export async function withDecoded<T>(
	sharp: SharpLibrary,
	source: Source,
	work: (image: Sharp) => Promise<T>,
): Promise<T> {
	try {
		return await work(openUpright(sharp, source, 'warning'));
	} catch (error) {
		if (!isHarmless(error)) throw damaged(source, error);
	}
	try {
		return await work(openUpright(sharp, source, 'error'));
	} catch (error) {
		throw damaged(source, error);
	}
}

/**
 * Reads an image to its end by taking its last row: a JPEG that is decoded at a smaller scale, as
 * every `resize` does, gives no sign of its last rows missing. Few rows are in memory at once: a
 * JPEG of 108 megapixels takes 20 MB, all of its pixels would take 350 (measured, sharp 0.35.5).
 * @throws invalid_parameter when the pixel data is damaged or ends early
 */
export async function readToEnd(sharp: SharpLibrary, source: Source): Promise<void> {
	const asStored = { ...source, options: { ...source.options, autoOrient: false } };
	const lastRow = { left: 0, top: source.metadata.height - 1, width: 1, height: 1 };
	await withDecoded(sharp, asStored, (image) => image.extract(lastRow).raw().toBuffer());
}
