/** Input images: converts what the API does not accept, leaves the rest untouched. */

import type { Sharp } from 'sharp';
import type { InputTokens } from '../rules/model-types';
import { common } from '../rules/models';
import { megabytes } from '../rules/parameters';
import { fitPatches } from '../rules/patches';
import type { Dimensions, InputImage } from '../rules/request-types';
import { endingOf, mimeTypeOf, slug } from './file-name';
import { withDecoded, inspect, readToEnd, refusal, type Origin, type Source } from './source';
import { jpegOptions, loadSharp } from './sharp';
import { withSharpSlot } from './slots';
import { sizeText } from '../rules/size';

export type PreparedInput = Extract<InputImage, { kind: 'bytes' }> & {
	/** Its size before `shrinkFor` made it smaller. */
	readonly full: Dimensions;
	/** What was done to it, as past participles; empty when the bytes are the user's own. */
	readonly changes: readonly string[];
};

type SentFormat = 'png' | 'jpeg' | 'webp';

const isSent = (kind: Source['kind']): kind is SentFormat => common.inputFormats.includes(kind);

/** To be looked at, a photo may be written anew as a JPEG; drawings and alpha become PNG. */
const newFormat = ({ kind, hasAlpha }: Source): 'png' | 'jpeg' =>
	hasAlpha || kind === 'png' || kind === 'gif' || kind === 'svg' ? 'png' : 'jpeg';

const encodeAs = (image: Sharp, format: 'png' | 'jpeg'): Promise<Buffer> =>
	(format === 'jpeg' ? image.jpeg({ ...jpegOptions, quality: 95 }) : image.png()).toBuffer();

/**
 * @param size of `bytes`; the source's own is kept as `full`
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
			`has ${megabytes(bytes.length)}; OpenAI accepts less than ${megabytes(common.maxInputBytes)} per image`,
			"Scale it down before this node, e.g. with n8n's Edit Image node.",
		);
	}
	const name = slug(origin.name.replace(/\.[^.]*$/, '')) || 'image';
	return {
		kind: 'bytes',
		bytes,
		mimeType: mimeTypeOf(format),
		fileName: `${name}.${endingOf(format)}`,
		width: size.width,
		height: size.height,
		full: { width, height },
		changes,
	};
}

/**
 * Converts a user's image to one that the API accepts: upright, PNG, JPEG or WebP, 8-bit RGB or RGBA in
 * sRGB, complete, below 50 MB; one that is already so keeps its own bytes. Other colour profiles
 * (Display P3, Adobe RGB) are converted, because OpenAI may not read them.
 * @param shrinkFor the model's rule for input images: scales down to the size at which the model looks
 *   at it anyway, for as many tokens, when this makes the file smaller; tile models are left alone
 * @throws invalid_parameter naming the place, the file, what is wrong with it and what to do
 */
export async function prepareInput(
	bytes: Buffer,
	origin: Origin,
	shrinkFor?: InputTokens,
): Promise<PreparedInput> {
	return await withSharpSlot(1, async (sharp) => {
		const source = await inspect(sharp, bytes, origin);
		const { kind, changes } = source;
		const full: Dimensions = { width: source.width, height: source.height };
		const size = shrinkFor?.rule === 'patches' ? fitPatches(shrinkFor, full) : full;
		const isSmaller = size.width < full.width;
		const canStay = changes.length === 0 && isSent(kind);

		if (canStay || isSmaller) await readToEnd(sharp, source);
		if (canStay && !isSmaller) return inputOf(source, bytes, kind, full, []);
		const format = newFormat(source);
		const written = await withDecoded(sharp, source, (image) =>
			encodeAs(isSmaller ? image.resize({ ...size, fit: 'fill' }) : image, format),
		);
		const saved = bytes.length - written.length;
		if (canStay && saved <= 0) return inputOf(source, bytes, kind, full, []);
		const shrunk =
			`scaled from ${sizeText(full)} to ${sizeText(size)}, which is what ` +
			`the model looks at${saved > 0 ? ` (${megabytes(saved)} less to upload)` : ''}`;
		return inputOf(source, written, format, size, isSmaller ? [...changes, shrunk] : changes);
	});
}

/**
 * As {@link prepareInput}, for an image that is only looked at: one that can be sent as it is, and is
 * not larger than the model looks at, is not decoded.
 */
export async function prepareView(
	bytes: Buffer,
	origin: Origin,
	shrinkFor: InputTokens,
): Promise<PreparedInput> {
	const source = await inspect(await loadSharp(), bytes, origin);
	const { kind, changes, width, height } = source;
	const fits = shrinkFor.rule !== 'patches' || fitPatches(shrinkFor, source).width >= width;
	if (fits && changes.length === 0 && isSent(kind)) {
		return inputOf(source, bytes, kind, { width, height }, []);
	}
	return await prepareInput(bytes, origin, shrinkFor);
}
