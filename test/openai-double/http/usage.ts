import type { ImagesResponse } from 'openai/resources/images';
import type { ImageModel } from '../rules/models';
import type { TokenCount } from '../rules/tokens';

/** The `usage` of an image answer. Only models that bill text output give the output's details. */
export function usageOf(model: ImageModel, tokens: TokenCount): ImagesResponse.Usage {
	const input = tokens.textIn + tokens.imageIn;
	const output = tokens.imageOut + tokens.textOut;
	return {
		input_tokens: input,
		input_tokens_details: { image_tokens: tokens.imageIn, text_tokens: tokens.textIn },
		output_tokens: output,
		...(model.textOutput && {
			output_tokens_details: { image_tokens: tokens.imageOut, text_tokens: tokens.textOut },
		}),
		total_tokens: input + output,
	};
}

/** What no client should add up: negative, missing and null counts. */
export const oddUsage = {
	input_tokens: -1,
	input_tokens_details: null,
	output_tokens: null,
	total_tokens: -1,
};
