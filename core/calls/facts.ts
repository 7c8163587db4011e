import type { Cost, Facts, Tokens } from '../job';
import type { Billed } from '../pricing/cost';
import { isRecord, textOf } from '../rules/json';

/** What is kept of each part of a paid answer in addition to its bytes, and how it is read back. */
export interface PaidFacts {
	readonly model: string;
	readonly quality: string;
	readonly background: string;
	/** Counted from 1; 0 of 0 for a text-only answer. */
	readonly index: number;
	readonly count: number;
	readonly requestId: string | null;
	readonly durationMs: number;
	/** Null when the API's report could not be read. */
	readonly usage: Tokens | null;
	readonly usd: number | null;
	readonly parts: Facts;
	readonly pricesOf: readonly string[];
	/** The range of its cost, in USD, where OpenAI did not report all of it. */
	readonly usdBetween?: Cost;
}

/** The contract's keys are always present; a kind that the API did not report was not billed. */
const noTokens = {
	textInput: 0,
	textInputCached: 0,
	imageInput: 0,
	imageInputCached: 0,
	textOutput: 0,
	imageOutput: 0,
};

/** @returns the money side of a part in the contract's keys */
export const moneyFacts = ({
	usage,
	cost,
}: Billed): Pick<PaidFacts, 'usage' | 'usd' | 'parts' | 'pricesOf'> => {
	const isReported = Object.keys(usage).length > 0;
	return {
		usage: isReported ? { ...noTokens, ...usage } : null,
		usd: cost.usd,
		parts: isReported ? { ...noTokens, ...cost.parts } : {},
		pricesOf: cost.pricesOf,
	};
};

export const numberOr = <T>(value: unknown, fallback: T): number | T =>
	typeof value === 'number' && Number.isFinite(value) ? value : fallback;

/** @returns the texts of a list, without anything else in it */
export const textsOf = (value: unknown): string[] =>
	Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : [];

/**
 * @param facts perhaps of another version of this package
 * @param fallback from the request, for missing facts
 */
export function readFacts(
	facts: Facts,
	fallback: Pick<PaidFacts, 'model' | 'quality' | 'background' | 'count'>,
): PaidFacts {
	const { usage, parts, usdBetween } = facts;
	return {
		model: textOf(facts.model) ?? fallback.model,
		quality: textOf(facts.quality) ?? fallback.quality,
		background: textOf(facts.background) ?? fallback.background,
		index: numberOr(facts.index, 1),
		count: numberOr(facts.count, fallback.count),
		requestId: textOf(facts.requestId) ?? null,
		durationMs: numberOr(facts.durationMs, 0),
		usage: isRecord(usage) ? usage : null,
		usd: numberOr(facts.usd, null),
		parts: isRecord(parts) ? parts : {},
		pricesOf: textsOf(facts.pricesOf),
		...(isRecord(usdBetween)
			? { usdBetween: { min: numberOr(usdBetween.min, null), max: numberOr(usdBetween.max, null) } }
			: {}),
	};
}
