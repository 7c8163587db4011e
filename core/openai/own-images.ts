/** Fetches images that a response only links to, from the service's own host. */

import { fieldsOf } from '../rules/json';
import { mostAnswerBytes, readBody } from './body';
import { notAnImage } from './errors/bad-answer';
import type { Client } from './client';
import { imagesIn, jobsIn, urlsIn } from './received';

/** The same service, so the key may go there and no other host is asked. */
const isOwn = (url: string, { baseUrl }: Client): boolean =>
	URL.canParse(url) && new URL(url).origin === new URL(baseUrl).origin;

export interface OwnImages {
	readonly images: readonly Buffer[];
	/** Addresses of other origins, and those from which no image came. */
	readonly missing: readonly string[];
	/** Why the first of the latter failed. */
	readonly why: string | undefined;
}

/**
 * Fetches images that values tell of from the origin of the Base URL, and nowhere else, also not by a
 * redirect; none while they tell of a job. Each is asked for once, within the time of the call.
 * @param most so many images are fetched
 */
export async function imagesElsewhere(
	values: readonly unknown[],
	client: Client,
	signal: AbortSignal,
	most: number,
): Promise<OwnImages> {
	const urls = urlsIn(values, client.baseUrl);
	const images: Buffer[] = [];
	if (jobsIn(values, urls).length > 0) return { images, missing: urls, why: undefined };
	const missing: string[] = [];
	let why: string | undefined;
	for (const url of urls) {
		if (images.length >= most) break;
		if (!isOwn(url, client)) {
			missing.push(url);
			continue;
		}
		try {
			const response = await client.get(url, signal);
			let image: Buffer | undefined;
			await readBody(response, {
				images: 1,
				limit: mostAnswerBytes(1),
				redact: client.redact,
				onValue: (value) => {
					[image] = imagesIn(value).images;
					return false;
				},
			});
			if (!image) throw notAnImage('no image');
			images.push(image);
		} catch (error) {
			missing.push(url);
			const { status = fieldsOf(fieldsOf(error).cause).status } = fieldsOf(error);
			why ??= typeof status === 'number' ? `status ${status}` : 'no image came';
		}
	}
	return { images, missing, why };
}
