/**
 * How long the API asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date, else
 * the "try again in 12s" of a rate limit's text (OpenAI error guide, SDK 7.55.0).
 * @param now milliseconds since 1970
 * @returns milliseconds, or undefined when nothing is said
 */
export function retryAfterMs(
	headers: Headers | undefined,
	message = '',
	now = Date.now(),
): number | undefined {
	const milliseconds = Number(headers?.get('retry-after-ms') ?? NaN);
	if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
	const after = headers?.get('retry-after');
	if (after) {
		const seconds = Number(after);
		if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
		const date = Date.parse(after);
		if (Number.isFinite(date)) return Math.max(0, date - now);
	}
	const said = /try again in (?:(\d+)m)?\s*(\d+(?:\.\d+)?)\s*(ms|s)\b/i.exec(message);
	if (!said) return undefined;
	const unit = said[3]?.toLowerCase() === 'ms' ? 1 : 1000;
	return Number(said[1] ?? 0) * 60_000 + Number(said[2]) * unit;
}
