import { imageUserError, invalidValue } from './errors';
import type { ImageModel } from './models';

export interface Size {
	width: number;
	height: number;
}

const longestEdge = 3840;
const fewestPixels = 655_360;
const mostPixels = 8_294_400;
const fixedSizes = ['1024x1024', '1024x1536', '1536x1024'];

export const sizeText = ({ width, height }: Size): string => `${width}x${height}`;

/** Reads and checks an explicit size; 'auto' and absent are for {@link autoSize}. */
export function explicitSize(model: ImageModel, text: string, gifFrames?: number): Size {
	if (!model.freeSizes) {
		if (!fixedSizes.includes(text)) throw invalidValue('size', text, [...fixedSizes, 'auto']);
		return parse(text);
	}
	const size = parse(text);
	if (gifFrames === undefined) checkFree(size);
	else checkGif(size, gifFrames);
	return size;
}

function parse(text: string): Size {
	const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
	if (width === undefined || height === undefined) {
		throw imageUserError(
			`Invalid size '${text}'. Use 'auto' or a size such as '1536x864'.`,
			'size',
			'invalid_value',
		);
	}
	return { width: Number(width), height: Number(height) };
}

function checkFree(size: Size): void {
	checkShape(size);
	checkBudget(size);
}

/** All frames of a GIF lie on one sheet, and it is the sheet that must fit the limits. */
function checkGif(size: Size, frames: number): void {
	checkShape(size);
	const sheets = gifSheets(size, frames);
	const fitting = sheets.find(
		(sheet) => Math.max(sheet.width, sheet.height) <= longestEdge && area(sheet) <= mostPixels,
	);
	checkBudget(fitting ?? sheets[0] ?? size);
}

function checkShape({ width, height }: Size): void {
	if (width % 16 !== 0 || height % 16 !== 0) {
		throw refusal('Width and height must both be divisible by 16.');
	}
	if (Math.max(width, height) > longestEdge) {
		throw refusal(`The longest edge must be less than or equal to ${longestEdge}.`);
	}
	if (width === 0 || height === 0 || Math.max(width, height) > 3 * Math.min(width, height)) {
		throw refusal('The aspect ratio must be between 1:3 and 3:1.');
	}
}

function checkBudget(size: Size): void {
	if (Math.max(size.width, size.height) > longestEdge) {
		throw refusal(`The longest edge must be less than or equal to ${longestEdge}.`);
	}
	if (area(size) < fewestPixels) {
		throw refusal('Requested resolution is below the current minimum pixel budget.');
	}
	if (area(size) > mostPixels) {
		throw refusal('Requested resolution exceeds the current pixel budget.');
	}
}

const area = ({ width, height }: Size): number => width * height;

const refusal = (message: string) => imageUserError(message, 'size', 'invalid_value');

/** The sheets on which that many frames can be laid; two ways round where rows and columns differ. */
export function gifSheets({ width, height }: Size, frames: number): Size[] {
	const columns = frames > 9 ? 4 : 3;
	const rows = frames > 12 ? 4 : 3;
	const sheets = [{ width: width * columns, height: height * rows }];
	if (columns !== rows) sheets.push({ width: width * rows, height: height * columns });
	return sheets;
}

/**
 * What 'auto' becomes. Free-size models answer with edges that no request could ask for; the four
 * pairs were seen in real answers.
 */
export function autoSize(model: ImageModel, ratio: number, gifFrames?: number): Size {
	if (gifFrames !== undefined) {
		const edge = gifFrames > 12 ? 720 : gifFrames > 9 ? 816 : 960;
		return { width: edge, height: edge };
	}
	const seen: Size[] = model.freeSizes
		? [
				{ width: 1254, height: 1254 },
				{ width: 1312, height: 1199 },
				{ width: 1145, height: 1374 },
				{ width: 1122, height: 1402 },
			]
		: fixedSizes.map(parse);
	return seen.reduce((best, size) =>
		Math.abs(Math.log(size.width / size.height / ratio)) <
		Math.abs(Math.log(best.width / best.height / ratio))
			? size
			: best,
	);
}

/** The width to height ratio that a prompt's words ask for, as the model would choose it. */
export function ratioHint(prompt: string): number {
	if (/\b(landscape|wide|banner|panorama)\b/i.test(prompt)) return 3 / 2;
	if (/\b(portrait|tall|poster|story)\b/i.test(prompt)) return 2 / 3;
	return 1;
}
