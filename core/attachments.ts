import {
	prepareEdit,
	type EditImage,
	type EditWish,
	type PreparedEdit,
	type UserFile,
} from './edit';
import { invalidParameter } from './errors';
import { refusal } from './picture/source';
import { sniff } from './picture/sniff';
import type { InputDocument, TurnInputs } from './rules/conversation-types';
import {
	checkDocument,
	checkDocumentsTogether,
	isDocumentName,
	isDocumentUrl,
} from './rules/documents';
import { withImageLabels } from './rules/edit';
import { labels } from './rules/labels';

/** The attachments of a message: pictures as for an edit, everything else as documents. */

/** The inputs of one turn, ready to be sent. */
export interface PreparedTurn extends PreparedEdit, TurnInputs {
	/** What the user says of each image, in order; empty where nothing. */
	readonly imageLabels: readonly string[];
	/** What the user says of documents, with their names. */
	readonly documentLabels: readonly string[];
}

/** `images` holds all attachments: which of them are documents is found out here. */
export type AttachmentWish = Omit<EditWish, 'asJson' | 'markup'>;

const nothing: PreparedEdit = {
	images: [],
	mask: undefined,
	markup: undefined,
	first: undefined,
	canvas: undefined,
	keep: undefined,
	notes: [],
};

const zipped = /\.(?:docx|pptx|xlsx|odt)$/i;
const isPdf = (bytes: Buffer): boolean => bytes.subarray(0, 1024).includes('%PDF');

/** A download that failed leaves an error page under the document's name. */
function checkContent(bytes: Buffer, { origin }: UserFile): void {
	const { name } = origin;
	const isWrong =
		(/\.pdf$/i.test(name) && !isPdf(bytes)) ||
		(zipped.test(name) && bytes.toString('latin1', 0, 2) !== 'PK');
	if (!isWrong) return;
	throw refusal(
		origin,
		`is not what its name says: it is ${sniff(bytes).called}`,
		'Check the step before: a download that failed often leaves an error page under the name of the file.',
	);
}

function documentOf(bytes: Buffer, file: UserFile): InputDocument {
	const { origin, mimeType = '' } = file;
	const { called, kind, ...found } = sniff(bytes);
	const isNamed =
		isDocumentName(origin.name) || !/^(?:image\/|application\/octet-stream|$)/.test(mimeType);
	// Of a BMP or a camera's raw file more can be said than that it is no document.
	if (!isNamed && kind === undefined && 'advice' in found) {
		throw refusal(origin, `is ${called}, which OpenAI does not read`, String(found.advice));
	}
	const document = checkDocument({ bytes, name: origin.name, mimeType, label: origin.label });
	checkContent(bytes, file);
	return document;
}

const nameOf = (document: InputDocument): string =>
	document.kind === 'bytes'
		? document.fileName
		: document.kind === 'url'
			? (new URL(document.url).pathname.split('/').at(-1) ?? document.url)
			: document.fileId;

type Sorted = { readonly image: EditImage } | { readonly document: InputDocument };

async function sort(attachment: EditImage): Promise<Sorted> {
	if (attachment.kind === 'url') {
		const { url } = attachment;
		return isDocumentUrl(url) ? { document: { kind: 'url', url } } : { image: attachment };
	}
	// What a file at OpenAI is, only OpenAI knows: it is asked before the turn is sent.
	if (attachment.kind === 'fileId') return { image: attachment };
	const { file } = attachment;
	const bytes = await file.load();
	const isPicture = bytes.length > 0 && sniff(bytes).kind !== undefined;
	if (isPicture) return { image: { ...attachment, file: { ...file, load: async () => bytes } } };
	return { document: documentOf(bytes, file) };
}

/** @returns the message with a line before it for each attachment that has a label */
export function withLabels(
	message: string,
	{ imageLabels, documentLabels }: Pick<PreparedTurn, 'imageLabels' | 'documentLabels'>,
): string {
	const labelled = withImageLabels(message, imageLabels);
	return documentLabels.length > 0 ? `${documentLabels.join('\n')}\n${labelled}` : labelled;
}

/**
 * Makes everything that a turn sends beside its message.
 * @returns upright pictures in formats that the API takes, the mask of the first, and documents
 * @throws invalid_parameter naming the attachment that cannot be sent and why
 */
export async function prepareAttachments(wish: AttachmentWish): Promise<PreparedTurn> {
	const images: EditImage[] = [];
	const documents: InputDocument[] = [];
	const documentLabels: string[] = [];
	for (const attachment of wish.images) {
		const sorted = await sort(attachment);
		if ('image' in sorted) {
			images.push(sorted.image);
			continue;
		}
		const { document } = sorted;
		documents.push(document);
		const label = attachment.label.trim();
		if (label !== '') documentLabels.push(`${nameOf(document)}: ${label}`);
	}
	checkDocumentsTogether(documents);
	const imageLabels = images.map(({ label }) => label);
	if (images.length > 0) {
		const edit = await prepareEdit({ ...wish, images, markup: undefined, asJson: false });
		return { ...edit, documents, imageLabels, documentLabels };
	}
	if (wish.mask.source !== 'none') {
		throw invalidParameter(
			'maskSource',
			`'${labels.maskSource}' is set, but '${labels.attachments}' has no picture`,
			'A mask is made for the pixels of the first attached picture: add it, or set the mask to None.',
		);
	}
	return { ...nothing, documents, imageLabels, documentLabels };
}
