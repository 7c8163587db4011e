import { asFailure, type GptImageError } from './errors';
import type { UserFile } from './edit';
import { findImageModel } from './rules/find';
import { checkPicture, type PictureWish } from './rules/request';
import type { PictureRequest } from './rules/request-types';

/** What to do when a picture is refused for good: other models in their order, then a picture. */
export interface Fallback {
	/** Requests for other models, checked. */
	readonly requests: readonly PictureRequest[];
	/** Delivered when all of them fail. */
	readonly file: UserFile | undefined;
}

/** Refusals that another model may not share; everything else would fail there as well. */
const forAnotherModel = new Set([
	'moderation_blocked',
	'moderation_flagged',
	'model_retired',
	'model_not_found',
	'organization_not_verified',
]);

/** Whether another model, or another picture, may stand in after this failure. */
export const canFallBack = ({ facts }: GptImageError): boolean => forAnotherModel.has(facts.code);

/** Whether the model refused the transparent background that the request asks for. */
const refusesTransparency = ({ facts, message }: GptImageError, request: PictureRequest): boolean =>
	request.background === 'transparent' &&
	facts.status === 400 &&
	(facts.param === 'background' || /transparen|background/i.test(message));

/**
 * @param wish of the user, for the model that he chose
 * @param models IDs to try in order when that one refuses for good
 * @returns the request, and those for the other models. A model that OpenAI has shut down gives way
 *   to the next one at once; a model that cannot take the wish is left out
 * @throws GptImageError when the wish itself cannot be met
 */
export function withFallbackModels(
	wish: PictureWish,
	models: readonly string[],
): { request: PictureRequest; others: PictureRequest[] } {
	const skipped: string[] = [];
	const requests: PictureRequest[] = [];
	let first: GptImageError | undefined;
	for (const model of [wish.model, ...models]) {
		try {
			requests.push(checkPicture({ ...wish, model }));
		} catch (error) {
			const failure = asFailure(error);
			if (requests.length === 0 && !canFallBack(failure)) throw notLegal(failure);
			first ??= failure;
			skipped.push(`${failure.message}, so it was left out`);
		}
	}
	const [request, ...others] = requests;
	if (!request) throw first ?? new RangeError('No model was tried');
	return { request: { ...request, warnings: [...skipped, ...request.warnings] }, others };
}

/** n8n's lint refuses a caught value that is thrown by its name. */
const notLegal = (error: GptImageError): GptImageError => error;

/**
 * Tries a request, and after a refusal that another model may not share, the next one.
 * @param make makes the pictures of one request
 * @param standIn delivers the picture of the fallback field, with what happened
 * @throws GptImageError of the first request when nothing else worked
 */
export async function tryInOrder<T>(
	request: PictureRequest,
	fallback: Fallback | undefined,
	make: (request: PictureRequest) => Promise<T>,
	standIn: (file: UserFile, said: readonly string[]) => Promise<T>,
): Promise<T> {
	const queue = [request, ...(fallback?.requests ?? [])];
	const said: string[] = [];
	let first: GptImageError | undefined;
	for (let next = queue.shift(); next; next = queue.shift()) {
		try {
			return await make({ ...next, warnings: [...next.warnings, ...said] });
		} catch (error) {
			const failure = asFailure(error);
			const opaque = refusesTransparency(failure, next) ? elsewhere(next) : undefined;
			if (!opaque && !canFallBack(failure)) throw first ?? notLegal(failure);
			if (opaque) queue.unshift(opaque);
			first ??= failure;
			said.push(`${next.model}: ${failure.message}; something else was tried`);
		}
	}
	if (fallback?.file) return await standIn(fallback.file, said);
	throw first ?? new RangeError('Nothing was tried');
}

/** The same request on the model that the table names for transparent backgrounds. */
function elsewhere(request: PictureRequest): PictureRequest | undefined {
	const row = findImageModel(request.row?.transparentFallback ?? '');
	if (!row || !row.qualities.includes(request.quality)) return undefined;
	return { ...request, model: row.id, row };
}
