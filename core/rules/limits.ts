/** Limits of what may be spent, as people type them. */

import { invalidParameter } from '../errors';
import { labels } from './labels';
import { display, toNumber } from './parameters';

export type LimitParameter = 'maxCostPerRun' | 'maxCostPerDay' | 'budgetUsd';

/** @returns its display name */
export const limitLabel = (param: LimitParameter): string => labels[param];

/** Money is counted in whole units of 1e-10 USD; no budget comes near the end of that. */
const leastUsd = 1e-10;
const mostUsd = Number.MAX_SAFE_INTEGER * leastUsd;

/**
 * A limit that cannot be read stops the run: an expression that gives nothing must not mean "spend
 * without limit".
 * @returns USD, or undefined for 0, which means no limit
 * @throws invalid_parameter for what is empty, negative, no number, or too small to be counted
 */
export function checkLimit(value: unknown, param: LimitParameter): number | undefined {
	const usd = toNumber(value);
	if (usd === 0) return undefined;
	if (usd >= leastUsd && usd <= mostUsd) return usd;
	throw invalidParameter(
		param,
		`'${labels[param]}' is ${display(value)}`,
		usd > 0 && usd < leastUsd
			? 'It is too small to be counted. Enter an amount in USD, e.g. 2.50, or 0 for no limit.'
			: 'Enter an amount in USD, e.g. 2.50, or 0 for no limit. If it comes from an expression, check that the field has a value.',
	);
}
