/**
 * Reads the token counts in API answers. They decide about money, so nothing is repaired: a count
 * that is missing, negative or does not add up is reported as a problem.
 */

import type { ChatKind, TokenKind } from '../rules/model-types';
import { isRecord, type Fields } from '../rules/json';

export type SvgKind = 'input' | 'output';

/** Tokens by kind, or what is wrong with the counts as a clause. */
export type Reading<Kind extends string, More = unknown> =
	({ readonly tokens: readonly (readonly [Kind, number])[] } & More) | { readonly problem: string };

const fieldsIn = (value: unknown): Fields | undefined => (isRecord(value) ? value : undefined);

const count = (value: unknown): number | undefined =>
	typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

/** The named counts, or undefined when one of them is missing or is not a count. */
function counts<Name extends string>(
	fields: Fields | undefined,
	...names: readonly Name[]
): Record<Name, number> | undefined {
	if (!fields) return undefined;
	const found: [Name, number][] = [];
	for (const name of names) {
		const value = count(fields[name]);
		if (value === undefined) return undefined;
		found.push([name, value]);
	}
	return Object.fromEntries(found) as Record<Name, number>;
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** Input and output tokens, or what is wrong with them; a total that is given must be their sum. */
function totalsOf(usage: Fields): { readonly input: number; readonly output: number } | string {
	const found = counts(usage, 'input_tokens', 'output_tokens');
	if (!found) return 'is incomplete or not a count';
	const { input_tokens: input, output_tokens: output } = found;
	const isSum = isAbsent(usage.total_tokens) || usage.total_tokens === input + output;
	return isSum ? { input, output } : 'does not add up';
}

interface Split {
	readonly text: number;
	readonly image: number;
}

/** How many of the input tokens came from the cache, by kind. Images API answers have none. */
function cachedSplit(usage: Fields, input: Split): Split | undefined {
	const total = isAbsent(usage.cached_tokens) ? 0 : count(usage.cached_tokens);
	if (total === undefined) return undefined;
	if (isAbsent(usage.cached_tokens_details)) {
		if (total === 0) return { text: 0, image: 0 };
		// Without details, the kind is known only if there is only one kind of input.
		if (input.image === 0) return { text: total, image: 0 };
		return input.text === 0 ? { text: 0, image: total } : undefined;
	}
	const details = counts(
		fieldsIn(usage.cached_tokens_details),
		'cached_text_tokens',
		'cached_image_tokens',
	);
	if (!details) return undefined;
	const split = { text: details.cached_text_tokens, image: details.cached_image_tokens };
	const addsUp = isAbsent(usage.cached_tokens) || split.text + split.image === total;
	return addsUp ? split : undefined;
}

function outputSplit(usage: Fields, output: number): Split | undefined {
	if (isAbsent(usage.output_tokens_details)) return { text: 0, image: output };
	const details = counts(fieldsIn(usage.output_tokens_details), 'text_tokens', 'image_tokens');
	if (!details) return undefined;
	const split = { text: details.text_tokens, image: details.image_tokens };
	return split.text + split.image === output ? split : undefined;
}

/**
 * @param raw `usage` of an Images API answer, or `tool_usage.image_gen` of a response
 * @returns tokens by kind, cached ones apart. The output counts as image tokens unless
 *   `output_tokens_details` says otherwise (`outputIsWhole` when it is absent, as in streams: others
 *   have priced images as text because of that)
 */
export function readImageUsage(
	raw: unknown,
): Reading<TokenKind, { readonly outputIsWhole: boolean }> {
	const usage = fieldsIn(raw);
	if (!usage) return { problem: 'the response has no token usage' };
	const totals = totalsOf(usage);
	if (typeof totals === 'string') return { problem: `the token usage ${totals}` };
	const details = counts(fieldsIn(usage.input_tokens_details), 'text_tokens', 'image_tokens');
	if (!details) return { problem: 'the token usage does not separate text from image input' };
	const input = { text: details.text_tokens, image: details.image_tokens };
	if (input.text + input.image !== totals.input) {
		return { problem: 'the token usage does not add up' };
	}
	const output = outputSplit(usage, totals.output);
	if (!output) return { problem: 'the output tokens do not add up' };
	const cached = cachedSplit(usage, input);
	if (!cached || cached.text > input.text || cached.image > input.image) {
		return { problem: 'the cached tokens do not add up' };
	}
	return {
		tokens: [
			['textInput', input.text - cached.text],
			['textInputCached', cached.text],
			['imageInput', input.image - cached.image],
			['imageInputCached', cached.image],
			['textOutput', output.text],
			['imageOutput', output.image],
		],
		outputIsWhole: isAbsent(usage.output_tokens_details),
	};
}

/**
 * @returns whether `usage` and `svg_usage` of an answer that holds an image count no output: gateways
 *   report zeros for what they bill in another way
 */
export const countsNothing = (raw: unknown, svg: unknown): boolean =>
	fieldsIn(raw)?.output_tokens === 0 && (fieldsIn(svg)?.output_tokens ?? 0) === 0;

/**
 * @param raw `usage` of a response: the mainline model alone
 * @returns tokens by kind, cached ones apart; reasoning is output
 */
export function readChatUsage(
	raw: unknown,
): Reading<ChatKind, { readonly inputTotal: number; readonly wroteCache: boolean }> {
	const usage = fieldsIn(raw);
	if (!usage) return { problem: 'the response has no token usage of the chat model' };
	const totals = totalsOf(usage);
	if (typeof totals === 'string') {
		return { problem: `the token usage of the chat model ${totals}` };
	}
	if (totals.input + totals.output === 0) {
		return { problem: 'the token usage of the chat model counts nothing' };
	}
	const details = fieldsIn(usage.input_tokens_details);
	if (!details)
		return { problem: 'the response does not separate the cached input of the chat model' };
	const cached = isAbsent(details.cached_tokens) ? 0 : count(details.cached_tokens);
	if (cached === undefined || cached > totals.input) {
		return { problem: 'the cached tokens of the chat model do not add up' };
	}
	const written = isAbsent(details.cache_write_tokens) ? 0 : count(details.cache_write_tokens);
	return {
		tokens: [
			['input', totals.input - cached],
			['inputCached', cached],
			['output', totals.output],
		],
		inputTotal: totals.input,
		wroteCache: written !== 0,
	};
}

/**
 * @returns the tokens in `svg_usage`, and its model's ID. `reasoning_tokens` are part of the output where
 *   the total says so, else they come on top
 */
export function readSvgUsage(raw: unknown): Reading<SvgKind, { readonly model: string }> {
	const usage = fieldsIn(raw);
	const totals = counts(usage, 'input_tokens', 'output_tokens');
	const model = usage?.model;
	if (!usage || !totals || typeof model !== 'string') {
		return { problem: 'the token usage of the SVG model is incomplete' };
	}
	const { input_tokens: input, output_tokens: output } = totals;
	const reasoning = isAbsent(usage.reasoning_tokens) ? 0 : count(usage.reasoning_tokens);
	const total = isAbsent(usage.total_tokens) ? input + output : count(usage.total_tokens);
	const onTop = total === input + output ? 0 : (reasoning ?? -1);
	if (reasoning !== undefined && total === input + output + onTop) {
		return {
			tokens: [
				['input', input],
				['output', output + onTop],
			],
			model,
		};
	}
	return { problem: 'the token usage of the SVG model does not add up' };
}

/** @returns the billable requests in `tool_usage.web_search`, 0 when there is none */
export const readWebSearches = (raw: unknown): number | undefined =>
	isAbsent(raw) ? 0 : count(fieldsIn(raw)?.num_requests);
