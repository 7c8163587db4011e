/** Exports one image to its channels: opens, fits, draws, encodes. */

import type { Sharp } from 'sharp';
import { toGptImageError, GptImageError } from '../../errors';
import { formatRow, type Channel, type ExportFormat } from '../../rules/channels';
import type { ExportRequest, ExportWarning } from '../../rules/export';
import type { DigitalSource } from '../ai-label';
import { c2paOf } from '../provenance';
import { loadSharp, type SharpLibrary } from '../sharp';
import { withSharpSlot } from '../slots';
import type { Origin } from '../source';
import {
	checkEdge,
	checkScale,
	formatFor,
	labelFor,
	labelState,
	lighterThan,
	warningsFor,
	withAlpha,
} from './decide';
import { encode, type Encoded } from './encode';
import { findFocus, fitImage, planFit, type Focus, type Plan } from './fit';
import { withoutColor } from './key-color';
import { compose } from './layers';
import { decodeLogo } from './logo';
import { decodeOnce, open, type Opened } from './open';
import { isTransparent, openRaw, type Raw } from '../raw';
import { checkGlyphs, type Typefaces } from './text';
import { bundledTypeface, loadTypeface } from './typeface';

export interface NamedBytes {
	readonly bytes: Buffer;
	readonly origin: Origin;
}

export interface ExportInput {
	readonly image: NamedBytes;
	/** Whether the item says that a model made it. */
	readonly isGenerated: boolean;
	readonly logo: NamedBytes | undefined;
	/** Undefined: the font that comes with the package. */
	readonly font: NamedBytes | undefined;
}

export interface ExportedFile extends Encoded {
	readonly channel: string;
	readonly width: number;
	readonly height: number;
	readonly label: ReturnType<typeof labelState>;
	readonly c2pa: ReturnType<typeof c2paOf>;
	readonly warnings: readonly ExportWarning[];
}

export type ExportOutcome =
	| { readonly channel: Channel; readonly file: ExportedFile }
	| { readonly channel: Channel; readonly error: GptImageError };

/** 33 megapixels, 100 MB of RGB. */
const largePixels = 2 ** 25;

/** What is the same for all channels of an image. */
interface Shared {
	readonly opened: Opened;
	readonly image: Raw;
	readonly bytes: Buffer;
	readonly focus: Focus;
	readonly logo: Raw | undefined;
	readonly typefaces: Typefaces;
	readonly label: DigitalSource | undefined;
	readonly isOpaque: boolean;
	readonly warnings: readonly ExportWarning[];
}

/** Whether the file as it came is already what is asked for. */
function isFinished(
	channel: Channel,
	plan: Plan,
	format: ExportFormat,
	maxBytes: number | undefined,
	{ opened, bytes, label }: Shared,
	request: ExportRequest,
): boolean {
	const { source } = opened;
	const isSameSize = plan.size.width === source.width && plan.size.height === source.height;
	return (
		isSameSize &&
		format === opened.format &&
		source.isPlain &&
		!opened.hasMetadata &&
		(label === undefined || label === opened.label) &&
		(maxBytes === undefined || bytes.length <= maxBytes) &&
		!(source.hasAlpha && channel.opaque) &&
		!request.text &&
		!request.logo &&
		!request.keyColor &&
		request.aiBadge === 'none'
	);
}

const least = (one: number | undefined, other: number | undefined): number | undefined =>
	one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);

const middle: Focus = { x: 0.5, y: 0.5 };

