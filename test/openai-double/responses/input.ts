import { basename } from 'node:path';
import type { Call } from '../http/call';
import { resolveUrl } from '../http/imageRefs';
import { checkVisionImage, type InputImage } from '../image/inputs';
import { invalidRequest, missingParameter } from '../rules/errors';
import { isRecord, wrongType } from '../rules/params';
import { textTokens } from '../rules/tokens';
import type { ContextImage } from './store';

/** What the client put into one turn. */
export interface TurnInput {
	/** The text of the last user message. */
	message: string;
	/** All texts, for counting. */
	texts: string[];
	attachments: InputImage[];
	/** Images named by `{type: 'image_generation_call', id}`. */
	references: ContextImage[];
	documents: { name: string; tokens: number }[];
	/** Set when the turn answers a function call. */
	functionOutput?: string;
}

const largestDocument = 50 * 2 ** 20;
const documentTypes =
	'pdf doc docx rtf odt ppt pptx xls xlsx csv tsv txt md html xml json yaml yml'.split(' ');

/** Reads `input`: a string, or messages, references to earlier image calls, function outputs. */
export async function readInput(call: Call, input: unknown): Promise<TurnInput> {
	const turn: TurnInput = {
		message: '',
		texts: [],
		attachments: [],
		references: [],
		documents: [],
	};
	if (typeof input === 'string') {
		addText(turn, input);
		return turn;
	}
	if (input === undefined || input === null) throw missingParameter('input');
	if (!Array.isArray(input)) throw wrongType('input', 'a string or an array', input);
	for (const [i, item] of input.entries()) await readItem(call, turn, item, `input[${i}]`);
	return turn;
}

async function readItem(call: Call, turn: TurnInput, item: unknown, at: string): Promise<void> {
	if (!isRecord(item)) throw wrongType(at, 'an object', item);
	const type = item.type ?? 'message';
	switch (type) {
		case 'message':
			return await readMessage(call, turn, item, at);
		case 'image_generation_call':
		case 'item_reference': {
			const { responses } = call.state;
			turn.references.push(responses.imageCall(String(item.id), call.entry.project));
			return;
		}
		case 'function_call_output':
			turn.functionOutput = asText(item.output);
			turn.texts.push(turn.functionOutput);
			return;
		case 'function_call':
		case 'reasoning':
		case 'web_search_call':
			return;
		default:
			throw invalidRequest(
				`Invalid value: '${String(type)}'. Supported values are: 'message', ` +
					"'image_generation_call', 'item_reference', 'function_call', 'function_call_output', " +
					"'reasoning', and 'web_search_call'.",
				`${at}.type`,
				'invalid_value',
			);
	}
}

async function readMessage(
	call: Call,
	turn: TurnInput,
	item: Record<string, unknown>,
	at: string,
): Promise<void> {
	const { role, content } = item;
	if (!['user', 'assistant', 'system', 'developer'].includes(String(role))) {
		throw invalidRequest(
			`Invalid value: '${String(role)}'. Supported values are: 'assistant', 'system', ` +
				"'developer', and 'user'.",
			`${at}.role`,
			'invalid_value',
		);
	}
	const byUser = role === 'user';
	if (byUser) turn.functionOutput = undefined;
	if (typeof content === 'string') {
		addText(turn, content, byUser);
		return;
	}
	if (!Array.isArray(content)) throw wrongType(`${at}.content`, 'a string or an array', content);
	for (const [i, part] of content.entries()) {
		await readPart(call, turn, part, `${at}.content[${i}]`, byUser);
	}
}

