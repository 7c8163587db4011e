/** The inputs that an edit may have; the images themselves are checked in pixels/. */

import { invalidParameter } from '../errors';
import { convertToFile, encodedFile } from './encoded';
import { labels } from './labels';
import type { ImageModel } from './model-types';
import { common } from './models';
import { excerpt, grouped, megabytes, toText } from './parameters';

const mostReferences = 16;

/** @throws invalid_parameter when there is no image, or more than the model accepts */
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
			`OpenAI accepts up to ${most} per request: remove some.`,
		);
	}
}

/** Web servers take some thousand characters; signed ones of clouds have up to two thousand. */
const longestUrl = 8_192;

function refuseEncoded(
	text: string,
	what: string,
	fieldLabel: string,
	param: 'images' | 'attachments',
): void {
	const encoded = encodedFile(text);
	if (encoded === undefined) return;
	throw invalidParameter(
		param,
		`${fieldLabel}: ${encoded} was given where ${what} is expected`,
		convertToFile,
	);
}

/**
 * @param value a URL that OpenAI fetches; this node never does
 * @throws invalid_parameter for other schemes than http and https
 */
export function checkImageUrl(
	value: unknown,
	fieldLabel: string,
	param: 'images' | 'attachments',
): string {
	const url = toText(value).trim();
	refuseEncoded(url, 'a URL', fieldLabel, param);
	if (!/^https?:\/\/\S*$/i.test(url) || !URL.canParse(url)) {
		const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1];
		throw invalidParameter(
			param,
			`${fieldLabel}: ${scheme ? `a URL with the scheme ${excerpt(scheme)}: cannot be fetched by OpenAI` : `"${excerpt(url)}" is not a URL`}`,
			'Use a URL that starts with https:// and opens without signing in, or load the image into a binary field first.',
		);
	}
	if (url.length > longestUrl) {
		throw invalidParameter(
			param,
			`${fieldLabel}: the URL has ${grouped(url.length)} characters`,
			`Up to ${grouped(longestUrl)} are allowed: use a shorter URL, or load the image into a binary field first.`,
		);
	}
	return url;
}

/** @throws invalid_parameter when it does not look like the ID of a file at OpenAI */
export function checkFileId(
	value: unknown,
	fieldLabel: string,
	param: 'images' | 'attachments',
): string {
	const id = toText(value).trim();
	// Those of OpenAI have some 30 characters; whatever comes through is named whole in messages.
	if (/^file[-_][\w-]{1,200}$/.test(id)) return id;
	refuseEncoded(id, 'an OpenAI file ID', fieldLabel, param);
	throw invalidParameter(
		param,
		`${fieldLabel}: "${excerpt(id)}" is not an OpenAI file ID`,
		'File IDs start with file-, as returned by the Files API.',
	);
}

/**
 * @param bytes of an image that must be sent as text inside JSON
 * @throws invalid_parameter when its data URL would be longer than the API takes
 */
export function checkDataUrl(bytes: number, mimeType: string, fieldLabel: string): void {
	const characters = `data:${mimeType};base64,`.length + 4 * Math.ceil(bytes / 3);
	if (characters <= common.maxDataUrlCharacters) return;
	const most = Math.floor((common.maxDataUrlCharacters * 3) / 4 / 2 ** 20);
	throw invalidParameter(
		'images',
		`${fieldLabel} has ${megabytes(bytes)}, too much for an edit that also uses URLs, file IDs or low moderation`,
		`Reduce it to less than ${most} MB (e.g. with n8n's Edit Image node), or send all images from binary fields and leave '${labels.moderation}' at 'Auto'.`,
	);
}

/** Bytes of all images of one edit; each is in memory some four times while it is sent, as JSON six. */
const mostTogether = 128 * 2 ** 20;
const mostTogetherAsJson = 48 * 2 ** 20;

/** @throws invalid_parameter when the images have more bytes than a worker has memory for */
export function checkImagesTogether(bytes: number, asJson: boolean, param: string): void {
	const most = asJson ? mostTogetherAsJson : mostTogether;
	if (bytes <= most) return;
	const label = param === 'attachments' ? labels.attachments : labels.images;
	throw invalidParameter(
		param,
		`The images in '${label}' have ${megabytes(bytes)} in total`,
		`Up to ${most / 2 ** 20} MB are sent with one call${asJson ? ' that sends images as text' : ''}: remove some, or scale them down before this node.`,
	);
}

/** @returns the prompt with a line for each described image before it */
export function withImageLabels(prompt: string, descriptions: readonly string[]): string {
	const lines = descriptions.flatMap((description, index) => {
		const label = description.trim();
		if (label === '') return [];
		// "Image 2 is the logo" already says which one.
		return [/^image\s+\d+\b/i.test(label) ? label : `Image ${index + 1}: ${label}`];
	});
	return lines.length > 0 ? `${lines.join('\n')}\n\n${prompt}` : prompt;
}
