import { toGptImageError } from '../errors';
import { fieldsOf, isRecord, textOf, type Fields } from '../rules/json';
import { mostAnswerBytes, readBody } from './body';
import type { Client } from './client';
import { Came, noImage } from './no-image';
import { imagesElsewhere } from './own-images';
import type { ImageRequest } from '../rules/request-types';
import { errorIn, imagesIn, settingIn, urlsIn } from './received';
import { isUncounted, sumOf } from './usage';

/** What one call brought back: plain data, images as bytes. */
export interface ImageAnswer {
	readonly images: readonly Buffer[];
	/** Frames sent while the image was being made, in order; empty unless streamed. */
	readonly partials: readonly Buffer[];
	/** As the API said it; pricing/ reads it. */
	readonly usage: unknown;
	readonly svgUsage: unknown;
	/** Values that `auto` was resolved to, where the API tells. */
	readonly quality: string | undefined;
	readonly background: string | undefined;
	readonly requestId: string | undefined;
	/** What came otherwise than it was asked for. */
	readonly warnings: readonly string[];
}

/** What was asked, as far as the answer depends on it. */
export type Asked = Pick<ImageRequest, 'model' | 'count' | 'partialImages'>;

class Found extends Came {
	readonly partials: Buffer[] = [];
	/** Of the values with an image, the first that told each. */
	quality: string | undefined;
	background: string | undefined;
	svgUsage: unknown;
	/** What came beyond what was asked for. */
	readonly dropped = { frames: 0, images: 0 };
	private isUncounted = false;

	constructor(private readonly asked: Asked) {
		super();
	}

	/** @returns whether all that was asked for has come */
	take(value: unknown, event: string): boolean {
		this.values += 1;
		const doc = fieldsOf(value);
		const type = textOf(doc.type) ?? event;
		const { images, rest } = imagesIn(value);
		if (type.endsWith('.partial_image')) {
			const [frame] = images;
			if (this.partials.length >= this.asked.partialImages) this.dropped.frames += 1;
			else if (frame) this.partials.push(frame);
			return false;
		}
		const isCompleted = type.endsWith('.completed');
		// Another event of the API's own stream: it tells how far the image is.
		if (/^image_(?:generation|edit)\./.test(type) && !isCompleted) return false;
		this.isFinished ||= isCompleted || isRecord(doc.usage) || Array.isArray(doc.data);
		// The same frame sent twice is not billed twice.
		const isRepeated = images.length > 0 && images.every(this.has);
		if (!isRepeated || this.usage === undefined) this.takeFacts(doc, images.length > 0);
		this.add(images);
		this.addOthers(rest);
		if (images.length === 0) this.error ??= errorIn(value, event);
		if (this.error) return true;
		return this.images.length >= this.asked.count && (isCompleted || isRecord(doc.usage));
	}

	add(images: readonly Buffer[]): void {
		for (const image of images) {
			if (this.has(image)) continue;
			if (this.images.length < this.asked.count) this.images.push(image);
			else this.dropped.images += 1;
		}
	}

	private has = (image: Buffer): boolean => this.images.some((other) => other.equals(image));

	private takeFacts(doc: Fields, isOfImage: boolean): void {
		this.quality ??= settingIn(doc.quality);
		this.background ??= settingIn(doc.background);
		// Without the counts of one image the sum is wrong: it stays at nothing.
		if (this.isUncounted) return;
		this.isUncounted = isOfImage && isUncounted(doc);
		this.usage = this.isUncounted ? doc.usage : sumOf(this.usage, doc.usage);
		this.svgUsage = this.isUncounted ? doc.svg_usage : sumOf(this.svgUsage, doc.svg_usage);
	}
}

/**
 * Reads the answer to a generation or an edit, whatever its shape: JSON, server-sent events, an
 * image's own bytes, or an address at the service's own origin, which is fetched.
 * @throws GptImageError; it is `connection_lost` only when the answer broke off, and no other is
 *   retryable but for what the answer itself says
 */
export async function readImages(
	response: Response,
	client: Client,
	asked: Asked,
	signal: AbortSignal,
): Promise<ImageAnswer> {
	const { count } = asked;
	const found = new Found(asked);
	const ending = await readBody(response, {
		images: count,
		limit: mostAnswerBytes(count * (1 + asked.partialImages)),
		redact: client.redact,
		onValue: (value, event) => found.take(value, event),
	});
	found.add(ending.saved);
	const missing = found.error || found.images.length >= count ? [] : found.others;
	const most = count - found.images.length;
	const elsewhere = await imagesElsewhere(missing, client, signal, most);
	found.add(elsewhere.images);
	if (found.images.length === 0) {
		throw noImage(found, ending, elsewhere, response.headers, asked);
	}
	const requestId = response.headers.get('x-request-id') ?? undefined;
	const answer = answerOf(found, elsewhere.missing, requestId);
	const isCut = ending.cut !== undefined && found.images.length < count;
	const warnings = isCut ? ['The connection was lost before all images arrived'] : [];
	return { ...answer, warnings: [...warnings, ...answer.warnings] };
}

function answerOf(
	{ images, partials, usage, svgUsage, quality, background, dropped }: Found,
	urls: readonly string[],
	requestId: string | undefined,
): ImageAnswer {
	const warnings = [
		...(dropped.images > 0 ? [`${dropped.images} more images arrived than were requested`] : []),
		...(dropped.frames > 0 ? [`${dropped.frames} more frames arrived than were requested`] : []),
		...urls.map((url) => `One image was sent as a URL, which was not fetched: ${url}`),
	];
	return { images, partials, usage, svgUsage, quality, background, requestId, warnings };
}

/** @throws GptImageError when there is no image in the body */
export function imagesInBody(
	body: unknown,
	asked: Asked,
	requestId: string | undefined,
): ImageAnswer {
	const found = new Found(asked);
	found.take(body, '');
	const missing = found.images.length < asked.count ? urlsIn(found.others, '') : [];
	if (found.images.length > 0) return answerOf(found, missing, requestId);
	const ending = { kind: 'json', isDone: true } as const;
	const failure = noImage(found, ending, { missing, why: undefined }, new Headers(), asked);
	throw toGptImageError(failure).with({ requestId });
}
