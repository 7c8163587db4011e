import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { invalidParameter, type GptImageError } from '../errors';
import { common } from '../rules/models';
import type { Dimensions } from '../rules/request-types';
import { isSrgb, profileName } from './profile';
import { maxPixels, type SharpLibrary } from './sharp';
import { sniff, type PictureKind, type Sniffed } from './sniff';
import { checkSvg, svgDensity } from './svg';

/** Where a picture came from, so that a message can name it. */
export interface Origin {
	/** The node's parameter, e.g. `images`. */
	readonly param: string;
	/** How messages call the place, the display name in quotes: `'Images' 2 (field "photo")`. */
	readonly label: string;
	/** The file's name. */
	readonly name: string;
}

/** A picture file whose header was read and found acceptable; its pixels were not looked at yet. */
export interface Source extends Dimensions {
	readonly bytes: Buffer;
	readonly kind: PictureKind;
	/** Has an alpha channel, though maybe an opaque one. */
	readonly hasAlpha: boolean;
	readonly origin: Origin;
	/** What keeps the file from being sent as it is, as past participles; empty when nothing does. */
	readonly changes: readonly string[];
	readonly options: SharpOptions;
	/** 16 bits per channel with a colour profile other than sRGB. */
	readonly isDeepWithProfile: boolean;
}

const count = (value: number): string => value.toLocaleString('en-US');

/** An invalid_parameter error about one picture. `what` follows the file's name. */
export const refusal = (origin: Origin, what: string, advice: string): GptImageError =>
	invalidParameter(origin.param, `${origin.label}: "${origin.name}" ${what}`, advice);

function unreadable({ kind, called }: Sniffed, origin: Origin): GptImageError {
	return kind === 'heic'
		? refusal(
				origin,
				'is an HEIC, which the image library here cannot read',
				"Convert it to JPEG before this node; an iPhone takes JPEGs with Settings > Camera > Formats > 'Most Compatible'.",
			)
		: refusal(
				origin,
				`starts like ${called} but cannot be read`,
				'Open it in an image viewer; if it shows nothing there, fetch or export it again.',
			);
}

function damaged(source: Source, error: unknown): GptImageError {
	const { kind, origin } = source;
	// libheif reads the header of any HEIC and says only here that it has no decoder for it.
	if (kind === 'heic') return unreadable({ kind, called: 'an HEIC' }, origin);
	const [reason] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
	return refusal(
		origin,
		`is damaged or cut off: not all of its pixels can be read (${reason})`,
		'Fetch or export it again; a download that stopped early leaves such a file.',
	);
}

function changesFor(kind: PictureKind, metadata: Metadata): string[] {
	const { orientation = 1, pages = 1, space, depth, icc } = metadata;
	const changes: string[] = [];
	if (orientation > 1) changes.push(`turned upright as its EXIF orientation (${orientation}) says`);
	if (!common.inputFormats.includes(kind)) changes.push(`converted from ${kind.toUpperCase()}`);
	if (pages > 1) changes.push(`reduced to the first of its ${pages} pictures`);
	if (space === 'b-w' || space === 'grey16') {
		changes.push('converted from greyscale to RGB');
	} else if (space !== 'srgb' && space !== 'rgb16') {
		changes.push(`converted from ${space.toUpperCase()} to RGB`);
	} else if (metadata.isPalette) {
		changes.push('converted from a palette to RGB');
	}
	if (depth === 'ushort') changes.push('converted from 16 to 8 bits per channel');
	if (icc && space !== 'cmyk' && !isSrgb(icc)) {
		changes.push(`converted from the colour profile "${profileName(icc) ?? 'unknown'}" to sRGB`);
	}
	return changes;
}

async function readHeader(
	sharp: SharpLibrary,
	bytes: Buffer,
	options: SharpOptions,
): Promise<Metadata | undefined> {
	try {
		return await sharp(bytes, options).metadata();
	} catch {
		return undefined;
	}
}

