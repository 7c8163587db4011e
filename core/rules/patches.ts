/** Patches: the unit in which newer models count input images. */

import type { InputTokens } from './model-types';
import type { Dimensions } from './request-types';

type PatchRule = Extract<InputTokens, { rule: 'patches' }>;

/** How many patches cover an image; partly covered ones count. */
export const countPatches = ({ patch }: PatchRule, { width, height }: Dimensions): number =>
	Math.ceil(width / patch) * Math.ceil(height / patch);

/**
 * The size at which a model sees an image that has more patches than its budget, or a longer edge
 * than it looks at: scaled down to both, then to whole patches along the edge that fits worse.
 * Source: forum thread 1382940 (over 100 measured edits of gpt-image-2, June 2026), checked by two
 * more people on own runs. Fairly sure; not measured on 2.6.
 * @param size pixels, after EXIF orientation
 */
export function fitPatches(rule: PatchRule, size: Dimensions): Dimensions {
	const { longestEdge = Infinity } = rule;
	const edge = Math.min(1, longestEdge / Math.max(size.width, size.height));
	const width = edge < 1 ? Math.max(1, Math.round(size.width * edge)) : size.width;
	const height = edge < 1 ? Math.max(1, Math.round(size.height * edge)) : size.height;
	if (countPatches(rule, { width, height }) <= rule.budget) return { width, height };
	const fit = Math.sqrt((rule.patch * rule.patch * rule.budget) / (width * height));
	const across = (width * fit) / rule.patch;
	const down = (height * fit) / rule.patch;
	// A strip lower than a patch has one row of them.
	const scale =
		Math.min(across, down) < 1
			? (rule.patch * rule.budget) / Math.max(width, height)
			: fit * Math.min(Math.floor(across) / across, Math.floor(down) / down);
	const scaled = (length: number): number => Math.max(1, Math.floor(length * scale));
	return { width: scaled(width), height: scaled(height) };
}
