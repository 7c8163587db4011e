/** Prepares the inputs of an edit as they are sent: images, mask and markup. */

import { invalidParameter } from '../errors';
import { extendCanvas, type ExtendParams } from '../pixels/mask/extend';
import { prepareInput, type PreparedInput } from '../pixels/input';
import { prepareMarkup } from '../pixels/markup';
import { maskFromBox, scaleMask, type Box, type Mask } from '../pixels/mask/mask';
import { maskFromImage, maskFromTransparency, type MaskMeaning } from '../pixels/mask/from-image';
import type { Placement } from '../pixels/mask/geometry';
import type { Origin } from '../pixels/source';
import { choiceName } from '../rules/choices';
import { checkDataUrl, checkImagesTogether, checkReferences } from '../rules/edit';
import { labels } from '../rules/labels';
import { common } from '../rules/models';
import type { ImageModel, OutputFormat } from '../rules/model-types';
import type { Dimensions, EditInputs, InputImage } from '../rules/request-types';
import { prepareDigest } from './key';

/** A user's file, read only when it is needed. */
export interface UserFile {
	readonly origin: Origin;
	/** As its sender declared it; often wrong, so it is used only if the content does not tell. */
	readonly mimeType?: string;
	readonly load: () => Promise<Buffer>;
}

/** An input image as the user names it. */
export type EditImage = { readonly label: string } & (
	| { readonly kind: 'file'; readonly file: UserFile }
	| { readonly kind: 'url'; readonly url: string }
	| { readonly kind: 'fileId'; readonly fileId: string }
);

export type MaskParams =
	| { readonly source: 'none' | 'transparency' }
	| { readonly source: 'field'; readonly file: UserFile; readonly meaning: MaskMeaning }
	| { readonly source: 'box'; readonly box: Box }
	| ({ readonly source: 'extend' } & ExtendParams);

export interface EditParams {
	readonly row: ImageModel | undefined;
	readonly format: OutputFormat;
	readonly images: readonly EditImage[];
	readonly mask: MaskParams;
	/** Restore the original's pixels outside the mask, with a feather of so many pixels. */
	readonly preserveOutside: { readonly feather: number } | undefined;
	readonly markup: UserFile | undefined;
	/** Whether the parameters demand the JSON form, which sends images as text. */
	readonly asJson: boolean;
}

/** What is needed after the call to restore the original's pixels. */
export interface PreservePlan {
	readonly original: Buffer;
	readonly origin: Origin;
	readonly placement: Placement | undefined;
	readonly mask: Mask;
	readonly feather: number;
}

/** The inputs of one edit, ready to be sent. */
export interface PreparedEdit extends EditInputs {
	readonly preserve: PreservePlan | undefined;
	/** What was done to the inputs, for `warnings`. */
	readonly notes: readonly string[];
}

/** Whether an edit must be sent as JSON: files alone can go as multipart. */
const needsJson = (params: Pick<EditParams, 'images' | 'asJson'>): boolean =>
	params.asJson || params.images.some(({ kind }) => kind !== 'file');

/** @throws invalid_parameter for parameters that exclude each other */
export function checkTogether(params: EditParams): void {
	checkReferences(params.images.length, params.row);
	const isMasked = params.mask.source !== 'none';
	if (isMasked && params.images[0]?.kind !== 'file') {
		throw invalidParameter(
			'maskSource',
			`'${labels.maskSource}' is set, but the first image is not a binary field`,
			'A mask applies to the first image: load that image into a binary field of the item.',
		);
	}
	if (isMasked && !common.streamable.includes(params.format)) {
		throw invalidParameter(
			'maskSource',
			`'${labels.maskSource}' is set, but ${choiceName('outputFormat', params.format)} cannot be edited with a mask`,
			`Set it to 'Whole Image', or choose PNG, JPEG or WebP in '${labels.outputFormat}'.`,
		);
	}
	if (!params.markup) return;
	if (params.row && !params.row.markup) {
		throw invalidParameter(
			'markupField',
			`${params.row.id} does not support '${labels.markupField}'`,
			'Remove the option, or choose another model.',
		);
	}
	if (isMasked) {
		throw invalidParameter(
			'markupField',
			`'${labels.markupField}' and '${labels.maskSource}' are both set`,
			`OpenAI accepts only one of them: remove the option, or set '${labels.maskSource}' to 'Whole Image'.`,
		);
	}
	if (needsJson(params)) {
		throw invalidParameter(
			'markupField',
			`'${labels.markupField}' is set, but markup can only be sent with images from binary fields`,
			`Load all images into binary fields, and leave '${labels.moderation}' at 'Auto'.`,
		);
	}
}

