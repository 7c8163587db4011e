import { invalidParameter } from '../errors';
import { labels } from './labels';
import type { ImageModel } from './model-types';
import { common } from './models';
import { text } from './values';

/** What an edit may bring along; the pictures themselves are judged in picture/. */

const mostReferences = 16;
/** Beyond it a feather would be wider than most objects that are edited. */
export const mostFeather = 80;

/**
 * @param count images that will be sent
 * @throws invalid_parameter when there is none, or more than the model looks at
 */
export function checkReferences(count: number, row: ImageModel | undefined): void {
	const most = row?.maxReferences ?? mostReferences;
	if (count === 0) {
		throw invalidParameter(
			'images',
			`'${labels.images}' has no image`,
			`Add 1 to ${most} images: a binary field, all image fields of the item, a URL or an OpenAI file ID.`,
		);
	}
	if (count > most) {
		throw invalidParameter(
			'images',
			`'${labels.images}' has ${count} images`,
			`OpenAI takes up to ${most} per edit: leave some out.`,
		);
	}
}

/**
 * @param value a web address that OpenAI fetches by itself; this node never does
 * @returns it, trimmed
 * @throws invalid_parameter for other schemes than http and https
 */
export function checkImageUrl(
	value: unknown,
	place: string,
	param: 'images' | 'attachments' = 'images',
): string {
	const url = text(value).trim();
	if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
		const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1];
		throw invalidParameter(
			param,
			`${place}: ${scheme ? `a URL with the scheme ${scheme}: cannot be fetched by OpenAI` : `"${url}" is not a URL`}`,
			'Give an address that starts with https:// and can be opened without signing in, or load the picture into a binary field first.',
		);
	}
	return url;
}

/** @throws invalid_parameter when it does not look like the ID of a file at OpenAI */
export function checkFileId(
	value: unknown,
	place: string,
	param: 'images' | 'attachments' = 'images',
): string {
	const id = text(value).trim();
	if (!/^file[-_][\w-]+$/.test(id)) {
		throw invalidParameter(
			param,
			`${place}: "${id}" is not an OpenAI file ID`,
			'It begins with file-, as the Files API returned it.',
		);
	}
	return id;
}

/**
 * @param bytes of an image that must be sent as text inside JSON
 * @throws invalid_parameter when its data URL would be longer than the API takes
 */
export function checkDataUrl(bytes: number, mimeType: string, place: string): void {
	const characters = `data:${mimeType};base64,`.length + 4 * Math.ceil(bytes / 3);
	if (characters <= common.maxDataUrlCharacters) return;
	const most = Math.floor((common.maxDataUrlCharacters * 3) / 4 / 2 ** 20);
	throw invalidParameter(
		'images',
		`${place} has ${(bytes / 2 ** 20).toFixed(1)} MB, too much for an edit that also uses URLs, file IDs or low moderation`,
		`Keep it below ${most} MB (option '${labels.shrinkInputs}'), or send all images from binary fields and leave '${labels.moderation}' at Auto.`,
	);
}

/** @throws invalid_parameter when it is not a width in pixels */
export function checkFeather(value: unknown): number {
	const feather = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof feather === 'number' && feather >= 0 && feather <= mostFeather) return feather;
	throw invalidParameter(
		'feather',
		`'${labels.feather}' is ${text(value) || 'empty'}`,
		`Give a width from 0 to ${mostFeather} pixels.`,
	);
}

/**
 * @param descriptions of the images in their order; empty ones say nothing
 * @returns the prompt with a line for each described image before it
 */
export function withImageLabels(prompt: string, descriptions: readonly string[]): string {
	const lines = descriptions.flatMap((description, index) => {
		const said = description.trim();
		if (said === '') return [];
		// "Image 2 is the logo" already says which one.
		return [/^image\s+\d+\b/i.test(said) ? said : `Image ${index + 1}: ${said}`];
	});
	return lines.length > 0 ? `${lines.join('\n')}\n\n${prompt}` : prompt;
}
