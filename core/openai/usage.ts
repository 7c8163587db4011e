import { fieldsOf, isRecord, type Fields } from '../rules/json';

/**
 * Adds token counts up, as the API says them: each image of a stream, and each drawing of a turn, has
 * its own.
 * @returns the second where the first says nothing, or something else
 */
export function sumOf(before: unknown, more: unknown): unknown {
	if (more === undefined || more === null) return before;
	if (typeof before === 'number' && typeof more === 'number') return before + more;
	if (!isRecord(before) || !isRecord(more)) return more;
	const sum: Record<string, unknown> = { ...before };
	for (const [name, count] of Object.entries(more)) sum[name] = sumOf(sum[name], count);
	return sum;
}

/** Whether an image's own counts say nothing of it, nor of an SVG's author. */
export const isUncounted = ({ usage, svg_usage }: Fields): boolean =>
	fieldsOf(usage).output_tokens === 0 && (fieldsOf(svg_usage).output_tokens ?? 0) === 0;

/** Whether the service says that it has billed something. */
export const isBilled = (usage: unknown): boolean => {
	const { total_tokens, output_tokens } = fieldsOf(usage);
	return [total_tokens, output_tokens].some((count) => typeof count === 'number' && count > 0);
};
