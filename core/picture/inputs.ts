import type { Sharp } from 'sharp';
import { labels } from '../rules/labels';
import type { InputTokens } from '../rules/model-types';
import { common } from '../rules/models';
import { fitPatches } from '../rules/patches';
import type { Dimensions, InputImage } from '../rules/request-types';
import { mimeTypeOf, slug } from './file-name';
import { decode, inspect, refusal, type Origin, type Source } from './source';
import { inTurn } from './turns';

/** An input image that the API takes, ready to be sent. */
export type PreparedInput = Extract<InputImage, { kind: 'bytes' }> & {
	/** Its size before `shrinkFor` made it smaller: the size of the picture that the user has. */
	readonly full: Dimensions;
	/** What was done to it, as past participles; empty when the bytes are the user's own. */
	readonly changes: readonly string[];
};

type SentFormat = 'png' | 'jpeg' | 'webp';

const isSent = (kind: Source['kind']): kind is SentFormat => common.inputFormats.includes(kind);

/**
 * A reference is for looking at, so a photo that must be written anew becomes a JPEG, without
 * halved colour resolution (logos and text suffer from that); drawings and alpha become PNG.
 */
const newFormat = ({ kind, hasAlpha }: Source): 'png' | 'jpeg' =>
	hasAlpha || kind === 'png' || kind === 'gif' || kind === 'svg' ? 'png' : 'jpeg';

/** Optimised JPEG tables would hold the whole picture twice as coefficients to save a tenth. */
const encodeAs = (picture: Sharp, format: 'png' | 'jpeg'): Promise<Buffer> =>
	format === 'jpeg'
		? picture.jpeg({ quality: 95, chromaSubsampling: '4:4:4', optimiseCoding: false }).toBuffer()
		: picture.png().toBuffer();

/** JPEG and WebP decode at a fraction of the size: every byte is read, few pixels are made. */
const readThrough = (picture: Sharp): Promise<Buffer> =>
	picture.resize(8, 8, { fit: 'fill', kernel: 'nearest' }).raw().toBuffer();

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/**
 * @param size the dimensions of `bytes`; the source's own are kept as `full`
 * @throws invalid_parameter when the file is too large for the API
 */
export function inputOf(
	{ origin, width, height }: Source,
	bytes: Buffer,
	format: SentFormat,
	size: Dimensions,
	changes: readonly string[],
): PreparedInput {
	if (bytes.length >= common.maxInputBytes) {
		throw refusal(
			origin,
			`has ${megabytes(bytes.length)}; OpenAI takes less than ${megabytes(common.maxInputBytes)} per image`,
			`Switch on '${labels.shrinkInputs}', or scale it down before this node.`,
		);
	}
	const name = slug(origin.name.replace(/\.[^.]*$/, '')) || 'image';
	return {
		kind: 'bytes',
		bytes,
		mimeType: mimeTypeOf(format),
		fileName: `${name}.${format === 'jpeg' ? 'jpg' : format}`,
		width: size.width,
		height: size.height,
		full: { width, height },
		changes,
	};
}

/**
 * Makes a user's picture into one that the API takes: upright, PNG, JPEG or WebP, 8-bit RGB or RGBA
 * in sRGB, complete, below 50 MB. A picture that is all this already keeps its own bytes. Colours
 * of other profiles (Display P3 of phones, Adobe RGB) are converted, because nothing says that
 * OpenAI reads profiles, and an answer without one could not be matched to the original.
 * @param bytes the file as the user has it
 * @param shrinkFor the model's rule for input images: the picture is scaled down to the size at
 *   which that model looks at it anyway, when this makes the file smaller. The token count stays
 *   the same. Tile models are left alone: what they look at is not known as well as what they bill
 * @throws invalid_parameter naming the place, the file, what is wrong with it and what to do
 */
export async function prepareInput(
	bytes: Buffer,
	origin: Origin,
	shrinkFor?: InputTokens,
): Promise<PreparedInput> {
	return await inTurn(1, async (sharp) => {
		const source = await inspect(sharp, bytes, origin);
		const { kind, changes } = source;
		const full: Dimensions = { width: source.width, height: source.height };
		const size = shrinkFor?.rule === 'patches' ? fitPatches(shrinkFor, full) : full;
		const isSmaller = size.width < full.width;
		const canStay = changes.length === 0 && isSent(kind);

		if (canStay && !isSmaller) {
			await decode(sharp, source, readThrough);
			return inputOf(source, bytes, kind, full, []);
		}
		const format = newFormat(source);
		const written = await decode(sharp, source, (picture) =>
			encodeAs(isSmaller ? picture.resize({ ...size, fit: 'fill' }) : picture, format),
		);
		const saved = bytes.length - written.length;
		if (canStay && saved <= 0) return inputOf(source, bytes, kind, full, []);
		const shrunk =
			`scaled from ${full.width}x${full.height} to ${size.width}x${size.height}, which is what ` +
			`the model looks at${saved > 0 ? ` (${megabytes(saved)} less to upload)` : ''}`;
		return inputOf(source, written, format, size, isSmaller ? [...changes, shrunk] : changes);
	});
}
