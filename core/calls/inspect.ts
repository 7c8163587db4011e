/** Looks at the images of an edit before anything is bought: dimensions, canvas, mask. */

import { invalidParameter } from '../errors';
import { placeOnCanvas } from '../pixels/mask/extend';
import { checkShape } from '../pixels/mask/geometry';
import { checkBox } from '../pixels/mask/mask';
import { loadSharp } from '../pixels/sharp';
import { inspect } from '../pixels/source';
import { exportFormats } from '../rules/channels';
import { labels } from '../rules/labels';
import { grouped } from '../rules/parameters';
import type { Dimensions, Size } from '../rules/request-types';
import { sizeText } from '../rules/size';
import { checkTogether, type EditImage, type EditParams, type UserFile } from './prepare';

/** What a request needs to know about the first image of an edit. */
interface Inspected {
	/** The first image as the user has it, upright; undefined for a URL or a file ID. */
	readonly first: Dimensions | undefined;
	/** The size to request when the image is extended. */
	readonly canvas: Dimensions | undefined;
}

const header = async ({ load, origin }: UserFile) =>
	await inspect(await loadSharp(), await load(), origin);

/** As {@link inspectEdit}, for images that are only looked at. @throws invalid_parameter naming the file */
export async function inspectImages(images: readonly EditImage[]): Promise<void> {
	for (const image of images) if (image.kind === 'file') await header(image.file);
}

/**
 * Checks the inputs of an edit without decoding them, before anything is paid. Whether all pixels can
 * be read, and what a mask marks, is checked when the edit starts, before it is sent.
 * @throws invalid_parameter naming the parameter or the file
 */
export async function inspectEdit(params: EditParams): Promise<Inspected> {
	checkTogether(params);
	const { images, mask } = params;
	const [head, ...others] = images;
	await inspectImages(others);
	if (head?.kind !== 'file') return { first: undefined, canvas: undefined };
	const first = await header(head.file);
	switch (mask.source) {
		case 'field':
			checkShape(await header(mask.file), first, 'mask');
			break;
		case 'box':
			checkBox(mask.box);
			break;
		case 'extend': {
			const { canvas } = placeOnCanvas(first, mask.ratio, mask.anchor, mask.rule);
			return { first: canvas, canvas };
		}
		default:
			break;
	}
	checkEdge(params, first);
	return { first: { width: first.width, height: first.height }, canvas: undefined };
}

const keepsOriginal = ({ preserveOutside, mask }: EditParams): boolean =>
	preserveOutside !== undefined && mask.source !== 'none';

/** @throws invalid_parameter when the result would be as large as its format does not hold */
function checkEdge(params: EditParams, first: Dimensions): void {
	const row = exportFormats.find(({ id }) => id === params.format);
	const longest = Math.max(first.width, first.height);
	if (!keepsOriginal(params) || longest <= (row?.longestEdge ?? Infinity)) return;
	throw invalidParameter(
		'outputFormat',
		`The first image is ${sizeText(first)}, and ${row?.name} holds up to ${grouped(row?.longestEdge ?? 0)} pixels on an edge, so the pixels outside the mask cannot be restored`,
		`Choose PNG in '${labels.outputFormat}', turn off '${labels.keepOutsideMask}', or scale the image down before this node.`,
	);
}

/** @throws invalid_parameter when the original's pixels are to be kept and the shapes differ */
export function checkSizeFits(params: EditParams, { first, canvas }: Inspected, size: Size): void {
	if (!keepsOriginal(params) || !first || canvas || size === 'auto' || isNearShape(size, first))
		return;
	throw invalidParameter(
		'size',
		`'${labels.size}' ${sizeText(size)} has a different aspect ratio than the first image (${sizeText(first)}), so the pixels outside the mask cannot be restored`,
		`Set '${labels.size}' to 'Same as First Image', or turn off '${labels.keepOutsideMask}'.`,
	);
}

/** Legal sizes lie on a grid of 16 pixels, so a match to a few percent is the best there is. */
const isNearShape = (size: Dimensions, first: Dimensions): boolean =>
	Math.abs(Math.log((size.width * first.height) / (size.height * first.width))) < 0.05;
