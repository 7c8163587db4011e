import { tableCalendar } from '../../../core/rules/calendar';
import { GptImageError } from '../../../core/errors';
import { checkImageParams } from '../../../core/rules/request';
import type { ImageParams } from '../../../core/rules/request-types';

const today = tableCalendar('2026-11-20');
const params = (changes: Partial<ImageParams> = {}): ImageParams => ({
	operation: 'generate',
	model: 'gpt-image-2',
	prompt: 'a red mug',
	size: '1024x1024',
	...changes,
});

function refusal(changes: Partial<ImageParams>): GptImageError {
	try {
		checkImageParams(params(changes), today);
	} catch (error) {
		if (error instanceof GptImageError) return error;
		throw error;
	}
	throw new Error('It was not refused');
}

it('fills in what is not set', () => {
	expect(checkImageParams(params(), today)).toMatchObject({
		model: 'gpt-image-2',
		size: { width: 1024, height: 1024 },
		quality: 'medium',
		count: 1,
		format: 'png',
		compression: undefined,
		background: 'auto',
		moderation: 'auto',
		partialImages: 0,
		warnings: [],
	});
});

// Parameter at fault, words of the message, words of the advice.
const refused: Array<[string, Partial<ImageParams>, string, string, string]> = [
	['an empty prompt', { prompt: '  ' }, 'prompt', "'Prompt' is empty", 'Describe'],
	['a prompt that is no text', { prompt: { a: 1 } }, 'prompt', 'neither text', 'Describe'],
	['a sum without numbers', { prompt: NaN }, 'prompt', "'Prompt' is NaN", 'Describe'],
	['a comparison as prompt', { prompt: true }, 'prompt', "'Prompt' is true", 'Describe'],
	['a prompt of 32,001 characters', { prompt: 'x'.repeat(32_001) }, 'prompt', '32,001', '32,000'],
	['1000x1000', { size: '1000x1000' }, 'size', 'multiple of 16', '1008x1008'],
	['4096x1024', { size: '4096x1024' }, 'size', '3,840', '3:1'],
	['16x16', { size: '16x16' }, 'size', '655,360', '816x816'],
	['3840x3840', { size: '3840x3840' }, 'size', '8,294,400', '2880x2880'],
	['a size in words', { size: 'large' }, 'size', '"large"', 'WIDTHxHEIGHT'],
	['0x0', { size: '0x0' }, 'size', '0x0', 'WIDTHxHEIGHT'],
	['ratio wide', { size: 'ratio', aspectRatio: 'wide' }, 'aspectRatio', '"wide"', '16:9'],
	['ratio 5:1', { size: 'ratio', aspectRatio: '5:1' }, 'aspectRatio', '5:1', '3:1'],
	[
		'0 megapixels',
		{ size: 'ratio', aspectRatio: '1:1', megapixels: 0 },
		'megapixels',
		'0',
		'from 0.01',
	],
	['a custom width of 0', { size: 'custom', width: 0, height: 1024 }, 'width', "'Width' is 0", '1'],
	[
		'a custom size off the grid',
		{ size: 'custom', width: 1001, height: 1024 },
		'size',
		'16',
		'1024',
	],
	[
		'xhigh on gpt-image-2',
		{ quality: 'xhigh' },
		'quality',
		"'Extra High'",
		'Choose Auto, Low, Medium or High.',
	],
	[
		'transparent jpeg',
		{ background: 'transparent', outputFormat: 'jpeg' },
		'background',
		'JPEG',
		'PNG or WebP',
	],
	['compression on png', { outputCompression: 50 }, 'outputCompression', 'PNG', 'JPEG or WebP'],
	[
		'compression 101',
		{ outputCompression: 101, outputFormat: 'webp' },
		'outputCompression',
		'101',
		'0 to 100',
	],
	['0 images', { numberOfImages: 0 }, 'numberOfImages', "'Number of Images' is 0", '1 to 10'],
	['11 images', { numberOfImages: 11 }, 'numberOfImages', '11', '1 to 10'],
	['2.5 images', { numberOfImages: 2.5 }, 'numberOfImages', '2.5', '1 to 10'],
	[
		'two svg',
		{ numberOfImages: 2, outputFormat: 'svg', model: 'gpt-image-2.6-flare' },
		'numberOfImages',
		'2',
		'1',
	],
	[
		'partial svg',
		{ partialImages: 1, outputFormat: 'svg', model: 'gpt-image-2.6-flare' },
		'partialImages',
		'SVG',
		'PNG',
	],
	['frames of a PNG', { frameCount: 4 }, 'frameCount', 'PNG', 'GIF (Animated)'],
	['an SVG author of a PNG', { svgModel: 'gpt-6-luna' }, 'svgModel', 'PNG', 'SVG'],
	['4 partial images', { partialImages: 4 }, 'partialImages', '4', '0 to 3'],
	['svg on gpt-image-2', { outputFormat: 'svg' }, 'outputFormat', "'SVG'", 'PNG, JPEG or WebP'],
	[
		'complexity on 2.5',
		{ complexity: 'high', model: 'gpt-image-2.5-flare' },
		'complexity',
		'2.5',
		'Remove',
	],
	[
		'fidelity on gpt-image-2',
		{ inputFidelity: 'high', operation: 'edit' },
		'inputFidelity',
		'gpt-image-2',
		'Remove',
	],
	['no model', { model: ' ' }, 'model', "'Model' is empty", 'gpt-image-2'],
];
it.each(refused)('refuses %s', (_name, changes, param, message, advice) => {
	const error = refusal(changes);
	expect(error.message).toContain(message);
	expect(error).toMatchObject({
		code: 'invalid_parameter',
		param,
		retryable: false,
		billed: 'no',
	});
	expect(error.advice).toContain(advice);
});

