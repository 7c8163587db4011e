/** Fetches images that a response only links to, from the service's own host. */

import { fieldsOf } from '../rules/json';
import { mostAnswerBytes, mostBytesPerAnswer, readBody } from './body';
import { notAnImage } from './errors/bad-answer';
import type { Client } from './client';
import { imagesIn, jobsIn, urlsIn } from './received';

/** The same service, so the key may go there and no other host is asked. */
const isOwn = (url: string, { baseUrl }: Client): boolean =>
	URL.canParse(url) && new URL(url).origin === new URL(baseUrl).origin;

interface Room {
	readonly images: number;
	readonly bytes: number;
}

/** @returns bytes that an answer may have beside the images that have come */
export const roomBeside = (images: readonly Buffer[]): number =>
	mostBytesPerAnswer - images.reduce((sum, { length }) => sum + length, 0);

export interface OwnImages {
	readonly images: readonly Buffer[];
	/** Addresses of other origins, and those from which no image came. */
	readonly missing: readonly string[];
	/** Why the first of the latter failed. */
	readonly why: string | undefined;
}

/**
 * Fetches images from the origin of the Base URL, and nowhere else, also not by a redirect. Each is
 * asked for once, within the time and the size of the call.
 */
export async function fetchOwn(
	urls: readonly string[],
	client: Client,
	signal: AbortSignal,
	room: Room,
): Promise<OwnImages> {
	let { bytes } = room;
	const images: Buffer[] = [];
	const missing: string[] = [];
	let why: string | undefined;
	for (const url of urls) {
		if (images.length >= room.images) break;
		if (!isOwn(url, client)) {
			missing.push(url);
			continue;
		}
		try {
			const response = await client.get(url, signal);
			let image: Buffer | undefined;
			await readBody(response, {
				images: 1,
				limit: Math.min(bytes, mostAnswerBytes('auto', 1)),
				redact: client.redact,
				onValue: (value) => {
					[image] = imagesIn(value).images;
					return false;
				},
			});
			if (!image) throw notAnImage('no image');
			images.push(image);
			bytes -= image.length;
		} catch (error) {
			missing.push(url);
			const { status = fieldsOf(fieldsOf(error).cause).status } = fieldsOf(error);
			why ??= typeof status === 'number' ? `status ${status}` : 'no image came';
		}
	}
	return { images, missing, why };
}

/** Fetches images that values tell of; nothing is fetched while they tell of a job. */
export async function imagesElsewhere(
	values: readonly unknown[],
	client: Client,
	signal: AbortSignal,
	room: Room,
): Promise<OwnImages> {
	const urls = urlsIn(values, client.baseUrl);
	if (jobsIn(values, urls).length === 0) return await fetchOwn(urls, client, signal, room);
	return { images: [], missing: urls, why: undefined };
}
