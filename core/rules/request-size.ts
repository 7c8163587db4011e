/** The size that a request asks for, as the node's parameters give it. */

import { invalidParameter } from '../errors';
import { labels } from './labels';
import { assumedRow } from './model';
import type { ImageModel } from './model-types';
import { namedSizes } from './models';
import { excerpt, display, findChoice, numberFrom, toText, wholeNumber } from './parameters';
import type { Dimensions, Frames, ImageParams, Size } from './request-types';
import {
	checkSize,
	nearestSize,
	parseRatio,
	parseSize,
	pixelsPerMegapixel,
	sizeRule,
} from './size';

function sizeOfRatio(
	row: ImageModel | undefined,
	frames: Frames | undefined,
	params: ImageParams,
	param: 'aspectRatio' | 'size',
): Size {
	const text = toText(params[param]);
	const ratio = parseRatio(text, param);
	const advice = 'Enter a number from 0.01 to 100; 1 is about 1024x1024 pixels.';
	const megapixels = numberFrom('megapixels', params.megapixels ?? 1, 0.01, 100, advice);
	const rule = sizeRule(assumedRow(row), frames);
	if (rule.rule === 'free' && Math.max(ratio, 1 / ratio) > rule.longestRatio * (1 + 1e-9)) {
		throw invalidParameter(
			param,
			`'${labels[param]}' ${display(text)} is beyond ${rule.longestRatio}:1`,
			`Use a ratio between 1:${rule.longestRatio} and ${rule.longestRatio}:1.`,
		);
	}
	return nearestSize(rule, ratio, megapixels * pixelsPerMegapixel);
}

function checkedSize(
	row: ImageModel | undefined,
	frames: Frames | undefined,
	size: Dimensions,
	warnings: string[],
): Size {
	if (row) {
		const warning = checkSize(sizeRule(row, frames), size, 'size');
		if (warning) warnings.push(warning);
	}
	return size;
}

/** `16:9` or `4/5`; a size in pixels has an x. */
const ratioText = /^\s*\d+(?:\.\d+)?\s*[:/]\s*\d+(?:\.\d+)?\s*$/;

/** @param text `1024x1024`, also as the list shows it: `1024x1024 (Square)`, `Square` */
function namedSize(text: string): Dimensions | undefined {
	const size = parseSize(text.replace(/\([^)]*\)\s*$/, ''));
	if (size) return size.width > 0 && size.height > 0 ? size : undefined;
	const wanted = text.toLowerCase();
	const named = namedSizes.find(({ label }) => label.toLowerCase() === wanted);
	return named && parseSize(named.size);
}

/** @throws invalid_parameter naming the parameter and what is allowed */
export function resolveSize(
	row: ImageModel | undefined,
	frames: Frames | undefined,
	params: ImageParams,
	warnings: string[],
): Size {
	const isEdit = params.operation === 'edit';
	const text =
		toText(params.size ?? '')
			.trim()
			.slice(0, 100) || (isEdit ? 'input' : '1024x1024');
	const kind = findChoice('size', text);
	if (kind === 'auto') return kind;
	if (kind === 'ratio') return sizeOfRatio(row, frames, params, 'aspectRatio');
	if (kind === 'input' && isEdit) {
		const first = params.firstImage;
		if (!first) return 'auto';
		return nearestSize(
			sizeRule(assumedRow(row), frames),
			first.width / first.height,
			first.width * first.height,
		);
	}
	if (kind === 'custom') {
		const width = wholeNumber('width', params.width, 1, Number.MAX_SAFE_INTEGER);
		const height = wholeNumber('height', params.height, 1, Number.MAX_SAFE_INTEGER);
		return checkedSize(row, frames, { width, height }, warnings);
	}
	if (ratioText.test(text)) return sizeOfRatio(row, frames, params, 'size');
	const named = namedSize(text);
	if (!named) {
		throw invalidParameter(
			'size',
			`'${labels.size}' is "${excerpt(text)}"`,
			'Use WIDTHxHEIGHT (e.g. 1024x1024), a ratio (e.g. 16:9) or Auto.',
		);
	}
	return checkedSize(row, frames, named, warnings);
}