async function readPart(
	call: Call,
	turn: TurnInput,
	part: unknown,
	at: string,
	byUser: boolean,
): Promise<void> {
	if (!isRecord(part)) throw wrongType(at, 'an object', part);
	switch (part.type) {
		case 'input_text':
		case 'output_text':
			if (typeof part.text !== 'string') throw wrongType(`${at}.text`, 'a string', part.text);
			addText(turn, part.text, byUser);
			return;
		case 'input_image':
			turn.attachments.push(await readImage(call, part, at));
			return;
		case 'input_file':
			turn.documents.push(await readDocument(call, part, at));
			return;
		default:
			throw invalidRequest(
				`Invalid value: '${String(part.type)}'. Supported values are: 'input_text', ` +
					"'input_image', 'output_text', and 'input_file'.",
				`${at}.type`,
				'invalid_value',
			);
	}
}

async function readImage(
	call: Call,
	part: Record<string, unknown>,
	at: string,
): Promise<InputImage> {
	const detail = part.detail ?? 'auto';
	if (!['low', 'high', 'auto', 'original'].includes(String(detail))) {
		throw invalidRequest(
			`Invalid value: '${String(detail)}'. Supported values are: 'low', 'high', 'auto', and ` +
				"'original'.",
			`${at}.detail`,
			'invalid_value',
		);
	}
	const { image_url: url, file_id: id } = part;
	if (typeof url === 'string') {
		const { bytes } = await resolveUrl(call.state, url, `${at}.image_url`);
		return await checkVisionImage(bytes, `${at}.image_url`);
	}
	if (typeof id === 'string') {
		const file = call.state.files.find(id);
		if (!file) throw noFile(id, at);
		return await checkVisionImage(file.bytes, `${at}.file_id`);
	}
	throw missingParameter(`${at}.image_url`);
}

async function readDocument(call: Call, part: Record<string, unknown>, at: string) {
	const { file_data: data, file_id: id, file_url: url, filename } = part;
	const sources = [data, id, url].filter((source) => typeof source === 'string');
	if (sources.length !== 1) {
		throw invalidRequest(
			`Invalid '${at}': provide exactly one of 'file_data', 'file_id' or 'file_url'.`,
			at,
			'invalid_value',
		);
	}
	if (typeof url === 'string') {
		if (!URL.canParse(url)) throw invalidRequest('Invalid URL.', `${at}.file_url`, 'invalid_value');
		return { name: basename(new URL(url).pathname), tokens: 500 };
	}
	if (typeof id === 'string') {
		const file = call.state.files.find(id);
		if (!file) throw noFile(id, at);
		return checkDocument(file.object.filename, file.bytes, at);
	}
	const [, base64] = /^data:[^,]*;base64,(.*)$/s.exec(String(data)) ?? [];
	if (base64 === undefined) {
		throw invalidRequest(
			`Invalid '${at}.file_data'. Expected a base64-encoded data URL with a MIME type.`,
			`${at}.file_data`,
			'invalid_value',
		);
	}
	if (typeof filename !== 'string') throw missingParameter(`${at}.filename`);
	return checkDocument(filename, Buffer.from(base64, 'base64'), at);
}

function checkDocument(name: string, bytes: Buffer, at: string) {
	if (bytes.length > largestDocument) {
		throw invalidRequest(
			`The file '${name}' is too large: input files may have 50 MB in all.`,
			at,
			'file_too_large',
		);
	}
	const extension = name.split('.').at(-1)?.toLowerCase() ?? '';
	if (!documentTypes.includes(extension)) {
		throw invalidRequest(
			'Invalid input: Expected context stuffing file type to be a supported format: ' +
				`${documentTypes.map((known) => `.${known}`).join(', ')} but got .${extension}.`,
			at,
			'unsupported_file',
		);
	}
	const isText = bytes.length < 100_000 && !bytes.includes(0);
	return { name, tokens: isText ? textTokens(bytes.toString()) : Math.ceil(bytes.length / 400) };
}

const noFile = (id: string, at: string) =>
	invalidRequest(`No such File object: ${id}`, `${at}.file_id`, 'image_file_not_found', 404);

function addText(turn: TurnInput, text: string, byUser = true): void {
	turn.texts.push(text);
	if (byUser) turn.message = text;
}

function asText(output: unknown): string {
	return typeof output === 'string' ? output : JSON.stringify(output);
}
