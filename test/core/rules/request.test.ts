import { GptImageError } from '../../../core/errors';
import { checkPicture, type PictureWish } from '../../../core/rules/request';

const today = '2026-11-20';
const wish = (changes: Partial<PictureWish> = {}): PictureWish => ({
	operation: 'generate',
	model: 'gpt-image-2',
	prompt: 'a red mug',
	size: '1024x1024',
	...changes,
});

function refusal(changes: Partial<PictureWish>): GptImageError {
	try {
		checkPicture(wish(changes), today);
	} catch (error) {
		if (error instanceof GptImageError) return error;
		throw error;
	}
	throw new Error('It was not refused');
}

it('fills in what is not set', () => {
	expect(checkPicture(wish(), today)).toMatchObject({
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
const refused: Array<[string, Partial<PictureWish>, string, string, string]> = [
	['an empty prompt', { prompt: '  ' }, 'prompt', "'Prompt' is empty", 'Describe'],
	['a prompt that is no text', { prompt: { a: 1 } }, 'prompt', "'Prompt' is empty", 'Describe'],
	['a prompt of 32,001 characters', { prompt: 'x'.repeat(32_001) }, 'prompt', '32,001', '32,000'],
	['1000x1000', { size: '1000x1000' }, 'size', 'divisible by 16', '1008x1008'],
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
		'above 0',
	],
	['a custom width of 0', { size: 'custom', width: 0, height: 1024 }, 'width', "'Width' is 0", '1'],
	[
		'a custom size off the grid',
		{ size: 'custom', width: 1001, height: 1024 },
		'size',
		'16',
		'1024',
	],
	['xhigh on gpt-image-2', { quality: 'xhigh' }, 'quality', 'xhigh', 'auto, low, medium, high'],
	[
		'transparent jpeg',
		{ background: 'transparent', outputFormat: 'jpeg' },
		'background',
		'jpeg',
		'png or webp',
	],
	['compression on png', { outputCompression: 50 }, 'outputCompression', 'png', 'jpeg or webp'],
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
		'svg',
		'png',
	],
	['4 partial images', { partialImages: 4 }, 'partialImages', '4', '0 to 3'],
	['svg on gpt-image-2', { outputFormat: 'svg' }, 'outputFormat', 'svg', 'png, jpeg, webp'],
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
	expect(error.facts).toMatchObject({
		code: 'invalid_parameter',
		param,
		retryable: false,
		billed: 'no',
	});
	expect(error.facts.advice).toContain(advice);
});

it.each([
	['gpt-image-1', 'gpt-image-2.5-flare'],
	['dall-e-3', 'gpt-image-2'],
	['dall-e-2', 'gpt-image-2'],
])('refuses the retired %s and names %s', (model, successor) => {
	const error = refusal({ model });
	expect(error.facts.code).toBe('model_retired');
	expect(error.facts.advice).toContain(successor);
});

it.each(['gpt-image-1.5', 'gpt-image-1-mini', 'chatgpt-image-latest', 'gpt-image-1.5-2025-12-16'])(
	'%s warns until 30 November 2026 and is refused from 1 December',
	(model) => {
		expect(checkPicture(wish({ model }), '2026-11-30').warnings[0]).toContain('2026-12-01');
		expect(() => checkPicture(wish({ model }), '2026-12-01')).toThrow('shut');
	},
);

it('an unknown model passes with a warning', () => {
	const request = checkPicture(
		wish({ model: 'gpt-image-3', quality: 'max', size: '999x999' }),
		today,
	);
	expect(request.row).toBeUndefined();
	expect(request.warnings[0]).toContain('gpt-image-3');
});

it('counts a prompt in characters, not in UTF-16 units', () => {
	expect(checkPicture(wish({ prompt: '🎨'.repeat(32_000) }), today).prompt).toHaveLength(64_000);
	expect(refusal({ prompt: '🎨'.repeat(32_001) }).message).toContain('32,001');
});

it('takes numbers that expressions give as text', () => {
	const request = checkPicture(
		wish({ numberOfImages: '3', size: 'custom', width: '1280', height: '720' }),
		today,
	);
	expect(request).toMatchObject({ count: 3, size: { width: 1280, height: 720 } });
});

it('warns that a transparent background is a preview on gpt-image-2', () => {
	expect(checkPicture(wish({ background: 'transparent' }), today).warnings[0]).toContain('preview');
	const on25 = wish({ background: 'transparent', model: 'gpt-image-2.5-flare' });
	expect(checkPicture(on25, today).warnings).toEqual([]);
});

it('size input takes the first image as its wish', () => {
	const edit = wish({
		operation: 'edit',
		size: 'input',
		firstImage: { width: 1920, height: 1080 },
	});
	expect(checkPicture(edit, today).size).toEqual({ width: 1792, height: 1008 });
});
