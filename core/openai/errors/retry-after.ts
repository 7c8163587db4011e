/** A wait is never longer than this: what is meant as a date shall not stop a workflow for years. */
const longestMs = 24 * 3_600_000;

const unitMs: Readonly<Record<string, number>> = {
	ms: 1,
	s: 1_000,
	m: 60_000,
	h: 3_600_000,
	d: 86_400_000,
};

/** @returns the same within a day */
export const boundedWait = (milliseconds: number): number =>
	Math.min(longestMs, Math.max(0, Math.round(milliseconds)));

/** Seconds or milliseconds since 1970 are a date: nobody is asked to wait for 30 years. */
function orEpoch(value: number, unit: number, now: number): number {
	if (value >= 1e12) return value - now;
	return value >= 1e9 ? value * 1_000 - now : value * unit;
}

const amount =
	/^[\s,]{0,4}(?:and\s)?(\d{1,13}(?:\.\d{1,9})?)\s{0,4}(milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)?(?![a-z\d])/i;
const compact = /^\s{0,4}(\d{1,13}(?:\.\d{1,9})?)(ms|s|m|h|d)(?=\d)/i;

const unitOf = (name: string): number =>
	unitMs[/^(?:ms|mil|mse)/i.test(name) ? 'ms' : name.slice(0, 1).toLowerCase()] ?? 1_000;

/** Amounts at the beginning of a text, e.g. `1m2s`, `51.84 seconds`, `1 minute and 20 seconds`. */
function durationMs(text: string): number | undefined {
	let rest = text;
	let sum: number | undefined;
	for (let part = 0; part < 4; part++) {
		const found = compact.exec(rest) ?? amount.exec(rest);
		if (!found) break;
		const [whole, count, unit] = found;
		rest = rest.slice(whole.length);
		if (unit === undefined) {
			// A bare number is seconds, unless it counts something else.
			if (sum === undefined && !/^\s{0,4}[a-z]/i.test(rest)) sum = Number(count) * 1_000;
			break;
		}
		sum = (sum ?? 0) + Number(count) * unitOf(unit);
	}
	return sum;
}

const asks =
	/\b(?:try(?:ing)?(?: your request)? again|retry[-_ ]?after|retrydelay|retry(?:ing)?(?: again)?(?: your request)?|wait(?:ing)?|come back|resets?|available again)\b["']?(?: ?[:=])? ?["']?(?: ?(?:in|after|for|at least|about|approximately)){0,3}/gi;

/** @returns the milliseconds that a text, cut to a bounded length, asks to wait; undefined when it does not */
export function waitSaid(text: string): number | undefined {
	for (const { 0: words, index } of text.matchAll(asks)) {
		const after = index + words.length;
		const wait = durationMs(text.slice(after, after + 80));
		if (wait !== undefined) return boundedWait(wait);
	}
	return undefined;
}

/** `retry-after`: seconds, a date, or a duration as some gateways write it. */
function headerMs(value: string, now: number): number | undefined {
	const [first = ''] = value.split(',', 1);
	const number = first.trim() === '' ? NaN : Number(first);
	if (Number.isFinite(number)) return number < 0 ? undefined : orEpoch(number, 1_000, now);
	const isDate = /^\s{0,4}(?:[a-z]{3,9},? |\d{4}-\d\d-)/i.test(value);
	const date = isDate ? Date.parse(value) : NaN;
	return Number.isFinite(date) ? date - now : durationMs(value.slice(0, 80));
}

/**
 * `retry-after-ms` (Azure also `x-ms-retry-after-ms`), else `retry-after`, else what the body says
 * (OpenAI error guide, SDK 7.55.0).
 * @param now milliseconds since 1970
 * @returns milliseconds, a day at most; undefined when nothing is said
 */
export function retryAfterMs(
	headers: Headers | undefined,
	saidMs: number | undefined,
	now: number,
): number | undefined {
	const inMs = Number(headers?.get('retry-after-ms') ?? headers?.get('x-ms-retry-after-ms') ?? NaN);
	if (Number.isFinite(inMs) && inMs >= 0) return boundedWait(orEpoch(inMs, 1, now));
	const after = headers?.get('retry-after');
	const wait = after ? headerMs(after, now) : undefined;
	return wait === undefined ? saidMs : boundedWait(wait);
}
