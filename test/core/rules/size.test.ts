import { findImageModel } from '../../../core/rules/model';
import type { ImageModel } from '../../../core/rules/model-types';
import {
	brokenSizeRules,
	checkSize,
	legalSizes,
	nearestLegal,
	nearestSize,
	parseRatio,
	parseSize,
	sizeRule,
} from '../../../core/rules/size';

const model = (id: string): ImageModel => {
	const row = findImageModel(id);
	if (!row) throw new Error(`${id} is not in the table`);
	return row;
};
const free = model('gpt-image-2').sizes;
const fixed = model('gpt-image-1.5').sizes;
const megapixel = 1024 * 1024;

it('knows 29,146 legal sizes of gpt-image-2', () => {
	// 145,730 legal size x base cases were counted for five bases (facts, section 3.1).
	expect(legalSizes(free)).toHaveLength(145_730 / 5);
	expect(legalSizes(free)).toContainEqual({ width: 3840, height: 2160 });
	expect(legalSizes(free)).not.toContainEqual({ width: 3840, height: 2176 });
});

it.each([
	['816x816', []],
	['1440x480', []],
	['3840x2160', []],
	['2880x2880', []],
	['800x800', ['fewer than 655,360']],
	['1456x480', ['beyond 3:1']],
	['3856x2144', ['longer than 3,840']],
	['2896x2896', ['more than 8,294,400']],
	['1000x1000', ['multiple of 16']],
	['4096x1024', ['longer than 3,840', 'beyond 3:1']],
	['16x16', ['fewer than 655,360']],
	['3840x3840', ['more than 8,294,400']],
])('%s breaks %j', (text, expected) => {
	const size = parseSize(text);
	if (!size) throw new Error(text);
	const broken = brokenSizeRules(free, size);
	expect(broken).toHaveLength(expected.length);
	expected.forEach((words, index) => expect(broken[index]).toContain(words));
});

it.each([
	['1:1', 1, 1024, 1024],
	['16:9', 1, 1280, 720],
	['9:16', 1, 720, 1280],
	['3:2', 1, 1248, 832],
	['4:5', 1, 896, 1120],
	['21:9', 1, 1568, 672],
	['16:9', 8, 3840, 2160],
	['1:1', 4, 2048, 2048],
	['1:1', 0.1, 816, 816],
	['3:1', 0.1, 1440, 480],
	['1:1', 8, 2880, 2880],
])('finds the exact ratio %s nearest to %d megapixels', (ratio, megapixels, width, height) => {
	expect(nearestSize(free, parseRatio(ratio, 'aspectRatio'), megapixels * megapixel)).toEqual({
		width,
		height,
	});
});

it('takes the smallest ratio error where no exact size is near', () => {
	const size = nearestSize(free, parseRatio('1.91:1', 'aspectRatio'), megapixel);
	expect(size).toEqual({ width: 1344, height: 704 });
	// No legal size within a quarter of the area is closer to 1.91:1.
	const error = Math.abs(Math.log(size.width / size.height / 1.91));
	const better = legalSizes(free).filter(
		({ width, height }) =>
			width * height >= megapixel / 1.25 &&
			width * height <= megapixel * 1.25 &&
			Math.abs(Math.log(width / height / 1.91)) < error - 1e-9,
	);
	expect(better).toEqual([]);
});

it('every nearest size is legal, whatever is requested', () => {
	for (let step = 0; step < 300; step++) {
		const ratio = 3 ** (Math.sin(step) * 1);
		const pixels = 300_000 + step * 30_000;
		expect(brokenSizeRules(free, nearestSize(free, ratio, pixels))).toEqual([]);
	}
});

it.each([
	['1000x1000', 1008, 1008],
	['16x16', 816, 816],
	['3840x3840', 2880, 2880],
	['3840x2161', 3840, 2160],
])('the legal size nearest to %s is %dx%d', (text, width, height) => {
	const size = parseSize(text);
	if (!size) throw new Error(text);
	expect(nearestLegal(free, size)).toEqual({ width, height });
});

it('names the rule broken, the parameter and a neighbour', () => {
	expect(() => checkSize(free, { width: 1000, height: 1000 }, 'size')).toThrow(
		"'Size' 1000x1000 has a width or height that is not a multiple of 16",
	);
	try {
		checkSize(free, { width: 1000, height: 1000 }, 'size');
	} catch (error) {
		expect(error).toMatchObject({
			code: 'invalid_parameter',
			param: 'size',
			retryable: false,
			billed: 'no',
		});
		expect(error).toHaveProperty('advice', expect.stringContaining('1008x1008'));
	}
});

it('older models have three sizes', () => {
	expect(nearestSize(fixed, 16 / 9, megapixel)).toEqual({ width: 1536, height: 1024 });
	expect(() => checkSize(fixed, { width: 1280, height: 720 }, 'size')).toThrow(
		'1024x1024, 1536x1024, 1024x1536',
	);
});

it('warns above 2560x1440 and not at it', () => {
	expect(checkSize(free, { width: 2560, height: 1440 }, 'size')).toBeUndefined();
	expect(checkSize(free, { width: 2560, height: 1456 }, 'size')).toContain('experimental');
});

it.each([
	[2, 960],
	[9, 960],
	[10, 816],
	[12, 816],
	[13, 720],
	[16, 720],
])('the largest square of an animated GIF of %i frames is %i pixels wide', (count, edge) => {
	const gif = sizeRule(model('gpt-image-2.6-flare'), { count, durationMs: 200 });
	expect(brokenSizeRules(gif, { width: edge, height: edge })).toEqual([]);
	expect(brokenSizeRules(gif, { width: edge + 16, height: edge + 16 })).not.toEqual([]);
});

it.each(['wide', '', '16', '0:9', '16:0', '-1:1', '16:9:4', 'NaN:1'])(
	'refuses the ratio "%s"',
	(text) => {
		expect(() => parseRatio(text, 'aspectRatio')).toThrow("'Aspect Ratio'");
	},
);
