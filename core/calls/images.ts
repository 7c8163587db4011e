import { badAnswer } from '../openai/errors/bad-answer';
import { editImages } from '../openai/edits';
import type { ImageAnswer } from '../openai/image-answer';
import { generateImages } from '../openai/images';
import { checkContent } from '../openai/moderation';
import type { Answer, Call, Part, Warning } from '../job';
import { actual } from '../pricing/cost';
import { estimate, type Estimate } from '../pricing/estimate';
import type { PriceOverrides } from '../pricing/prices';
import { formatOf } from '../rules/image-format';
import type { InputImage, ImageRequest } from '../rules/request-types';
import type { CallContext } from './context';
import { moneyFacts, type PaidFacts } from './facts';
import { finishImage, previewImages, shareOf, usable, type Span } from './finish';
import { callKey } from './key';
import type { PreparedEdit } from './prepare';
import { requestWarnings, warningsOf } from './warnings';

/** Calls of the Images API: generations and edits, with as many images as requested. */

/**
 * @returns one call; with partial images one per image, as a stream does not say which image a frame
 *   belongs to
 */
export async function imageCalls(
	request: ImageRequest,
	inputs: PreparedEdit | undefined,
	context: CallContext,
): Promise<readonly Call[]> {
	const images = inputs?.images ?? [];
	const { price, warnings } = await priced(request, inputs, context, false);
	const judge = moderator(request, images, context);
	const { baseUrl, timeoutMs } = context;
	const callFor = (span: Span): Call => {
		const { start, count } = span;
		const isWhole = count === request.count;
		return {
			key: callKey(request, inputs, { baseUrl, start }),
			estimate: { usd: isWhole ? price.usd : shareOf(price.usd, request.count) },
			weight: { images: count, inputImages: images.length },
			ask: async () => {
				await judge?.();
				const client = context.client();
				const started = performance.now();
				// A stop does not cancel it: it would be billed anyway, for nothing.
				const answer = inputs
					? await editImages(client, { ...request, count }, inputs, { timeoutMs })
					: await generateImages(client, { ...request, count }, { timeoutMs });
				const durationMs = Math.round(performance.now() - started);
				return await readAnswer(answer, request, span, durationMs, context.prices, false);
			},
			finish: async (part, purchase) =>
				await finishImage(request, inputs?.preserve, part, purchase, price.usd, warnings),
			preview: async () => await previewImages(request, price, span, warnings),
		};
	};
	if (request.partialImages === 0) return [callFor({ start: 0, count: request.count })];
	return Array.from({ length: request.count }, (_, start) => callFor({ start, count: 1 }));
}

/** @returns what it may cost, and what is to be said of it in any case */
export async function priced(
	request: ImageRequest,
	inputs: PreparedEdit | undefined,
	{ prices }: CallContext,
	batch: boolean,
): Promise<{ readonly price: Estimate; readonly warnings: readonly Warning[] }> {
	const images = (inputs?.images ?? []).map((image) =>
		image.kind === 'bytes' ? image : 'unknown',
	);
	const price = await estimate({ ...request, prices, images, batch });
	return {
		price,
		warnings: requestWarnings(request.warnings, inputs?.notes ?? [], price.warnings),
	};
}

/** @returns checks the request with OpenAI's moderation, once; undefined unless the user wants that */
export function moderator(
	{ prompt }: Pick<ImageRequest, 'prompt'>,
	images: readonly InputImage[],
	{ client, moderationCheck, timeoutMs }: CallContext,
): (() => Promise<void>) | undefined {
	if (!moderationCheck) return undefined;
	let isJudged = false;
	return async () => {
		if (isJudged) return;
		await checkContent(client(), prompt, images, { timeoutMs });
		isJudged = true;
	};
}

/** @throws GptImageError when none of the images can be used */
export async function readAnswer(
	answer: ImageAnswer,
	request: ImageRequest,
	{ start, count }: Span,
	durationMs: number,
	prices: PriceOverrides,
	batch: boolean,
): Promise<Answer> {
	const { model, row, quality, background, prompt } = request;
	const bill = actual({
		...answer,
		count: answer.images.length,
		isOfImage: true,
		model,
		row,
		prices,
		batch,
	});
	const parts: Part[] = [];
	for (const [position, image] of answer.images.entries()) {
		const billed = bill.perImage[position];
		const found = billed && position < count ? await usable(image, request) : undefined;
		if (!found || !billed) continue;
		const { bytes, came } = found;
		const facts: PaidFacts = {
			model,
			quality: answer.quality ?? quality,
			background: answer.background ?? background,
			index: start + position + 1,
			count: request.count,
			request: { id: answer.requestId ?? null, durationMs },
			...moneyFacts(billed),
		};
		parts.push({
			bytes,
			facts: { ...facts, format: formatOf(bytes), came },
			texts: { prompt },
			frames: answer.partials,
		});
	}
	if (parts.length === 0) throw badAnswer('broken_image');
	const missing = parts.length < count ? [`OpenAI sent ${parts.length} of ${count} images`] : [];
	return {
		parts,
		usd: bill.whole.cost.usd,
		warnings: [
			...warningsOf('answer', answer.warnings),
			...warningsOf('cost', bill.warnings),
			...warningsOf('images_missing', missing),
		],
	};
}
