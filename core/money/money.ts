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

/**
 * @param usd a finite amount, e.g. a limit that the user typed
 * @returns the nearest whole number of units
 */
export const fromUsd = (usd: number): Money => Math.round(usd * UNITS_PER_USD);

/**
 * @param usdPerMillion USD per million tokens, at most four decimals
 * @returns units per token; exact for prices that {@link isExactPrice} accepts
 */
export const pricePerToken = (usdPerMillion: number): Money =>
	Math.round(usdPerMillion * 10 ** PRICE_DECIMALS);

/** Whether a price has no more than four decimals, so that tokens times price stays whole. */
export const isExactPrice = (usdPerMillion: number): boolean =>
	Number.isSafeInteger(pricePerToken(usdPerMillion)) &&
	pricePerToken(usdPerMillion) / 10 ** PRICE_DECIMALS === usdPerMillion;

/**
 * Adds amounts as they stand in items (`image.cost.usd`), without floating-point error.
 * @param amounts USD, each finite; digits beyond 1e-10 USD are rounded
 * @returns USD
 */
export function sumUsd(amounts: Iterable<number>): number {
	let whole = 0n;
	let units = 0;
	for (const usd of amounts) {
		units += fromUsd(usd);
		// Flushed well before a double would lose its last digit.
		if (Math.abs(units) > 2 ** 52) {
			whole += BigInt(units);
			units = 0;
		}
	}
	whole += BigInt(units);
	const safe = Number(whole);
	if (Number.isSafeInteger(safe)) return toUsd(safe);
	const usd = whole / BigInt(UNITS_PER_USD);
	const rest = whole % BigInt(UNITS_PER_USD);
	return Number(usd) + toUsd(Number(rest));
}
