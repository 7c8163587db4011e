/** Tokens of input images, by the rule of each model. */

import type { ChatVision, InputFidelity, InputTokens } from '../rules/model-types';
import { common } from '../rules/models';
import { countPatches, fitPatches } from '../rules/patches';
import type { Dimensions, Operation } from '../rules/request-types';
import type { TokenRange } from './output-tokens';

const ENLARGE_BELOW = 1024;
const MOST_ENLARGED = 2;
/** A longer image is counted on a canvas of this ratio (forum measurements). */
const LONGEST_RATIO = 3;

/**
 * Patch rule of gpt-image-2 and 2.5: small images are enlarged, then {@link fitPatches} applies,
 * with the same source. Fairly sure; not measured on 2.6.
 */
function patchTokens(rule: Extract<InputTokens, { rule: 'patches' }>, image: Dimensions): number {
	const longest = Math.max(image.width, image.height);
	const grow = longest < ENLARGE_BELOW ? Math.min(ENLARGE_BELOW / longest, MOST_ENLARGED) : 1;
	const width = Math.round(image.width * grow);
	const height = Math.round(image.height * grow);
	return countPatches(rule, fitPatches(rule, { width, height }));
}

const TILE = 512;

/**
 * Tile rule of gpt-image-1.5 and 1-mini: the shortest edge is scaled to 512, tiles of 512 are
 * counted; high fidelity adds a fixed number. Source: OpenAI's vision guide, confirmed by two
 * readers. Fairly sure.
 */
function tileTokens(
	{ base, perTile, highFidelity }: Extract<InputTokens, { rule: 'tiles' }>,
	{ width, height }: Dimensions,
	fidelity: InputFidelity | undefined,
): number {
	const tiles = Math.ceil(Math.max(width, height) / Math.min(width, height));
	const low = base + perTile * tiles;
	if (fidelity !== 'high' || !highFidelity) return low;
	return low + (width === height ? highFidelity.square : highFidelity.other);
}

/** For an image of unknown size: from a single patch or tile to the most expensive shape. */
function unknownImage(rule: InputTokens, fidelity: InputFidelity | undefined): TokenRange {
	if (rule.rule === 'patches') return { min: 1, max: rule.budget };
	return {
		min: tileTokens(rule, { width: TILE, height: TILE }, fidelity),
		max: tileTokens(rule, { width: LONGEST_RATIO * TILE, height: TILE }, fidelity),
	};
}

/**
 * Image input tokens of one input image; the mask is not counted.
 * @param image its pixels after EXIF orientation, or `unknown` (a URL or a file ID)
 * @returns a range for an unknown image and for one longer than 3:1, where measurements disagree
 */
export function inputImageTokens(
	rule: InputTokens,
	image: Dimensions | 'unknown',
	fidelity?: InputFidelity,
): TokenRange {
	if (image === 'unknown') return unknownImage(rule, fidelity);
	const tokens = (size: Dimensions) =>
		rule.rule === 'patches' ? patchTokens(rule, size) : tileTokens(rule, size, fidelity);
	const plain = tokens(image);
	const { width, height } = image;
	if (Math.max(width, height) <= LONGEST_RATIO * Math.min(width, height)) {
		return { min: plain, max: plain };
	}
	const wide = width > height;
	const onCanvas = tokens({
		width: wide ? width : Math.ceil(height / LONGEST_RATIO),
		height: wide ? Math.ceil(width / LONGEST_RATIO) : height,
	});
	return { min: Math.min(plain, onCanvas), max: Math.max(plain, onCanvas) };
}

/**
 * Text tokens that the API adds to the prompt. Generations: 6 on every model (two independent
 * measurements; fairly sure). Edits: undocumented; 15 to 81 were measured on gpt-image-1.5 with one
 * or two images and nothing on later models, so up to 100 per input image are allowed for. Unsure.
 */
export function textOverhead(operation: Operation, images: number): TokenRange {
	const least = common.promptOverheadTokens;
	return {
		min: least,
		max: operation === 'generate' ? least : least + 100 * Math.max(1, images),
	};
}

/**
 * Tokens that a chat model bills for an image with the detail `high`. Unlike an image model it does
 * not enlarge small ones.
 * @param image its pixels after EXIF orientation, or `unknown` (a URL or a file ID)
 */
export function visionTokens(
	{ patches, tokensPerPatch: [least, most] }: ChatVision,
	image: Dimensions | 'unknown',
): TokenRange {
	const known = image === 'unknown' ? undefined : countPatches(patches, fitPatches(patches, image));
	return {
		min: Math.ceil((known ?? 1) * least),
		max: Math.ceil((known ?? patches.budget) * most),
	};
}
