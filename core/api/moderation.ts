import { GptImageError } from '../errors';
import type { InputImage } from '../rules/request-types';
import type { Client } from './client';
import { imageUrlOf, underLimits, type CallOptions } from './openai';

const moderationModel = 'omni-moderation-latest';

/**
 * Asks OpenAI's free moderation endpoint for its judgement of a prompt and its images. It is
 * another classifier than the one inside the image models, so what passes here can still be
 * blocked there (facts, section 6.7).
 * @throws moderation_flagged with the categories, before anything is paid
 */
export async function checkContent(
	client: Client,
	prompt: string,
	images: readonly InputImage[],
	options: CallOptions,
): Promise<void> {
	const pictures = images.flatMap((image) => {
		const url = imageUrlOf(image);
		return url === undefined ? [] : [{ type: 'image_url' as const, image_url: { url } }];
	});
	const { results } = await underLimits(moderationModel, options, async (signal) => {
		// The endpoint takes one image per call.
		const parts = pictures.length > 0 ? pictures : [undefined];
		const answers = await Promise.all(
			parts.map(
				async (picture) =>
					await client.moderations.create(
						{
							model: moderationModel,
							input: [{ type: 'text', text: prompt }, ...(picture ? [picture] : [])],
						},
						{ signal },
					),
			),
		);
		return { results: answers.flatMap((answer) => answer.results) };
	});
	const flagged = new Set(
		results
			.filter((result) => result.flagged)
			.flatMap(({ categories }) =>
				Object.entries(categories).flatMap(([name, isFlagged]) => (isFlagged ? [name] : [])),
			),
	);
	if (flagged.size === 0 && !results.some((result) => result.flagged)) return;
	throw new GptImageError(`The moderation check flagged the request (${[...flagged].join(', ')})`, {
		code: 'moderation_flagged',
		advice:
			"Nothing was sent to the image model. Change the prompt or the input images, or switch 'Moderation Check' off.",
		retryable: false,
		billed: 'no',
	});
}