/** @returns what was done to each image, for `warnings` */
export const notesOf = (images: ReadonlyArray<InputImage | PreparedInput>): string[] =>
	images.flatMap((image, index) =>
		'changes' in image && image.changes.length > 0
			? [`Image ${index + 1} was ${image.changes.join(', ')}`]
			: [],
	);

async function makeMask(
	mask: MaskParams,
	bytes: Buffer,
	origin: Origin,
	full: Dimensions,
): Promise<Mask | undefined> {
	switch (mask.source) {
		case 'field':
			return await maskFromImage(await mask.file.load(), mask.file.origin, full, mask.meaning);
		case 'box':
			return await maskFromBox(mask.box, full);
		case 'transparency':
			return await maskFromTransparency(bytes, origin);
		default:
			return undefined;
	}
}

interface First extends Pick<PreparedEdit, 'preserve'> {
	readonly image: PreparedInput;
	readonly mask: Mask | undefined;
}

/** The image that a mask and a larger canvas are about. */
async function prepareFirst({ load, origin }: UserFile, params: EditParams): Promise<First> {
	const { row, mask: asked, preserveOutside } = params;
	const original = await load();
	const extension =
		asked.source === 'extend' ? await extendCanvas(original, origin, asked) : undefined;
	const image = extension?.image ?? (await prepareInput(original, origin, row?.inputTokens));
	const mask = extension?.mask ?? (await makeMask(asked, original, origin, image.full));
	const plan = mask && { original, origin, placement: extension?.placement, mask };
	return { image, mask, preserve: plan && preserveOutside && { ...plan, ...preserveOutside } };
}

/**
 * Upright images in a format the API accepts, the mask in the first image's dimensions, the canvas if
 * the image is extended, and the plan for restoring the original's pixels.
 * @throws invalid_parameter for whatever the API would refuse, and for unusable masks
 */
export async function prepareEdit(params: EditParams): Promise<PreparedEdit> {
	checkTogether(params);
	const { row, markup } = params;
	const images: Array<InputImage | PreparedInput> = [];
	let first: First | undefined;
	for (const [index, image] of params.images.entries()) {
		if (image.kind !== 'file') {
			images.push(image);
		} else if (index === 0) {
			first = await prepareFirst(image.file, params);
			images.push(first.image);
		} else {
			const { load, origin } = image.file;
			images.push(await prepareInput(await load(), origin, row?.inputTokens));
		}
		// Before the next one is in memory, too.
		checkSizes(images, params);
	}
	for (const image of images) if (image.kind === 'bytes') await prepareDigest(image.bytes);

	const mask = first?.mask && (await maskFor(first.image, first.mask));
	return {
		images,
		mask: mask?.png,
		markup:
			markup && first && (await prepareMarkup(await markup.load(), markup.origin, first.image)),
		preserve: first?.preserve,
		notes: [...notesOf(images), ...(mask?.notes ?? [])],
	};
}

const maskFor = async (sent: Dimensions, mask: Mask): Promise<Mask> =>
	mask.width === sent.width && mask.height === sent.height ? mask : await scaleMask(mask, sent);

function checkSizes(images: readonly InputImage[], params: EditParams): void {
	const asJson = needsJson(params);
	let sum = 0;
	for (const [index, image] of images.entries()) {
		if (image.kind !== 'bytes') continue;
		const { length } = image.bytes;
		if (asJson) checkDataUrl(length, image.mimeType, `Image ${index + 1} in '${labels.images}'`);
		sum += length;
	}
	const first = params.images.find((image) => image.kind === 'file');
	checkImagesTogether(sum, asJson, first?.file.origin.param ?? 'images');
}
