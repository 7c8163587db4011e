/** Extending an image: a larger canvas whose margin the model fills. */

import type { Sharp } from 'sharp';
import { invalidParameter, type GptImageError } from '../../errors';
import { choiceName, type ValueOf } from '../../rules/choices';
import { labels } from '../../rules/labels';
import type { FixedSizes, FreeSizes } from '../../rules/model-types';
import type { Dimensions } from '../../rules/request-types';
import { excerpt } from '../../rules/parameters';
import { brokenSizeRules, legalSizes, nearestSize, parseRatio, sizeText } from '../../rules/size';
import { inputOf, type PreparedInput } from '../input';
import { edited, kept, maskOf, type Mask, type Plane } from './mask';
import { layOnCanvas, type Placement } from './geometry';
import type { SharpLibrary } from '../sharp';
import { withDecoded, inspect, readToEnd, type Origin, type Source } from '../source';
import { withSharpSlot } from '../slots';

/** Where the original stays on the larger canvas. */
export type ExtendAnchor = ValueOf<'extendAnchor'>;

export interface ExtendParams {
	/** The shape of the canvas, e.g. `16:9`. */
	readonly ratio: string;
	readonly anchor: ExtendAnchor;
	readonly rule: FreeSizes | FixedSizes;
}

export interface Extension {
	/** The canvas as it is uploaded: PNG, the margin transparent. */
	readonly image: PreparedInput;
	readonly mask: Mask;
	/** For `preserveOutside`, which puts the original back; `placement.canvas` is the size to ask for. */
	readonly placement: Placement;
}

/** Shapes this near to each other look the same. */
const sameShape = (one: number, other: number): boolean =>
	Math.abs(Math.log(one / other)) < Math.log(1.01);

function wrongRatio(shape: string, advice: string): GptImageError {
	return invalidParameter('extendRatio', `'${labels.extendRatio}' is ${shape}`, advice);
}

function checkRatio(rule: FreeSizes | FixedSizes, shape: string, first: Dimensions): number {
	const ratio = parseRatio(shape, 'extendRatio');
	if (rule.rule === 'free' && Math.max(ratio, 1 / ratio) > rule.longestRatio * (1 + 1e-9)) {
		throw wrongRatio(
			`${excerpt(shape)}, longer than the model supports`,
			`Use a ratio from 1:${rule.longestRatio} to ${rule.longestRatio}:1.`,
		);
	}
	if (
		rule.rule === 'fixed' &&
		!legalSizes(rule).some(({ width, height }) => sameShape(width / height, ratio))
	) {
		throw wrongRatio(
			`${excerpt(shape)}, a shape that this model does not support`,
			`It supports only ${rule.sizes.join(', ')}. Use the ratio of one of them, or another model.`,
		);
	}
	if (sameShape(ratio, first.width / first.height)) {
		throw wrongRatio(
			`${excerpt(shape)}, which is already the shape of the first image (${sizeText(first)})`,
			`Use another ratio, or set '${labels.maskSource}' to '${choiceName('maskSource', 'none')}'.`,
		);
	}
	return ratio;
}

/** The smallest legal canvas around the unscaled original; undefined when the limits forbid it. */
function canvasAround(
	rule: FreeSizes | FixedSizes,
	first: Dimensions,
	ratio: number,
): Dimensions | undefined {
	if (rule.rule === 'fixed') return undefined;
	const step = rule.multipleOf;
	const least = {
		width: Math.ceil(first.width / step) * step,
		height: Math.ceil(first.height / step) * step,
	};
	const isWider = ratio > first.width / first.height;
	const grown = Math.round((isWider ? least.height * ratio : least.width / ratio) / step) * step;
	const canvas = isWider
		? { width: Math.max(grown, least.width), height: least.height }
		: { width: least.width, height: Math.max(grown, least.height) };
	return brokenSizeRules(rule, canvas).length === 0 ? canvas : undefined;
}

function offset(space: number, anchor: ExtendAnchor, start: ExtendAnchor, end: ExtendAnchor) {
	if (anchor === start) return 0;
	return anchor === end ? space : Math.floor(space / 2);
}

/**
 * Where the original lies on the canvas, without reading its pixels: enough for a price. It keeps its
 * size if a legal canvas around it exists, else it is scaled to the legal canvas nearest in area.
 * @param first dimensions of the first image after its EXIF orientation
 * @param shape the requested shape, e.g. `16:9`
 * @throws invalid_parameter when it is no ratio, not one of the model's, or the image's own
 */
export function placeOnCanvas(
	first: Dimensions,
	shape: string,
	anchor: ExtendAnchor,
	rule: FreeSizes | FixedSizes,
): Placement {
	const ratio = checkRatio(rule, shape, first);
	const around = canvasAround(rule, first, ratio);
	const area = Math.max(first.width ** 2 / ratio, first.height ** 2 * ratio);
	const canvas = around ?? nearestSize(rule, ratio, area);
	const scale = around ? 1 : Math.min(canvas.width / first.width, canvas.height / first.height);
	const width = Math.min(canvas.width, Math.round(first.width * scale));
	const height = Math.min(canvas.height, Math.round(first.height * scale));
	const left = offset(canvas.width - width, anchor, 'left', 'right');
	const top = offset(canvas.height - height, anchor, 'top', 'bottom');
	return { left, top, width, height, canvas };
}

function marginPlane({ left, top, width, height, canvas }: Placement): Plane {
	const plane = Buffer.alloc(canvas.width * canvas.height, edited);
	for (let row = top; row < top + height; row++) {
		const start = row * canvas.width + left;
		plane.fill(kept, start, start + width);
	}
	return plane;
}

async function drawCanvas(
	sharp: SharpLibrary,
	image: Sharp,
	source: Source,
	placement: Placement,
	plane: Plane,
): Promise<Buffer> {
	const { width, height } = placement.canvas;
	const canvasImage = layOnCanvas(image, source, placement);
	if (source.hasAlpha) return await canvasImage.png().toBuffer();
	// sharp joins channels before it extends, whatever the order of the calls.
	const pixels = await canvasImage.raw().toBuffer();
	return await sharp(pixels, { raw: { width, height, channels: 3 } })
		.joinChannel(plane, { raw: { width, height, channels: 1 } })
		.png()
		.toBuffer();
}

/**
 * Lays the user's first image on a larger canvas for the model to fill the margin.
 * @throws invalid_parameter: see `placeOnCanvas`, and everything that makes an image unusable
 */
export async function extendCanvas(
	bytes: Buffer,
	origin: Origin,
	{ ratio, anchor, rule }: ExtendParams,
): Promise<Extension> {
	return await withSharpSlot(1, async (sharp) => {
		const source = await inspect(sharp, bytes, origin);
		const placement = placeOnCanvas(source, ratio, anchor, rule);
		const { canvas } = placement;
		const isScaled = placement.width !== source.width || placement.height !== source.height;
		if (isScaled) await readToEnd(sharp, source);
		const plane = marginPlane(placement);
		const mask = await maskOf(sharp, plane, canvas, 'extendRatio');
		const png = await withDecoded(sharp, source, (image) =>
			drawCanvas(sharp, image, source, placement, plane),
		);
		const changes = [...source.changes];
		if (isScaled) {
			changes.push(
				`scaled from ${sizeText(source)} to ${sizeText(placement)}, because the model's sizes do not allow a canvas of ${ratio} around the full size`,
			);
		}
		changes.push(`placed on a canvas of ${sizeText(canvas)}`);
		return {
			image: inputOf(source, png, 'png', canvas, changes),
			mask,
			placement,
		};
	});
}
