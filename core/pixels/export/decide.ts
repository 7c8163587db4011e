import { invalidParameter } from '../../errors';
import { formatRow, type Channel, type ExportFormat } from '../../rules/channels';
import { labels } from '../../rules/labels';
import type { ExportRequest, ExportWarning } from '../../rules/export';
import { grouped } from '../../rules/parameters';
import type { Dimensions } from '../../rules/request-types';
import type { DigitalSource } from '../ai-label';
import type { Plan } from './fit';
import type { Opened } from './open';
import { refused } from './refused';

/** What a channel's file is to be: its label, its format, its size. */

/** An image may be drawn so much larger before it looks soft. */
const mostEnlarged = 1.5;

export const withAlpha = (format: ExportFormat): boolean => formatRow(format).hasAlpha;

/** @param isGenerated whether the item says that a model made the image */
export function labelFor(
	{ aiLabel, logo }: ExportRequest,
	{ label }: Opened,
	isGenerated: boolean,
): DigitalSource | undefined {
	if (aiLabel === 'none') return undefined;
	if (aiLabel !== 'auto') return aiLabel;
	const own = label ?? (isGenerated ? 'trained' : undefined);
	return own && logo ? 'composite' : own;
}

/** What the file says of the label that it should have. */
export function labelState(
	label: DigitalSource | undefined,
	format: ExportFormat,
): 'written' | 'none' | 'impossible' {
	if (!label) return 'none';
	return formatRow(format).hasXmp ? 'written' : 'impossible';
}

const changed = (message: string): ExportWarning => ({ code: 'format_changed', message });

/** @throws invalid_parameter when transparency is asked for and the channel takes none */
export function formatFor(
	channel: Channel,
	{ format, keyColor }: ExportRequest,
	{ format: own }: Opened,
): { readonly format: ExportFormat; readonly warnings: readonly ExportWarning[] } {
	const wanted = format ?? (keyColor && !withAlpha(own) ? 'png' : own);
	const allowed = channel.formats ?? [wanted];
	const fitting = keyColor ? allowed.filter(withAlpha) : allowed;
	const [first] = fitting;
	if (first === undefined || (keyColor && channel.opaque)) {
		throw invalidParameter(
			'keyColor',
			`'${labels.keyColor}' makes pixels transparent, which this channel does not accept`,
			'Export this channel without it.',
		);
	}
	if (fitting.includes(wanted)) return { format: wanted, warnings: [] };
	const message = `${channel.name} does not accept ${formatRow(wanted).name}: written as ${formatRow(first).name}`;
	return { format: first, warnings: format === undefined ? [] : [changed(message)] };
}

/** What a PNG becomes that is too heavy: a photo looks better as a JPEG than with a palette. */
export const lighterThan = (
	format: ExportFormat,
	{ formats }: Channel,
	request: ExportRequest,
	isOpaque: boolean,
): ExportFormat | undefined =>
	format === 'png' &&
	request.format === undefined &&
	isOpaque &&
	(formats === undefined || formats.includes('jpeg'))
		? 'jpeg'
		: undefined;

/** @throws too_small when the image would be enlarged too much */
export function checkScale(
	{ scale, size }: Plan,
	{ source, drawing }: Opened,
	{ allowUpscale }: ExportRequest,
): void {
	if (scale <= mostEnlarged || allowUpscale || drawing) return;
	throw refused(
		'too_small',
		'channels',
		`the image has ${source.width} x ${source.height} pixels and would have to be enlarged ${scale.toFixed(2)} times for ${size.width} x ${size.height}`,
		`Use a larger image, or turn on '${labels.allowUpscale}'; up to ${mostEnlarged} times is always allowed.`,
	);
}

/** @throws invalid_parameter when the format cannot hold an image of that size */
export function checkEdge({ width, height }: Dimensions, format: ExportFormat): void {
	const { name, longestEdge = Infinity } = formatRow(format);
	if (Math.max(width, height) <= longestEdge) return;
	throw invalidParameter(
		'outputFormat',
		`the image has ${width} x ${height} pixels, and ${name} holds up to ${grouped(longestEdge)} on an edge`,
		`Choose PNG in '${labels.outputFormat}', or scale the image down before this node.`,
	);
}

/** @param wanted the format that the file should have had */
export function warningsFor(
	{ name, size }: Channel,
	plan: Plan,
	{ drawing }: Opened,
	wanted: ExportFormat,
	written: ExportFormat,
): ExportWarning[] {
	const warnings: ExportWarning[] = [];
	if (plan.scale > mostEnlarged && !drawing) {
		const message = `Enlarged ${plan.scale.toFixed(1)} times, so it looks blurry`;
		warnings.push({ code: 'enlarged', message });
	}
	if (size && (size.width !== plan.size.width || size.height !== plan.size.height)) {
		const message = `${plan.size.width} x ${plan.size.height} pixels are less than the ${size.width} x ${size.height} of ${name}, which may require exactly that size`;
		warnings.push({ code: 'other_size', message });
	}
	if (written !== wanted) {
		warnings.push(
			changed(`File too large as ${formatRow(wanted).name}: written as ${formatRow(written).name}`),
		);
	}
	return warnings;
}
