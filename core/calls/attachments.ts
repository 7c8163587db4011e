import {
	prepareEdit,
	type EditImage,
	type EditParams,
	type PreparedEdit,
	type UserFile,
} from './prepare';
import { inspectEdit } from './inspect';
import { refusal } from '../pixels/source';
import { sniff } from '../pixels/sniff';
import type { InputDocument, TurnInputs } from '../rules/conversation-types';
import {
	checkDocument,
	checkDocumentsTogether,
	isDocumentName,
	isDocumentUrl,
} from '../rules/documents';
import { withImageLabels } from '../rules/edit';

/** The attachments of a message: images are handled as for an edit, everything else as documents. */

/** The inputs of one turn, ready to be sent. */
export type PreparedTurn = TurnInputs & Pick<PreparedEdit, 'notes'>;

/** `images` holds all attachments; their content decides which are documents. */
type AttachmentParams = Pick<EditParams, 'row' | 'format' | 'images'>;

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
		`does not match its file name: it is ${sniff(bytes).called}`,
		'Check the previous step: a failed download often saves an error page under the file name.',
	);
}

function documentOf(bytes: Buffer, file: UserFile): InputDocument {
	const { origin, mimeType = '' } = file;
	const { called, kind, ...found } = sniff(bytes);
	const isNamed =
		isDocumentName(origin.name) || !/^(?:image\/|application\/octet-stream|$)/.test(mimeType);
	// For a BMP or a camera's raw file there is better advice than "not a document".
	if (!isNamed && kind === undefined && 'advice' in found) {
		throw refusal(origin, `is ${called}, which OpenAI does not support`, String(found.advice));
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

/** @returns the document that an attachment is; undefined for an image */
async function documentIn(attachment: EditImage): Promise<InputDocument | undefined> {
	if (attachment.kind === 'url') {
		const { url } = attachment;
		return isDocumentUrl(url) ? { kind: 'url', url } : undefined;
	}
	// Only OpenAI knows what kind of file this is: `TurnFiles` asks before the turn is sent.
	if (attachment.kind === 'fileId') return undefined;
	const { file } = attachment;
	const bytes = await file.load();
	// An image is loaded again at its turn: not all of them are in memory together.
	const isImage = bytes.length > 0 && sniff(bytes).kind !== undefined;
	return isImage ? undefined : documentOf(bytes, file);
}

async function sortAttachments(params: AttachmentParams) {
	const images: EditImage[] = [];
	const documents: InputDocument[] = [];
	const documentLabels: string[] = [];
	for (const attachment of params.images) {
		const document = await documentIn(attachment);
		if (!document) {
			images.push(attachment);
			continue;
		}
		documents.push(document);
		checkDocumentsTogether(documents);
		const label = attachment.label.trim();
		if (label !== '') documentLabels.push(`${nameOf(document)}: ${label}`);
	}
	return { images, documents, documentLabels };
}

/** The image tool edits a whole image: masks and markup are for Edit. */
const editOf = ({ row, format }: AttachmentParams, images: readonly EditImage[]): EditParams => ({
	...{ row, format, images, asJson: false },
	...{ mask: { source: 'none' }, preserveOutside: undefined, markup: undefined },
});

/**
 * Checks the attachments without decoding them, before anything is paid.
 * @returns the message with a line before it for each attachment that has a label
 * @throws invalid_parameter naming the attachment
 */
export async function inspectAttachments(
	params: AttachmentParams,
	message: string,
): Promise<string> {
	const { images, documentLabels } = await sortAttachments(params);
	if (images.length > 0) await inspectEdit(editOf(params, images));
	const imageLabels = images.map(({ label }) => label);
	return [...documentLabels, withImageLabels(message, imageLabels)].join('\n');
}

/**
 * @returns upright images in formats that the API takes, and documents
 * @throws invalid_parameter naming the attachment
 */
export async function prepareAttachments(params: AttachmentParams): Promise<PreparedTurn> {
	const { images, documents } = await sortAttachments(params);
	if (images.length === 0) return { images: [], documents, notes: [] };
	const prepared = await prepareEdit(editOf(params, images));
	return { images: prepared.images, documents, notes: prepared.notes };
}