it.each([
	['gpt-image-1', 'gpt-image-2.5-flare'],
	['dall-e-3', 'gpt-image-2'],
	['dall-e-2', 'gpt-image-2'],
])('refuses the retired %s and names %s', (model, successor) => {
	const error = refusal({ model });
	expect(error.code).toBe('model_retired');
	expect(error.advice).toContain(successor);
});

it.each(['gpt-image-1.5', 'gpt-image-1-mini', 'chatgpt-image-latest', 'gpt-image-1.5-2025-12-16'])(
	'%s warns up to its last day, 1 December 2026, and is refused from the 2nd',
	(model) => {
		for (const day of ['2026-11-30', '2026-12-01']) {
			const { warnings } = checkImageParams(params({ model }), tableCalendar(day));
			expect(warnings).toEqual([expect.stringContaining(`${model} stops on 2026-12-01`)]);
		}
		expect(() => checkImageParams(params({ model }), tableCalendar('2026-12-02'))).toThrow(
			`OpenAI retired ${model} on 2026-12-01`,
		);
	},
);

it('the refusal of a stopped model names where to go, also for batches', () => {
	const model = 'gpt-image-1-mini';
	let advice: string | undefined;
	try {
		checkImageParams(params({ model }), tableCalendar('2026-12-02'));
	} catch (error) {
		advice = error instanceof GptImageError ? error.advice : undefined;
	}
	expect(advice).toBe("Choose gpt-image-2.6-flare (in batches gpt-image-2) in 'Model'.");
});

it('a stop that OpenAI put off is obeyed', () => {
	const stops = new Map([['gpt-image-1.5', '2027-03-01']]);
	for (const model of ['gpt-image-1.5', 'gpt-image-1.5-2025-12-16']) {
		const on = (day: string) =>
			checkImageParams(params({ model }), { ...tableCalendar(day), stops });
		expect(on('2026-12-02').warnings.join()).toContain(`${model} stops on 2027-03-01`);
		expect(() => on('2027-03-02')).toThrow(`OpenAI retired ${model} on 2027-03-01`);
	}
});

it.each(['gpt-image-1.5', 'gpt-image-1'])('another service goes on with %s: a warning', (model) => {
	const { row, warnings } = checkImageParams(params({ model }), {
		...tableCalendar('2026-12-02'),
		isOpenAI: false,
	});
	expect(row?.id).toBe(model);
	expect(warnings).toEqual([expect.stringContaining("the service of the credential's 'Base URL'")]);
});

it('no service can be asked for DALL·E', () => {
	const gateway = { ...tableCalendar('2026-12-02'), isOpenAI: false };
	expect(() => checkImageParams(params({ model: 'dall-e-3' }), gateway)).toThrow(
		'OpenAI retired dall-e-3 on 2026-05-12',
	);
});

it('an unknown model passes with a warning', () => {
	const request = checkImageParams(
		params({ model: 'gpt-image-3', quality: 'max', size: '999x999' }),
		today,
	);
	expect(request.row).toBeUndefined();
	expect(request.warnings[0]).toContain('gpt-image-3');
});

it('counts a prompt in characters, not in UTF-16 units', () => {
	expect(checkImageParams(params({ prompt: '🎨'.repeat(32_000) }), today).prompt).toHaveLength(
		64_000,
	);
	expect(refusal({ prompt: '🎨'.repeat(32_001) }).message).toContain('32,001');
});

it.each(['\u200b', ' ', '\ud800'])('does not look at each character of a file: %j', (character) => {
	const error = refusal({ prompt: character.repeat(2 ** 24) });
	expect(error.message).toBe("'Prompt' has 16,777,216 characters");
});

it('takes numbers that expressions give as text', () => {
	const request = checkImageParams(
		params({ numberOfImages: '3', size: 'custom', width: '1280', height: '720' }),
		today,
	);
	expect(request).toMatchObject({ count: 3, size: { width: 1280, height: 720 } });
});

it('warns that a transparent background is a preview on gpt-image-2', () => {
	expect(checkImageParams(params({ background: 'transparent' }), today).warnings[0]).toContain(
		'preview',
	);
	const on25 = params({ background: 'transparent', model: 'gpt-image-2.5-flare' });
	expect(checkImageParams(on25, today).warnings).toEqual([]);
});

it('size input takes the first image as its request', () => {
	const edit = params({
		operation: 'edit',
		size: 'input',
		firstImage: { width: 1920, height: 1080 },
	});
	expect(checkImageParams(edit, today).size).toEqual({ width: 1792, height: 1008 });
});
