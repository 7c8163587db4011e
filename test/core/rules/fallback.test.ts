import { checkFallback } from '../../../core/rules/fallback';

it.each([
	['', []],
	[undefined, []],
	[' a, ,b,', ['a', 'b']],
	['a,'.repeat(20), Array.from({ length: 20 }, () => 'a')],
])('reads %j', (value, models) => {
	expect(checkFallback(value)).toEqual(models);
});

it.each([
	['a,'.repeat(21), "'Fallback Models' has 21 models"],
	['a,'.repeat(2_001), "'Fallback Models' has 4,002 characters"],
])('refuses a list that an expression filled', (value, message) => {
	expect(() => checkFallback(value)).toThrow(
		expect.objectContaining({ code: 'invalid_parameter', param: 'fallback', message }),
	);
});
