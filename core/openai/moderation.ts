/** POST /moderations: a free check before anything is paid. */

import type { ModerationCreateParams } from 'openai/resources/moderations' with {
	'resolution-mode': 'import',
};
import { GptImageError } from '../errors';
import { fieldsOf } from '../rules/json';
import type { InputImage } from '../rules/request-types';
import type { Client } from './client';
import { fieldsIn } from './guard';
import { imageUrlOf, underLimits, type CallOptions } from './images';
import { saidText } from './redact';

const moderationModel = 'omni-moderation-latest';

/** A check that did not judge must not pass as harmless. */
const notJudged = (): GptImageError =>
	new GptImageError('The moderation check returned no result', {
		code: 'empty_answer',
		advice:
			"Nothing was sent to the image model. The service behind the 'Base URL' in the credential may have no moderation endpoint: if so, turn off 'Moderation Check'.",
		billed: 'no',
	});

/** @returns the categories of each result that is flagged */
async function flaggedIn(client: Client, response: Response): Promise<string[][]> {
	const { results } = await fieldsIn(response, client);
	if (!Array.isArray(results) || results.length === 0) throw notJudged();
	return results.flatMap((result: unknown) => {
		const { flagged, categories } = fieldsOf(result);
		if (typeof flagged !== 'boolean') throw notJudged();
		const names = Object.entries(fieldsOf(categories)).filter(([, isMeant]) => isMeant === true);
		return flagged ? [names.map(([name]) => name)] : [];
	});
}

/**
 * Another classifier than the one inside the image models: what passes here can still be blocked there
 * (facts, section 6.7).
 * @throws moderation_flagged with the categories, before anything is paid
 */
export async function checkContent(
	client: Client,
	prompt: string,
	images: readonly InputImage[],
	options: CallOptions,
): Promise<void> {
	const text = { type: 'text', text: prompt } as const;
	const urls = images.flatMap((image) => imageUrlOf(image) ?? []);
	// The endpoint takes one image per call.
	const inputs = urls.map((url) => [text, { type: 'image_url' as const, image_url: { url } }]);
	const judged = await underLimits(moderationModel, options, async (signal) => {
		const judging = (inputs.length > 0 ? inputs : [[text]]).map(async (input) => {
			const body: ModerationCreateParams = { model: moderationModel, input };
			return await flaggedIn(client, await client.post('/moderations', body, signal));
		});
		return (await Promise.all(judging)).flat();
	});
	if (judged.length === 0) return;
	const names = [...new Set(judged.flat())].slice(0, 20);
	const flagged = names.map((name) => saidText(name, 60));
	throw new GptImageError(
		`The moderation check flagged the request${flagged.length > 0 ? ` (${flagged.join(', ')})` : ''}`,
		{
			code: 'moderation_flagged',
			advice:
				"Nothing was sent to the image model. Change the prompt or the input images, or turn off 'Moderation Check'.",
			billed: 'no',
		},
	);
}
