import { invalidParameter } from './errors';
import { extendCanvas, type ExtendWish } from './picture/extend';
import { prepareInput, type PreparedInput } from './picture/inputs';
import { prepareMarkup } from './picture/markup';
import { maskFromBox, scaleMask, type Box, type Mask } from './picture/mask';
import { maskFromPicture, maskFromTransparency, type MaskMeaning } from './picture/mask-picture';
import type { Placement } from './picture/place';
import type { Origin } from './picture/source';
import { checkDataUrl, checkReferences } from './rules/edit';
import type { InputDocument } from './rules/conversation-types';
import { labels } from './rules/labels';
import { common } from './rules/models';
import type { ImageModel, OutputFormat } from './rules/model-types';
import type { Dimensions, EditInputs, InputImage, Size } from './rules/request-types';

/** A file of the user's that is read when it is needed, and only then held in memory. */
export interface UserFile {
	readonly origin: Origin;
	/** As its sender said; often wrong, so it is asked only where the content does not tell. */
	readonly mimeType?: string;
	readonly load: () => Promise<Buffer>;
}

/** An input image as the user names it. */
export type EditImage = { readonly label: string } & (
	| { readonly kind: 'file'; readonly file: UserFile }
	| { readonly kind: 'url'; readonly url: string }
	| { readonly kind: 'fileId'; readonly fileId: string }
);

export type MaskWish =
	| { readonly source: 'none' | 'transparency' }
	| { readonly source: 'field'; readonly file: UserFile; readonly meaning: MaskMeaning }
	| { readonly source: 'box'; readonly box: Box }
	| ({ readonly source: 'extend' } & ExtendWish);

export interface EditWish {
	readonly row: ImageModel | undefined;
	/** What the answer will be. */
	readonly format: OutputFormat;
	readonly images: readonly EditImage[];
	readonly mask: MaskWish;
	/** Put the original's pixels back outside the mask, with a feather of so many pixels. */
	readonly keepOutside: { readonly feather: number } | undefined;
	readonly markup: UserFile | undefined;
	readonly shrink: boolean;
	/** Whether the parameters demand the JSON form, which sends images as text. */
	readonly asJson: boolean;
}

/** What is needed after the call to put the original's pixels back. */
export interface KeepPlan {
	readonly original: Buffer;
	readonly origin: Origin;
	readonly placement: Placement | undefined;
	readonly mask: Mask;
	readonly feather: number;
}

/** The inputs of one edit, ready to be sent. */
export interface PreparedEdit extends EditInputs {
	/** The first image as the user has it, upright; undefined for a URL or a file ID. */
	readonly first: Dimensions | undefined;
	/** The size to ask for, where the picture grows. */
	readonly canvas: Dimensions | undefined;
	readonly keep: KeepPlan | undefined;
	/** What was done to the inputs, for `warnings`. */
	readonly notes: readonly string[];
}

/** Whether an edit must be sent as JSON: files alone can go as multipart. */
export const needsJson = (wish: Pick<EditWish, 'images' | 'asJson'>): boolean =>
	wish.asJson || wish.images.some(({ kind }) => kind !== 'file');

interface First {
	readonly bytes: Buffer;
	readonly file: UserFile;
	readonly image: PreparedInput;
}

async function makeMask(wish: EditWish, first: First): Promise<Mask | undefined> {
	const { mask } = wish;
	const { full } = first.image;
	switch (mask.source) {
		case 'field':
			return await maskFromPicture(await mask.file.load(), mask.file.origin, full, mask.meaning);
		case 'box':
			return await maskFromBox(mask.box, full);
		case 'transparency':
			return await maskFromTransparency(first.bytes, first.file.origin);
		default:
			return undefined;
	}
}

function checkTogether(wish: EditWish): void {
	checkReferences(wish.images.length, wish.row);
	const isMasked = wish.mask.source !== 'none';
	if (isMasked && wish.images[0]?.kind !== 'file') {
		throw invalidParameter(
			'maskSource',
			`'${labels.maskSource}' is set, but the first image is not a binary field`,
			'A mask is made for the pixels of the first image: load that picture into a binary field of the item.',
		);
	}
	if (isMasked && common.unstreamable.includes(wish.format)) {
		throw invalidParameter(
			'maskSource',
			`'${labels.maskSource}' is set, but a ${wish.format} cannot be edited with a mask`,
			`Set the mask to None, or choose png, jpeg or webp in '${labels.outputFormat}'.`,
		);
	}
	if (!wish.markup) return;
	if (wish.row && !wish.row.markup) {
		throw invalidParameter(
			'markupField',
			`'${labels.markupField}' is set, which ${wish.row.id} does not take`,
			`Remove the option, or choose another model in '${labels.model}'.`,
		);
	}
	if (isMasked) {
		throw invalidParameter(
			'markupField',
			`'${labels.markupField}' and '${labels.maskSource}' are both set`,
			'OpenAI takes one of them: remove the option, or set the mask to None.',
		);
	}
	if (needsJson(wish)) {
		throw invalidParameter(
			'markupField',
			`'${labels.markupField}' is set, but markup can only be sent with images from binary fields`,
			`Load all images into binary fields, and leave '${labels.moderation}' at Auto.`,
		);
	}
}

