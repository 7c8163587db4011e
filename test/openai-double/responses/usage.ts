import type { ResponseUsage } from 'openai/resources/responses/responses';
import { findImageModel, type ImageModel } from '../rules/models';
import { chatVisionTokens, inputTokens, textTokens, type TokenCount } from '../rules/tokens';
import type { Size } from '../rules/sizes';
import type { ApiResponse } from './store';
import type { Turn } from './turn';

/** Tokens that tool definitions and message frames add. */
const frame = 120;
const reasoningTokens: Record<string, number> = {
	minimal: 32,
	low: 64,
	medium: 192,
	high: 512,
	xhigh: 1024,
	max: 2048,
};

/** How much the turn's own texts and documents add to the conversation. */
export function newTextTokens({ input }: Turn): number {
	const texts = input.texts.reduce((sum, text) => sum + textTokens(text), 0);
	return texts + input.documents.reduce((sum, { tokens }) => sum + tokens, 0);
}

/**
 * The mainline model's part. It reads the whole conversation, images included, by patches; what
 * it had read in the last turn is cached in steps of 128 tokens from 1,024 on.
 */
export function mainlineUsage(turn: Turn, textOut: number): ResponseUsage {
	const vision = findImageModel('gpt-image-2');
	const seen = (size: Size): number =>
		turn.schema
			? chatVisionTokens(turn.chatModel, size)
			: vision
				? inputTokens(vision, size, 'low')
				: 0;
	const images = [...turn.context.images, ...turn.input.references, ...turn.input.attachments];
	const input =
		frame +
		textTokens(turn.instructions) +
		turn.context.textTokens +
		newTextTokens(turn) +
		images.reduce((sum, { size }) => sum + seen(size), 0);
	const before = Math.min(turn.context.mainlineTokens, input);
	const reasoning = reasoningTokens[turn.effort ?? ''] ?? 0;
	const output = textOut + reasoning;
	return {
		input_tokens: input,
		input_tokens_details: {
			cached_tokens: before >= 1024 ? before - (before % 128) : 0,
			cache_write_tokens: 0,
		},
		output_tokens: output,
		output_tokens_details: { reasoning_tokens: reasoning },
		total_tokens: input + output,
	};
}

/**
 * The image model's part, summed over the calls. Images that it was handed in the last turn too
 * are cached.
 */
export function toolUsage(
	turn: Turn,
	calls: readonly TokenCount[],
	searches: number,
): NonNullable<ApiResponse['tool_usage']> {
	const sum = (kind: keyof TokenCount) => calls.reduce((total, call) => total + call[kind], 0);
	const [imageIn, textIn, imageOut, textOut] = [
		sum('imageIn'),
		sum('textIn'),
		sum('imageOut'),
		sum('textOut'),
	];
	const cached = Math.min(imageIn, turn.context.toolImageTokens);
	return {
		image_gen: {
			input_tokens: imageIn + textIn,
			input_tokens_details: { image_tokens: imageIn, text_tokens: textIn },
			output_tokens: imageOut + textOut,
			output_tokens_details: { image_tokens: imageOut, text_tokens: textOut },
			total_tokens: imageIn + textIn + imageOut + textOut,
			...(cached > 0 && {
				cached_tokens: cached,
				cached_tokens_details: { cached_image_tokens: cached, cached_text_tokens: 0 },
			}),
		},
		web_search: { num_requests: searches },
	};
}

/** Image tokens that one call of this turn hands to the image model. */
export function toolImageTokens(turn: Turn, model: ImageModel): number {
	const { seen = [], request } = turn.image ?? {};
	return seen.reduce(
		(sum, { size }) => sum + inputTokens(model, size, request?.inputFidelity ?? 'low'),
		0,
	);
}
