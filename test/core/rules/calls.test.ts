import { GptImageError } from '../../../core/errors';
import { checkCalls } from '../../../core/rules/calls';

const messageOf = (options: Record<string, unknown>): string => {
	try {
		checkCalls(options);
	} catch (error) {
		if (!(error instanceof GptImageError)) return String(error);
		const { code, param, billed } = error.facts;
		expect({ code, billed }).toEqual({ code: 'invalid_parameter', billed: 'no' });
		expect(param).toBe(Object.keys(options)[0]);
		return `${error.message}. ${error.facts.advice}`;
	}
	return 'accepted';
};

describe('checkCalls', () => {
	it('has the defaults of the contract', () => {
		expect(checkCalls({})).toEqual({
			maxParallel: 4,
			imagesPerMinute: undefined,
			maxRetries: 4,
			retryUncertain: 1,
		});
	});

	it.each([
		[
			{ maxParallel: 0 },
			"'Max Parallel' is 0. Use a whole number from 1 (one after the other) to 32.",
		],
		[
			{ maxParallel: -1 },
			"'Max Parallel' is -1. Use a whole number from 1 (one after the other) to 32.",
		],
		[
			{ maxParallel: 1000 },
			"'Max Parallel' is 1000. Use a whole number from 1 (one after the other) to 32.",
		],
		[
			{ maxParallel: 2.5 },
			"'Max Parallel' is 2.5. Use a whole number from 1 (one after the other) to 32.",
		],
		[
			{ maxParallel: '' },
			"'Max Parallel' is empty. Use a whole number from 1 (one after the other) to 32.",
		],
		[
			{ maxParallel: NaN },
			"'Max Parallel' is NaN. Use a whole number from 1 (one after the other) to 32.",
		],
		[
			{ maxParallel: {} },
			"'Max Parallel' is no number. Use a whole number from 1 (one after the other) to 32.",
		],
		[
			{ imagesPerMinute: 0 },
			"'Images per Minute' is 0. Use a whole number of at least 1, or remove the option to have no limit of your own.",
		],
		[{ maxRetries: -1 }, "'Max Retries' is -1. Use a whole number from 0 (never) to 20."],
		[{ maxRetries: 21 }, "'Max Retries' is 21. Use a whole number from 0 (never) to 20."],
		[
			{ retryUncertain: 4 },
			"'Retry Uncertain Calls' is 4. Use a whole number from 0 (never) to 3; each such retry may be paid twice.",
		],
	])('refuses %j', (options, message) => {
		expect(messageOf(options)).toBe(message);
	});

	it.each([
		[{ maxParallel: 1 }],
		[{ maxParallel: 32 }],
		[{ maxParallel: '8' }],
		[{ imagesPerMinute: 1 }],
		[{ imagesPerMinute: 5000 }],
		[{ maxRetries: 0 }],
		[{ retryUncertain: 0 }],
		[{ retryUncertain: 3 }],
	])('accepts %j', (options) => {
		expect(messageOf(options)).toBe('accepted');
	});
});
