/**
 * Money as whole numbers, so that sums of any length have no floating-point error. One unit is
 * 1e-10 USD: a price of up to four decimals per million tokens is then a whole number of units per
 * token, and a safe integer reaches 900,000 USD. USD as a float exists only at the edge, in results.
 */

/** A whole number of 1e-10 USD. */
export type Money = number;

const UNITS_PER_USD = 1e10;
/** Decimals of a price per million tokens that {@link pricePerToken} can hold. */
export const PRICE_DECIMALS = 4;

/** @returns the USD amount nearest to the units: one correctly rounded division */
export const toUsd = (money: Money): number => money / UNITS_PER_USD;

/** @param usd a finite amount, e.g. a limit that the user typed */
export const fromUsd = (usd: number): Money => Math.round(usd * UNITS_PER_USD);

/** @returns units per token; exact for prices that {@link isExactPrice} accepts */
export const pricePerToken = (usdPerMillion: number): Money =>
	Math.round(usdPerMillion * 10 ** PRICE_DECIMALS);

/** Whether a price has no more than four decimals, so that tokens times price stays whole. */
export const isExactPrice = (usdPerMillion: number): boolean =>
	Number.isSafeInteger(pricePerToken(usdPerMillion)) &&
	pricePerToken(usdPerMillion) / 10 ** PRICE_DECIMALS === usdPerMillion;

/** @returns an amount for people; below a dollar, as most images are, to a hundredth of a cent */
export const dollars = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 1 ? 4 : 2)}`;

/** Adds USD, each finite and rounded to 1e-10, without floating-point error up to 900,000 USD. */
export function sumUsd(amounts: Iterable<number>): number {
	let units = 0;
	for (const usd of amounts) units += fromUsd(usd);
	return toUsd(units);
}

/** @returns one of `count` equal shares, rounded to 1e-10 USD; null of null */
export const divideUsd = (usd: number | null, count: number): number | null =>
	usd === null ? null : Number((usd / count).toFixed(10));
