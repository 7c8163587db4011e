import { GptImageError } from '../../../core/errors';
import { checkCalls } from '../../../core/rules/calls';

const messageOf = (options: Record<string, unknown>): string => {
	try {
		checkCalls(options);
	} catch (error) {
		if (!(error instanceof GptImageError)) return String(error);
		const { code, param, billed } = error;
		expect({ code, billed }).toEqual({ code: 'invalid_parameter', billed: 'no' });
		expect(param).toBe(Object.keys(options)[0]);
		return `${error.message}. ${error.advice}`;
	}
	return 'accepted';
};

describe('checkCalls', () => {
	it('has the defaults of the contract', () => {
		expect(checkCalls({})).toEqual({
			maxParallel: 4,
			maxRetries: 4,
			retryLost: true,
		});
	});

	it.each([
		[{ maxParallel: 0 }, "'Max Parallel' is 0. It must be a whole number from 1 to 32 here."],
		[{ maxParallel: -1 }, "'Max Parallel' is -1. It must be a whole number from 1 to 32 here."],
		[{ maxParallel: 1000 }, "'Max Parallel' is 1000. It must be a whole number from 1 to 32 here."],
		[{ maxParallel: 2.5 }, "'Max Parallel' is 2.5. It must be a whole number from 1 to 32 here."],
		[{ maxParallel: NaN }, "'Max Parallel' is NaN. It must be a whole number from 1 to 32 here."],
		...['', '  ', null, undefined].map((empty): [Record<string, unknown>, string] => [
			{ maxParallel: empty },
			"'Max Parallel' is empty. It must be a whole number from 1 to 32 here.",
		]),
		[
			{ maxParallel: {} },
			"'Max Parallel' is neither text nor a number. It must be a whole number from 1 to 32 here.",
		],
		[{ maxRetries: -1 }, "'Max Retries' is -1. It must be a whole number from 0 to 20 here."],
		[{ maxRetries: 21 }, "'Max Retries' is 21. It must be a whole number from 0 to 20 here."],
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
		[{ retryLost: false }],
		[{ retryLost: true }],
	])('accepts %j', (options) => {
		expect(messageOf(options)).toBe('accepted');
	});
});
