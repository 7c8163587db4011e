import type { Amounts, Billed } from './money/cost';
import { isRecord } from './rules/unknown';

/** What the ledger keeps of a paid picture beside its bytes, and how it is read back. */
export interface PaidFacts {
	readonly model: string;
	readonly quality: string;
	readonly background: string;
	readonly requestId: string | null;
	readonly attempts: number;
	readonly durationMs: number;
	/** Null when the API's report could not be read. */
	readonly usage: Amounts | null;
	readonly usd: number | null;
	readonly parts: Amounts;
	readonly pricesOf: readonly string[];
}

/** A kind that the API did not report was not billed: the contract's keys are always all there. */
const noTokens = {
	textInput: 0,
	textInputCached: 0,
	imageInput: 0,
	imageInputCached: 0,
	textOutput: 0,
	imageOutput: 0,
};

/** @returns the money side of a picture in the contract's keys */
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

const numberOr = <T>(value: unknown, fallback: T): number | T =>
	typeof value === 'number' && Number.isFinite(value) ? value : fallback;
const textOr = <T>(value: unknown, fallback: T): string | T =>
	typeof value === 'string' ? value : fallback;

/**
 * @param record as it was written, perhaps by an older version of this package
 * @param fallback what the request says where the record says nothing
 */
export function readRecord(
	record: Readonly<Record<string, unknown>>,
	fallback: Pick<PaidFacts, 'model' | 'quality' | 'background'>,
): PaidFacts {
	const { usage, parts, pricesOf } = record;
	return {
		model: textOr(record.model, fallback.model),
		quality: textOr(record.quality, fallback.quality),
		background: textOr(record.background, fallback.background),
		requestId: textOr(record.requestId, null),
		attempts: numberOr(record.attempts, 1),
		durationMs: numberOr(record.durationMs, 0),
		usage: isRecord(usage) ? usage : null,
		usd: numberOr(record.usd, null),
		parts: isRecord(parts) ? parts : {},
		pricesOf: Array.isArray(pricesOf)
			? pricesOf.filter((name): name is string => typeof name === 'string')
			: [],
	};
}

/** @returns what the item said of the money when the picture was made */
export const warningsOf = ({ warnings }: Readonly<Record<string, unknown>>): string[] =>
	Array.isArray(warnings)
		? warnings.filter((warning): warning is string => typeof warning === 'string')
		: [];