/**
 * Looks at a file without decoding its pixels.
 * @param bytes the file as the user has it
 * @returns what it is, its dimensions after its EXIF orientation, and how to open it
 * @throws invalid_parameter when it is empty, no picture, of a kind that sharp cannot read here, or
 *   has more pixels than are decoded
 */
export async function inspect(sharp: SharpLibrary, bytes: Buffer, origin: Origin): Promise<Source> {
	if (bytes.length === 0) {
		throw refusal(origin, 'is empty', 'Check the step before: it made a file with nothing in it.');
	}
	const sniffed = sniff(bytes);
	const { kind } = sniffed;
	if (!kind) {
		throw refusal(origin, `is ${sniffed.called}, not a picture that can be sent`, sniffed.advice);
	}
	if (kind === 'svg') checkSvg(bytes, origin);
	// The pixel limit is applied below, where the message can name the dimensions.
	let metadata = await readHeader(sharp, bytes, { limitInputPixels: false });
	if (!metadata) throw unreadable(sniffed, origin);
	const options: SharpOptions = {
		autoOrient: true,
		limitInputPixels: maxPixels,
		ignoreIcc: metadata.icc !== undefined && isSrgb(metadata.icc),
	};
	if (kind === 'svg') {
		options.density = svgDensity(metadata.width, metadata.height);
		metadata =
			(await readHeader(sharp, bytes, { ...options, limitInputPixels: false })) ?? metadata;
	}
	const { width, height } = metadata.autoOrient;
	if (width * height > maxPixels) {
		throw refusal(
			origin,
			`has ${count(width)} x ${count(height)} pixels, ${count(Math.round((width * height) / 1e6))} megapixels`,
			`Scale it down before this node: up to ${count(Math.floor(maxPixels / 1e6))} megapixels are read, and the model looks at less than 2.`,
		);
	}
	if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort') {
		throw refusal(
			origin,
			`has channels of a kind ("${metadata.depth}") that no image model reads`,
			'Save it with 8 or 16 bits per channel.',
		);
	}
	return {
		bytes,
		kind,
		width,
		height,
		hasAlpha: metadata.hasAlpha,
		origin,
		changes: changesFor(kind, metadata),
		options,
		isDeepWithProfile:
			metadata.depth === 'ushort' && metadata.icc !== undefined && !isSrgb(metadata.icc),
	};
}

/**
 * Opens a picture as everything here works on it: upright, 8 bits per channel, sRGB, with an alpha
 * channel when the file has one. A file that is all this already gives exactly its own pixels.
 * @param failOn how much damage is put up with, in sharp's words
 */
export function upright(
	sharp: SharpLibrary,
	source: Source,
	failOn: 'warning' | 'error' = 'error',
): Sharp {
	const pipeline = sharp(source.bytes, { ...source.options, failOn }).toColourspace('srgb');
	// sharp 0.35 works on 16-bit pictures with a profile in Display P3 and, unless told a profile for
	// the output, leaves their numbers in P3 (tested: sRGB 200,30,40 becomes 183,49,47).
	return source.isDeepWithProfile ? pipeline.withIccProfile('srgb') : pipeline;
}

/** libjpeg says this of files by some cameras and phones that every viewer opens. */
const isHarmless = (error: unknown): boolean =>
	error instanceof Error && /extraneous bytes/i.test(error.message);

/**
 * Decodes a picture that nobody has checked yet.
 * @param work takes the opened picture to its end
 * @throws invalid_parameter when the pixel data is damaged or ends early
 */
export async function decode<T>(
	sharp: SharpLibrary,
	source: Source,
	work: (picture: Sharp) => Promise<T>,
): Promise<T> {
	try {
		return await work(upright(sharp, source, 'warning'));
	} catch (error) {
		if (!isHarmless(error)) throw damaged(source, error);
	}
	try {
		return await work(upright(sharp, source, 'error'));
	} catch (error) {
		throw damaged(source, error);
	}
}