async function exportTo(
	sharp: SharpLibrary,
	channel: Channel,
	shared: Shared,
	request: ExportRequest,
): Promise<ExportedFile> {
	const { opened, image, bytes, label } = shared;
	const plan = planFit(opened.source, channel.size, request.fit, request.allowUpscale);
	checkScale(plan, opened, request);
	const { format, warnings } = formatFor(channel, request, opened);
	checkEdge(plan.size, format);
	const maxBytes = least(channel.maxBytes, request.maxBytes);
	const described = { channel: channel.id, ...plan.size };
	if (isFinished(channel, plan, format, maxBytes, shared, request)) {
		return {
			...described,
			bytes,
			format,
			quality: null,
			label: opened.label ? 'written' : 'none',
			c2pa: c2paOf(bytes, bytes),
			warnings: [...warnings, ...warningsFor(channel, plan, opened, format, format)],
		};
	}
	const fitted = await fitImage(sharp, image, plan.size, request.fit, shared.focus);
	const { layers, warnings: drawn } = await compose(sharp, fitted, channel, request, shared);
	const isFlat = channel.opaque === true || !withAlpha(format);
	const make = (): Sharp => {
		const base = openRaw(sharp, fitted);
		const ground = isFlat && !shared.isOpaque ? base.flatten({ background: '#fff' }) : base;
		const composed = layers.length > 0 ? ground.composite([...layers]) : ground;
		// On an opaque image composing leaves an alpha channel that says nothing.
		return isFlat || shared.isOpaque ? composed.removeAlpha() : composed;
	};
	const lighter = lighterThan(format, channel, request, shared.isOpaque);
	const encoded = await encode(make, format, maxBytes, lighter, label);
	return {
		...described,
		...encoded,
		label: labelState(label, encoded.format),
		c2pa: c2paOf(bytes, encoded.bytes),
		warnings: [
			...shared.warnings,
			...warnings,
			...drawn,
			...encoded.warnings,
			...warningsFor(channel, plan, opened, format, encoded.format),
			...(isFlat && !shared.isOpaque
				? [
						{
							code: 'transparency_lost' as const,
							message: `${channel.opaque ? channel.name : formatRow(format).name} does not support transparency: transparent pixels became white`,
						},
					]
				: []),
		],
	};
}

async function loadTypefaces(font: NamedBytes | undefined): Promise<Typefaces> {
	const bundled = await bundledTypeface();
	return font ? [await loadTypeface(font.bytes, font.origin), bundled] : [bundled];
}

async function share(
	sharp: SharpLibrary,
	{ image: { bytes }, isGenerated, logo, font }: ExportInput,
	opened: Opened,
	request: ExportRequest,
): Promise<Shared> {
	const needsLetters = request.text !== undefined || request.aiBadge !== 'none';
	const typefaces = needsLetters ? await loadTypefaces(font) : [];
	const warnings = request.text
		? [
				...checkGlyphs(request.text.headline, 'headline', typefaces),
				...checkGlyphs(request.text.subline, 'subline', typefaces),
			]
		: [];
	const plans = request.channels.map(({ size }) =>
		planFit(opened.source, size, request.fit, request.allowUpscale),
	);
	const decoded = await decodeOnce(sharp, opened, Math.max(...plans.map(({ scale }) => scale)));
	const image = request.keyColor ? await withoutColor(sharp, decoded, request.keyColor) : decoded;
	const widest = { width: Math.max(...plans.map(({ size }) => size.width)) };
	const openedLogo = logo && request.logo && (await open(sharp, logo.bytes, logo.origin));
	return {
		opened,
		image,
		bytes,
		focus: request.fit === 'subject' ? await findFocus(sharp, image) : middle,
		logo:
			openedLogo && request.logo
				? await decodeLogo(sharp, openedLogo, request.logo, widest)
				: undefined,
		typefaces,
		label: labelFor(request, opened, isGenerated),
		isOpaque: !isTransparent(image),
		warnings,
	};
}

const inChannel = ({ name }: Channel, error: GptImageError): GptImageError =>
	error.with({ message: `${name}: ${error.message}` });

/**
 * Makes the files of one image for all its channels, from one decode. Each channel may fail alone.
 * @throws invalid_parameter, missing_glyphs when image, logo, font or text cannot be used at all
 */
export async function exportImage(
	input: ExportInput,
	request: ExportRequest,
): Promise<ExportOutcome[]> {
	const { bytes, origin } = input.image;
	const opened = await open(await loadSharp(), bytes, origin);
	// A very large image takes as much memory as two.
	const places = opened.source.width * opened.source.height > largePixels ? 2 : 1;
	return await withSharpSlot(places, async (sharp) => {
		const shared = await share(sharp, input, opened, request);
		const outcomes: ExportOutcome[] = [];
		for (const channel of request.channels) {
			try {
				outcomes.push({ channel, file: await exportTo(sharp, channel, shared, request) });
			} catch (error) {
				outcomes.push({ channel, error: inChannel(channel, toGptImageError(error)) });
			}
		}
		return outcomes;
	});
}
