import { GptImageError } from '../../../core/errors';
import { tableCalendar } from '../../../core/rules/calendar';
import { choices, type ListParameter } from '../../../core/rules/choices';
import { checkLimit } from '../../../core/rules/limits';
import { checkBoolean, checkEnum, excerpt } from '../../../core/rules/parameters';
import { checkImageParams } from '../../../core/rules/request';
import type { ImageParams } from '../../../core/rules/request-types';

const today = tableCalendar('2026-11-20');
const params: ImageParams = {
	operation: 'generate',
	model: 'gpt-image-2',
	prompt: 'a mug',
	size: '1024x1024',
};
const checked = (more: Partial<ImageParams>) => checkImageParams({ ...params, ...more }, today);

function refusal(work: () => unknown): GptImageError {
	try {
		work();
	} catch (error) {
		if (error instanceof GptImageError) return error;
		throw error;
	}
	throw new Error('Nothing was refused');
}

it.each([
	['a\r\nb\tc', 'a b c'],
	['a\0b\u001b[31mc\u0085d\u2028e', 'a b [31mc d e'],
	['photo\u202egpj.exe', 'photogpj.exe'],
	['\u2066a\u2069\u200f', 'a'],
	['\ud800a', '\ufffda'],
	['می\u200cخواهم 👩\u200d🚀', 'می\u200cخواهم 👩\u200d🚀'],
])('%j is shown on one line, in one direction, without codes for a terminal', (text, shown) => {
	expect(excerpt(text)).toBe(shown);
});

describe('a value of a list, as people write it', () => {
	it.each([
		['quality', 'High', 'high'],
		['quality', ' LOW ', 'low'],
		['quality', 'Extra High', 'xhigh'],
		['quality', 'extra-high', 'xhigh'],
		['outputFormat', 'jpg', 'jpeg'],
		['outputFormat', 'GIF (Animated)', 'gif'],
		['outputFormat', 'webP', 'webp'],
		['maskSource', 'Whole Image', 'none'],
		['maskSource', 'mask image', 'field'],
		['extendAnchor', 'centre', 'center'],
		['maskMeaning', 'white is edited', 'whiteIsEdited'],
		['continueFrom', 'new conversation', 'new'],
		['reuse', 'After Failed Runs', 'undelivered'],
		['source', 'Binary Field', 'field'],
		['source', 'all_fields', 'allFields'],
	] as const)('%s: %j is %s', (param, text, value) => {
		expect(checkEnum(param, text, undefined)).toBe(value);
	});

	it.each(Object.keys(choices) as ListParameter[])('every value and name of %s', (param) => {
		for (const { value, name } of choices[param]) {
			expect([value, checkEnum(param, value, undefined)]).toEqual([value, value]);
			expect([name, checkEnum(param, name, undefined)]).toEqual([name, value]);
		}
	});

	it.each([undefined, null, '', '  '])('%j is the default', (value) => {
		expect(checkEnum('quality', value, 'medium')).toBe('medium');
		expect(checkEnum('complexity', value, undefined)).toBeUndefined();
	});

	it('is refused in the words of the editor, with what the model takes', () => {
		const max = refusal(() => checked({ quality: 'max' }));
		expect(max.message).toBe("gpt-image-2 does not support Quality 'Max'");
		expect(max.advice).toBe('Choose Auto, Low, Medium or High.');
		const ultra = refusal(() => checked({ quality: 'ultra' }));
		expect(ultra.message).toBe('\'Quality\' is "ultra", which is not a valid option');
		expect(ultra.advice).toBe('Choose Auto, Low, Medium or High.');
		const object = refusal(() => checked({ quality: { a: 1 } }));
		expect(object.message).toBe("'Quality' is not text");
	});
});

describe('a size, as people write it', () => {
	it.each([
		['1024x1024 (Square)', { width: 1024, height: 1024 }],
		['Square', { width: 1024, height: 1024 }],
		['1536 X 1024', { width: 1536, height: 1024 }],
		['16:9', { width: 1280, height: 720 }],
		['9/16', { width: 720, height: 1280 }],
		['', { width: 1024, height: 1024 }],
		[undefined, { width: 1024, height: 1024 }],
		['AUTO', 'auto'],
	])('%j', (size, expected) => {
		expect(checked({ size }).size).toEqual(expected);
	});

	it('empty means the first image, for an edit', () => {
		const firstImage = { width: 1024, height: 1536 };
		expect(checked({ operation: 'edit', size: '', firstImage }).size).toEqual(firstImage);
		expect(checked({ operation: 'edit', size: 'Same as First Image', firstImage }).size).toEqual(
			firstImage,
		);
	});

	it.each(['large', '16x9', '5:1', 'Same as First Image'])('%j is refused', (size) => {
		expect(refusal(() => checked({ size })).param).toBe('size');
	});
});

describe('a switch', () => {
	it.each([
		[true, true],
		['true', true],
		['YES', true],
		[1, true],
		[false, false],
		['no', false],
		['', false],
		[undefined, false],
	])('%j is %s', (value, expected) => {
		expect(checkBoolean('dryRun', value, false)).toBe(expected);
	});

	it('that cannot be read is not simply off', () => {
		expect(refusal(() => checkBoolean('dryRun', 'maybe', false)).message).toBe(
			'\'Dry Run\' is "maybe"',
		);
	});
});

describe('a limit', () => {
	it.each([
		[0.004, 0.004],
		['0.0001', 0.0001],
		[2.5, 2.5],
		[0, undefined],
		['0', undefined],
	])('%j is %j', (value, usd) => {
		expect(checkLimit(value, 'maxCostPerRun')).toBe(usd);
	});

	it.each([undefined, null, '', ' ', NaN, -1, 'ten', '1,50', {}, true, Infinity, 1e-12])(
		'%j is refused: it must not mean "no limit"',
		(value) => {
			const error = refusal(() => checkLimit(value, 'maxCostPerRun'));
			expect(error.message).toContain("'Max Cost per Run (USD)' is");
			expect(error).toMatchObject({ param: 'maxCostPerRun', billed: 'no' });
		},
	);
});

describe('a style guide', () => {
	it('is sent with the prompt, which stays the user’s', () => {
		const request = checked({ styleGuide: ' Flat, blue ' });
		expect(request.prompt).toBe('a mug\n\nStyle guide:\nFlat, blue');
		expect(request.ownPrompt).toBe('a mug');
		expect(checked({ styleGuide: ' ' }).prompt).toBe('a mug');
	});

	it('counts in the length', () => {
		const error = refusal(() => checked({ styleGuide: 'x'.repeat(32_000) }));
		expect(error.message).toBe("'Prompt' and 'Style Guide' together have 32,020 characters");
		expect(error.param).toBe('styleGuide');
	});
});
