import type { Cost, Facts, Tokens } from '../job';
import type { Billed } from '../pricing/cost';

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

/** @param facts of a part of a paid answer */
export const paidFacts = (facts: Facts): PaidFacts => facts as unknown as PaidFacts;
