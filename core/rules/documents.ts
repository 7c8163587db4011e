/** Which files go into a conversation as documents, and how large they may be. */

import { invalidParameter } from '../errors';
import type { InputDocument } from './conversation-types';
import { excerpt, megabytes } from './parameters';

/**
 * Endings that the API reads as documents, with their MIME types; source: OpenAI's guide on file
 * inputs (2026). Source code is read too, but is of no use for images.
 */
const mimeTypes: Readonly<Record<string, string>> = {
	pdf: 'application/pdf',
	doc: 'application/msword',
	docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
	rtf: 'application/rtf',
	odt: 'application/vnd.oasis.opendocument.text',
	ppt: 'application/vnd.ms-powerpoint',
	pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
	xls: 'application/vnd.ms-excel',
	xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
	csv: 'text/csv',
	tsv: 'text/tab-separated-values',
	txt: 'text/plain',
	md: 'text/markdown',
	html: 'text/html',
	xml: 'application/xml',
	json: 'application/json',
	yaml: 'application/yaml',
};
const endings: readonly string[] = Object.keys(mimeTypes);

/** Bytes of all documents of one message together (OpenAI's guide on file inputs). */
const maxDocumentBytes = 50 * 2 ** 20;
/**
 * A larger document goes through the Files API: inside the JSON it would be in memory some four
 * times, as bytes, as base64, in the body and in the socket.
 */
export const maxInlineDocumentBytes = 8 * 2 ** 20;

/** Of a file's name that is sent; what is longer names nothing. */
const longestName = 200;

const endingOf = (name: string): string => /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
const knownEnding = (name: string): string | undefined => {
	const ending = endingOf(name);
	return endings.includes(ending) ? ending : undefined;
};

/** @returns whether the extension of this name is a document's */
export const isDocumentName = (name: string): boolean => knownEnding(name) !== undefined;

/** @returns whether the path of this URL is a document's */
export const isDocumentUrl = (url: string): boolean =>
	URL.canParse(url) && isDocumentName(new URL(url).pathname);

/** A file attached by the user that is known not to be an image. */
export interface DocumentFile {
	readonly bytes: Buffer;
	/** Empty when the file has no name. */
	readonly name: string;
	readonly mimeType: string;
	/** How messages call its place, e.g. `'Attachments' 2 (field "brief")`. */
	readonly label: string;
}

/**
 * @param file as the user has it; the ending of its name tells the kind, else its MIME type does
 * @throws invalid_parameter when it is empty, too large or of a kind that the API does not read
 */
export function checkDocument({ bytes, name, mimeType, label }: DocumentFile): InputDocument {
	const called = name === '' ? label : `${label}: "${excerpt(name)}"`;
	const refuse = (what: string, advice: string) =>
		invalidParameter('attachments', `${called} ${what}`, advice);
	if (bytes.length === 0) {
		throw refuse('is empty', 'Check the previous step: it created an empty file.');
	}
	if (bytes.length > maxDocumentBytes) {
		throw refuse(
			`has ${megabytes(bytes.length)}`,
			`Documents can have up to ${megabytes(maxDocumentBytes)} in total: split it, or attach the pages that matter.`,
		);
	}
	const [type = ''] = mimeType.toLowerCase().split(';');
	const ending = knownEnding(name) ?? endings.find((known) => mimeTypes[known] === type.trim());
	if (ending === undefined) {
		throw refuse(
			`is neither an image nor a document that OpenAI supports${mimeType === '' ? '' : ` (${excerpt(mimeType)})`}`,
			`Attach PNG, JPEG or WebP images, or documents of these types: ${endings.join(', ')}.`,
		);
	}
	const stem = name
		.normalize('NFC')
		.replace(/\.[^.]*$/, '')
		.slice(0, longestName)
		.replace(/[^\p{Letter}\p{Mark}\p{Number}\u200c\u200d ._-]+/gu, '-');
	return {
		kind: 'bytes',
		bytes,
		mimeType: mimeTypes[ending] ?? type,
		fileName: `${stem === '' ? 'document' : stem}.${ending}`,
	};
}

/** @throws invalid_parameter when the documents of one message are too large together */
export function checkDocumentsTogether(documents: readonly InputDocument[]): void {
	const total = documents.reduce(
		(sum, document) => sum + (document.kind === 'bytes' ? document.bytes.length : 0),
		0,
	);
	if (total <= maxDocumentBytes) return;
	throw invalidParameter(
		'attachments',
		`The documents in 'Attachments' have ${megabytes(total)} in total`,
		`OpenAI accepts up to ${megabytes(maxDocumentBytes)} per message: remove some.`,
	);
}
