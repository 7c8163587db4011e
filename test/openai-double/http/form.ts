import { digestOf } from '../journal';
import { invalidRequest } from '../rules/errors';
import type { Call } from './call';

/** One file of a multipart form. */
export interface Upload {
	field: string;
	filename: string;
	contentType: string;
	bytes: Buffer;
}

export interface Form {
	fields: Record<string, string>;
	files: Upload[];
}

const largestFile = 512 * 2 ** 20;

/** Reads a multipart body; its text fields and the digests of its files go into the journal. */
export async function readForm(call: Call): Promise<Form> {
	const form: Form = { fields: {}, files: [] };
	const parts = call.request.parts({ limits: { fileSize: largestFile, fieldSize: 2 ** 24 } });
	for await (const part of parts) {
		if (part.type === 'field') {
			if (part.fieldname in form.fields) throw duplicate(part.fieldname);
			form.fields[part.fieldname] = String(part.value);
		} else {
			form.files.push({
				field: part.fieldname,
				filename: part.filename,
				contentType: part.mimetype,
				bytes: await part.toBuffer(),
			});
		}
	}
	const kept: Record<string, unknown> = { ...form.fields };
	for (const file of form.files) {
		const before = kept[file.field];
		const { bytes, ...about } = file;
		const digest = await digestOf(bytes, about);
		kept[file.field] = Array.isArray(before) ? [...before, digest] : [digest];
	}
	call.entry.body = kept;
	call.entry.model = form.fields.model ?? null;
	return form;
}

export function duplicate(name: string) {
	return invalidRequest(
		`Duplicate parameter: '${name}'. You provided multiple values for this parameter, whereas ` +
			'only one is allowed. If you are trying to provide a list of values, use the array syntax ' +
			`instead e.g. '${name}[]=<value>'.`,
		name,
		'duplicate_parameter',
	);
}
