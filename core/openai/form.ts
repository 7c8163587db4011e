/** Multipart bodies (RFC 7578), each built once: a `FormData` would hold large files three times. */

import { randomUUID } from 'node:crypto';

export interface FormFile {
	/** In one piece or in several, one after the other. */
	readonly bytes: Buffer | readonly Buffer[];
	readonly fileName: string;
	readonly mimeType: string;
}

export interface Form {
	readonly body: Buffer;
	readonly contentType: string;
}

type Field = string | number | boolean | FormFile | readonly FormFile[] | undefined;

const isFile = (value: unknown): value is FormFile =>
	typeof value === 'object' && value !== null && 'bytes' in value;

/** As browsers write a name into a header. */
const quoted = (text: string): string =>
	`"${text.replace(/["\r\n]/g, (sign) => encodeURIComponent(sign))}"`;

/** @param fields by their names in the API; each of a list becomes a field named with `[]` */
export function formOf(fields: Readonly<Record<string, Field>>): Form {
	const boundary = `form-${randomUUID()}`;
	const pieces: Buffer[] = [];
	const add = (name: string, value: Exclude<Field, readonly FormFile[] | undefined>): void => {
		const file = isFile(value) ? value : undefined;
		const about = file
			? `; filename=${quoted(file.fileName)}\r\ncontent-type: ${file.mimeType}`
			: '';
		const head = `--${boundary}\r\ncontent-disposition: form-data; name=${quoted(name)}${about}\r\n\r\n`;
		const bytes = [file?.bytes ?? Buffer.from(String(value))].flat();
		pieces.push(Buffer.from(head), ...bytes, Buffer.from('\r\n'));
	};
	for (const [name, value] of Object.entries(fields)) {
		if (value === undefined) continue;
		if (typeof value !== 'object' || isFile(value)) add(name, value);
		else value.forEach((file) => add(`${name}[]`, file));
	}
	const body = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
	return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

export const isForm = (body: object): body is Form => 'contentType' in body;
