import sharp from 'sharp';
import { imageUserError, invalidRequest, type ApiError } from '../rules/errors';
import type { Size } from '../rules/sizes';

/** A reference image that passed the checks. */
export interface InputImage {
	bytes: Buffer;
	/** After EXIF orientation. */
	size: Size;
}

/** Where an image came from, for the messages. */
export interface Origin {
	param: string;
	/** From 0. */
	index: number;
	/** Given by multipart parts and data URLs. */
	contentType?: string;
}

const contentTypes = ['image/png', 'image/jpeg', 'image/webp'];
const largestImage = 50 * 2 ** 20;
const largestMask = 4 * 2 ** 20;

/** Checks one reference as the API does: container, size, colour mode, and that it can be decoded. */
export async function checkImage(bytes: Buffer, origin: Origin): Promise<InputImage> {
	if (origin.contentType !== undefined && !contentTypes.includes(origin.contentType)) {
		throw invalidRequest(
			`Invalid file '${origin.param}': unsupported mimetype ('${origin.contentType}'). Supported ` +
				"file formats are 'image/jpeg', 'image/png', and 'image/webp'.",
			origin.param,
			'unsupported_file_mimetype',
		);
	}
	if (bytes.length >= largestImage) {
		throw invalidRequest(
			`Invalid file '${origin.param}': image ${origin.index + 1} must be smaller than 50 MB.`,
			origin.param,
			'image_too_large',
		);
	}
	const found = await sharp(bytes)
		.metadata()
		.catch(() => undefined);
	if (
		!found?.format ||
		!['png', 'jpeg', 'webp'].includes(found.format) ||
		found.space === 'cmyk' ||
		found.depth !== 'uchar' ||
		found.isPalette
	) {
		throw invalidImage(origin);
	}
	await decode(bytes).catch(() => {
		throw invalidImage(origin);
	});
	return { bytes, size: found.autoOrient };
}

/** Dimensions after EXIF orientation; undefined when it is no image. */
export async function orientedSize(bytes: Buffer): Promise<Size | undefined> {
	const found = await sharp(bytes)
		.metadata()
		.catch(() => undefined);
	return found?.autoOrient;
}

const decode = (bytes: Buffer) => sharp(bytes).raw().toBuffer();

function invalidImage({ param, index }: Origin): ApiError {
	return invalidRequest(
		`Invalid image file or mode for image ${index + 1}, please check your image file.`,
		param,
		'invalid_image_file',
	);
}

/** Checks a mask against the first image. */
export async function checkMask(bytes: Buffer, first: InputImage): Promise<Buffer> {
	if (bytes.length >= largestMask) throw invalidOverlay('mask', 'must be smaller than 4 MB');
	await checkOverlay('mask', bytes, first);
	return bytes;
}

/** Checks a markup drawing, which must let something of the first image through. */
export async function checkMarkup(bytes: Buffer, first: InputImage): Promise<Buffer> {
	await checkOverlay('markup', bytes, first);
	const { isOpaque } = await sharp(bytes).stats();
	if (isOpaque) throw invalidOverlay('markup', 'must contain transparent pixels');
	return bytes;
}

async function checkOverlay(name: 'mask' | 'markup', bytes: Buffer, first: InputImage) {
	const found = await sharp(bytes)
		.metadata()
		.catch(() => undefined);
	if (found?.format !== 'png') throw invalidOverlay(name, 'must be a PNG file');
	await decode(bytes).catch(() => {
		throw invalidOverlay(name, 'cannot be decoded');
	});
	if (!found.hasAlpha) throw invalidOverlay(name, `${name} image missing alpha channel`);
	if (found.width !== first.size.width || found.height !== first.size.height) {
		throw invalidOverlay(name, `${name} size does not match image size`);
	}
}

function invalidOverlay(name: 'mask' | 'markup', problem: string): ApiError {
	return imageUserError(
		`Invalid ${name} image format - ${problem}.`,
		name,
		`invalid_${name}_image_format`,
	);
}

/** Checks an image that a mainline model is to look at; it is less particular than the edits. */
export async function checkVisionImage(bytes: Buffer, param: string): Promise<InputImage> {
	const found = await sharp(bytes)
		.metadata()
		.catch(() => undefined);
	const known = found && ['png', 'jpeg', 'webp', 'gif'].includes(found.format);
	const decoded = known && (await decode(bytes).catch(() => undefined));
	if (!found || !decoded) {
		throw invalidRequest(
			'The image data you provided does not represent a valid image. Please check your input and ' +
				"try again with one of the supported image formats: ['image/jpeg', 'image/png', " +
				"'image/gif', 'image/webp'].",
			param,
			'invalid_image',
		);
	}
	return { bytes, size: found.autoOrient };
}
