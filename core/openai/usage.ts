import { fieldsOf, isRecord, type Fields } from '../rules/json';

/** What is read of a usage; an answer may hold any number of other fields. */
const counted = [
	'input_tokens',
	'input_tokens_details',
	'output_tokens',
	'output_tokens_details',
	'total_tokens',
	'text_tokens',
	'image_tokens',
	'cached_tokens',
	'cached_tokens_details',
	'cached_text_tokens',
	'cached_image_tokens',
	'reasoning_tokens',
	'model',
];

/**
 * Adds token counts up, as the API says them: each image of a stream, and each drawing of a turn, has
 * its own.
 * @returns the second where the first says nothing, or something else
 */
export function sumOf(before: unknown, more: unknown): unknown {
	if (more === undefined || more === null) return before;
	if (typeof before === 'number' && typeof more === 'number') return before + more;
	if (!isRecord(before) || !isRecord(more)) return more;
	return Object.fromEntries(
		counted
			.filter((name) => name in before || name in more)
			.map((name) => [name, sumOf(before[name], more[name])]),
	);
}

/** Whether an image's own counts say nothing of it, nor of an SVG's author. */
export const isUncounted = ({ usage, svg_usage }: Fields): boolean =>
	fieldsOf(usage).output_tokens === 0 && (fieldsOf(svg_usage).output_tokens ?? 0) === 0;

/** Whether the service says that it has billed something. */
export const isBilled = (usage: unknown): boolean => {
	const { total_tokens, output_tokens } = fieldsOf(usage);
	return [total_tokens, output_tokens].some((count) => typeof count === 'number' && count > 0);
};
