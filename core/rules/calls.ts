import { invalidParameter } from '../errors';

/** Limits of how calls are made; the OpenAI SDK's own limit for one call is 600 seconds. */
export const defaultTimeoutSeconds = 600;
export const longestTimeoutSeconds = 7200;

export const callLabels = {
	maxParallel: 'Max Parallel',
	imagesPerMinute: 'Images per Minute',
	maxRetries: 'Max Retries',
	retryUncertain: 'Retry Uncertain Calls',
} as const;

export const defaultCalls = { maxParallel: 4, maxRetries: 4, retryUncertain: 1 } as const;

/**
 * 32 lanes of the slowest kind (12 MB PNG, some four copies while it is read) take about 1.5 GB,
 * and at 40 seconds per picture they make 48 a minute, a tier 3 account's whole limit of 50.
 */
const mostParallel = 32;
/** More only helps where a call fails within seconds; the time limit of the retries ends it anyway. */
const mostRetries = 20;
const mostUncertain = 3;

/** How calls are made, checked. */
export interface Calls {
	readonly maxParallel: number;
	/** Undefined: no limit but the API's own. */
	readonly imagesPerMinute: number | undefined;
	readonly maxRetries: number;
	readonly retryUncertain: number;
}

type CallOption = keyof typeof callLabels;

function checkNumber(
	param: CallOption,
	value: unknown,
	[least, most]: readonly [number, number],
	advice: string,
): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) {
		return number;
	}
	const shown = typeof value === 'string' || typeof value === 'number' ? value : 'no number';
	throw invalidParameter(
		param,
		`'${callLabels[param]}' is ${shown === '' ? 'empty' : shown}`,
		advice,
	);
}

/**
 * @param options as the user gave them; a missing one takes its default
 * @throws invalid_parameter with the parameter, what it is and what is allowed
 */
export function checkCalls(options: Readonly<Partial<Record<CallOption, unknown>>>): Calls {
	const { maxParallel, imagesPerMinute, maxRetries, retryUncertain } = options;
	return {
		maxParallel: checkNumber(
			'maxParallel',
			maxParallel ?? defaultCalls.maxParallel,
			[1, mostParallel],
			`Use a whole number from 1 (one after the other) to ${mostParallel}.`,
		),
		imagesPerMinute:
			imagesPerMinute === undefined
				? undefined
				: checkNumber(
						'imagesPerMinute',
						imagesPerMinute,
						[1, Number.MAX_SAFE_INTEGER],
						'Use a whole number of at least 1, or remove the option to have no limit of your own.',
					),
		maxRetries: checkNumber(
			'maxRetries',
			maxRetries ?? defaultCalls.maxRetries,
			[0, mostRetries],
			`Use a whole number from 0 (never) to ${mostRetries}.`,
		),
		retryUncertain: checkNumber(
			'retryUncertain',
			retryUncertain ?? defaultCalls.retryUncertain,
			[0, mostUncertain],
			`Use a whole number from 0 (never) to ${mostUncertain}; each such retry may be paid twice.`,
		),
	};
}
