import { fileOf, fullImage } from '../image/studio';
import { invalidRequest } from '../rules/errors';
import { isRecord } from '../rules/params';
import type { State } from '../state';

/** The bytes behind a reference, and the type that it was declared with. */
export interface Referenced {
	bytes: Buffer;
	contentType?: string;
}

const longestUrl = 20_971_520;

/** Resolves `{image_url}` or `{file_id}` as the JSON form of an edit has it. */
export async function resolveImageRef(
	state: State,
	ref: unknown,
	param: string,
): Promise<Referenced> {
	if (!isRecord(ref)) throw badRef(param);
	const { image_url: url, file_id: id, ...others } = ref;
	const [unknown] = Object.keys(others);
	if (unknown !== undefined) {
		throw invalidRequest(
			`Unknown parameter: '${param}.${unknown}'.`,
			`${param}.${unknown}`,
			'unknown_parameter',
		);
	}
	if (typeof url === 'string' && id === undefined) {
		return await resolveUrl(state, url, `${param}.image_url`);
	}
	if (typeof id === 'string' && url === undefined) return resolveFile(state, id, param);
	throw badRef(param);
}

export function resolveFile(state: State, id: string, param: string): Referenced {
	const file = state.files.find(id);
	if (file) return { bytes: file.bytes };
	throw invalidRequest(`No such File object: ${id}`, param, 'image_file_not_found', 404);
}

/**
 * The image at a URL. Data URLs are read; loopback addresses are fetched; nothing else on the
 * network is touched: other hosts answer with an image imagined from the address, except names
 * under .invalid, which cannot be downloaded.
 */
export async function resolveUrl(state: State, url: string, param: string): Promise<Referenced> {
	if (url.length > longestUrl) {
		throw invalidRequest(
			`Invalid '${param}': string too long. Expected a string with maximum length ${longestUrl}, ` +
				`but got a string with length ${url.length} instead.`,
			param,
			'string_above_max_length',
		);
	}
	const [, contentType, base64] = /^data:([^;,]+);base64,([\w+/=\s]*)$/.exec(url) ?? [];
	if (contentType !== undefined && base64 !== undefined) {
		return { bytes: Buffer.from(base64, 'base64'), contentType };
	}
	const address = URL.canParse(url) ? new URL(url) : undefined;
	if (!address || !/^https?:$/.test(address.protocol)) {
		throw invalidRequest(
			`Invalid '${param}'. Expected a valid URL, but got a value with an invalid format.`,
			param,
			'invalid_value',
		);
	}
	if (/^(127\.0\.0\.1|localhost|\[::1\])$/.test(address.hostname)) {
		const answer = await fetch(address).catch(() => undefined);
		if (!answer?.ok) throw notDownloaded(url, param);
		return { bytes: Buffer.from(await answer.arrayBuffer()) };
	}
	if (address.hostname.endsWith('.invalid')) throw notDownloaded(url, param);
	return { bytes: await imagined(state, url) };
}

async function imagined(state: State, url: string): Promise<Buffer> {
	const image = await fullImage(
		{
			caption: { prompt: url, details: 'imagined by the mock server, which fetches nothing' },
			index: 0,
			size: { width: 1024, height: 1024 },
			format: 'png',
			compression: 100,
			transparent: false,
		},
		{ model: 'double', serial: state.nextImage() },
	);
	return fileOf(image);
}

function badRef(param: string) {
	return invalidRequest(
		`Invalid '${param}': provide exactly one of 'image_url' or 'file_id'.`,
		param,
		'invalid_value',
	);
}

function notDownloaded(url: string, param: string) {
	return invalidRequest(
		`Error while downloading ${url}. Upstream could not be reached.`,
		param,
		'failed_to_download_image',
	);
}