async function sendable(
	image: EditImage,
	prepare: (file: UserFile) => Promise<PreparedInput>,
): Promise<InputImage | PreparedInput> {
	return image.kind === 'file' ? await prepare(image.file) : image;
}

const noteOf = (image: InputImage | PreparedInput, index: number): string[] =>
	'changes' in image && image.changes.length > 0
		? [`Image ${index + 1} was ${image.changes.join(', ')}`]
		: [];

/**
 * Makes everything that an edit sends: upright pictures in a format the API takes, the mask in the
 * first image's dimensions, the canvas when the picture is to grow.
 * @returns bytes ready to be sent, and the plan for putting the original's pixels back
 * @throws invalid_parameter for whatever the API would refuse, and for masks that make no sense
 */
export async function prepareEdit(wish: EditWish): Promise<PreparedEdit> {
	checkTogether(wish);
	const shrinkFor = wish.shrink ? wish.row?.inputTokens : undefined;
	const prepare = async ({ load, origin }: UserFile) =>
		await prepareInput(await load(), origin, shrinkFor);

	const [head, ...others] = wish.images;
	const images: Array<InputImage | PreparedInput> = [];
	let mask: Mask | undefined;
	let keep: KeepPlan | undefined;
	let placement: Placement | undefined;
	let full: Dimensions | undefined;
	if (head?.kind === 'file') {
		const { file } = head;
		const bytes = await file.load();
		if (wish.mask.source === 'extend') {
			const extension = await extendCanvas(bytes, file.origin, wish.mask);
			images.push(extension.image);
			({ mask, placement } = extension);
			full = extension.image.full;
		} else {
			const image = await prepareInput(bytes, file.origin, shrinkFor);
			images.push(image);
			mask = await makeMask(wish, { bytes, file, image });
			full = image.full;
		}
		if (mask && wish.keepOutside) {
			const { feather } = wish.keepOutside;
			keep = { original: bytes, origin: file.origin, placement, mask, feather };
		}
	} else if (head) {
		images.push(head);
	}
	for (const image of others) images.push(await sendable(image, prepare));
	if (needsJson(wish)) checkJsonSizes(images);

	const [first] = images;
	const sent = first?.kind === 'bytes' ? first : undefined;
	const sentMask = mask && sent && (await maskFor(sent, mask));
	return {
		images,
		mask: sentMask?.png,
		markup:
			wish.markup && sent
				? await prepareMarkup(await wish.markup.load(), wish.markup.origin, sent)
				: undefined,
		first: full,
		canvas: placement?.canvas,
		keep,
		notes: [...images.flatMap(noteOf), ...(mask?.notes ?? [])],
	};
}

const maskFor = async (sent: Dimensions, mask: Mask): Promise<Mask> =>
	mask.width === sent.width && mask.height === sent.height
		? mask
		: await scaleMask(mask, sent, 'maskSource');

function checkJsonSizes(images: readonly InputImage[]): void {
	for (const [index, image] of images.entries()) {
		if (image.kind !== 'bytes') continue;
		checkDataUrl(image.bytes.length, image.mimeType, `Image ${index + 1} in '${labels.images}'`);
	}
}

/**
 * A drawn picture of another shape cannot be laid over the first image without distortion.
 * @param size that the user chose to be drawn
 * @throws invalid_parameter when the original's pixels are to be kept and the shapes differ
 */
export function checkKeptShape({ keep, first }: PreparedEdit, size: Size): void {
	if (!keep || !first || size === 'auto' || keep.placement || isNearShape(size, first)) return;
	throw invalidParameter(
		'size',
		`'${labels.size}' ${size.width}x${size.height} has another shape than the first image (${first.width}x${first.height}), whose pixels are to be kept outside the mask`,
		`Set '${labels.size}' to Like the First Image, or switch '${labels.keepOutsideMask}' off.`,
	);
}

/** Legal sizes lie on a grid of 16 pixels, so a match to a few percent is the best there is. */
const isNearShape = (size: Dimensions, first: Dimensions): boolean =>
	Math.abs(Math.log((size.width * first.height) / (size.height * first.width))) < 0.05;

/** How much of a run's prepared inputs may wait in memory; the rest is prepared again at its turn. */
const heldBytes = 64 * 2 ** 20;

type Prepared = PreparedEdit & { readonly documents?: readonly InputDocument[] };

function bytesOf({ images, documents = [], mask, markup, keep }: Prepared): number {
	const sizes = [...images, ...documents].map((input) =>
		input.kind === 'bytes' ? input.bytes.length : 0,
	);
	const others = [mask, markup, keep?.original].map((bytes) => bytes?.length ?? 0);
	return [...sizes, ...others].reduce((sum, size) => sum + size, 0);
}

/** Remembers prepared inputs, or how to prepare them again. */
export type Hold = <Inputs extends Prepared>(
	prepared: Inputs,
	again: () => Promise<Inputs>,
) => () => Promise<Inputs>;

/**
 * All items are judged before the first call is paid, and judging a picture means preparing it.
 * Small runs keep what was prepared; large ones prepare once more instead of filling the memory.
 * @returns a function that remembers prepared inputs as long as there is room in this run
 */
export function inputsOfRun(): Hold {
	let left = heldBytes;
	return (prepared, again) => {
		const bytes = bytesOf(prepared);
		if (bytes > left) return again;
		left -= bytes;
		return async () => prepared;
	};
}
