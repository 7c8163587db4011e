import type { Facts, ImageFacts } from '../job';
import type { Billed } from '../pricing/cost';

type Kept = 'model' | 'quality' | 'background' | 'index' | 'count' | 'usage';

/** What is kept of each part of a paid answer in addition to its bytes, by the contract's keys. */
export type PaidFacts = Pick<ImageFacts, Kept> & {
	readonly cost: Pick<ImageFacts['cost'], 'usd' | 'parts' | 'pricesOf'>;
	readonly request: Pick<ImageFacts['request'], 'id' | 'durationMs'>;
};

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
export const moneyFacts = ({ usage, cost }: Billed): Pick<PaidFacts, 'usage' | 'cost'> =>
	Object.keys(usage).length > 0
		? {
				usage: { ...noTokens, ...usage },
				cost: { ...cost, parts: { ...noTokens, ...cost.parts } },
			}
		: { usage: null, cost: { ...cost, parts: {} } };

/** @param facts of a part of a paid answer */
export const paidFacts = (facts: Facts): PaidFacts => facts as PaidFacts;
