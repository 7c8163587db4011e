/** Which models there are is the owner's decision, too: a file that the environment names. */

import { readFileSync, statSync } from 'node:fs';
import { GptImageError } from '../../core/errors';
import { utcDay } from '../../core/rules/calendar';
import { builtInRows, setModelTable, tableOn, type ModelRows } from '../../core/rules/model-table';
import { withOwnModels } from '../../core/rules/own-models';

const mostBytes = 2 ** 20;

/** The file as it was read last, by its name and when it was written. */
let read: { readonly version: string; readonly rows: ModelRows } | undefined;

function rowsOf(file: string): ModelRows {
	const unreadable = (reason: string, cause?: unknown): GptImageError =>
		new GptImageError(`N8N_GPT_IMAGE_MODELS names ${file}, which ${reason}`, {
			code: 'invalid_environment',
			advice: 'Enter the absolute path of a JSON file that n8n can read, or remove the variable.',
			billed: 'no',
			cause,
		});
	let version: string;
	let text: string;
	try {
		const { mtimeMs, size } = statSync(file);
		version = `${file} ${mtimeMs} ${size}`;
		if (read?.version === version) return read.rows;
		if (size > mostBytes) throw unreadable('is larger than a megabyte');
		text = readFileSync(file, 'utf8');
	} catch (error) {
		throw error instanceof GptImageError ? error : unreadable('cannot be read', error);
	}
	const rows = withOwnModels(text, file, builtInRows);
	read = { version, rows };
	return rows;
}

/**
 * Has models looked up in today's table from now on, with the owner's rows.
 * @returns today, in UTC
 * @throws GptImageError `invalid_environment` for a file that cannot be used
 */
export function loadModels(): string {
	const today = utcDay(new Date());
	const file = process.env.N8N_GPT_IMAGE_MODELS?.trim();
	setModelTable(tableOn(today, file ? rowsOf(file) : builtInRows));
	return today;
}
