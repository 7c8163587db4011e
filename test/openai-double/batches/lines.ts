import { isRecord } from '../rules/params';
import type { Line, StoredBatch } from './store';

const mostLines = 50_000;
const mostBytes = 200 * 1_000_000;

/** @returns why the file cannot be run */
export function readLines(bytes: Buffer, { batch, lines }: StoredBatch) {
	const problem = (code: string, message: string, line: number) => ({
		code,
		message,
		line,
		param: null,
	});
	if (bytes.length > mostBytes)
		return problem('file_too_large', 'The file is larger than 200 MB.', 0);
	const texts = bytes
		.toString('utf8')
		.split('\n')
		.filter((text) => text !== '');
	if (texts.length > mostLines) return problem('too_many_tasks', 'More than 50,000 requests.', 0);
	const found: Line[] = [];
	const models = new Set<unknown>();
	for (const [n, text] of texts.entries()) {
		const line: unknown = JSON.parse(text);
		if (!isRecord(line) || !isRecord(line.body) || line.method !== 'POST') {
			return problem('invalid_request', 'This line is no request.', n + 1);
		}
		const { custom_id: customId, url, body } = line;
		if (typeof customId !== 'string' || customId.length > 64)
			return problem('invalid_custom_id', 'custom_id', n + 1);
		if (url !== batch.endpoint)
			return problem('mismatched_endpoint', 'The url differs from the endpoint.', n + 1);
		if (found.some((other) => other.customId === customId)) {
			return problem(
				'duplicate_custom_id',
				'The custom_id for this request is a duplicate of another request.',
				n + 1,
			);
		}
		models.add(body.model);
		if (models.size > 1) return problem('mismatched_model', 'One file, one model.', n + 1);
		if (body.stream === true) return problem('invalid_request', 'A batch does not stream.', n + 1);
		found.push({ customId, url: String(url), body });
	}
	if (found.length === 0) return problem('empty_file', 'The file has no requests.', 0);
	lines.push(...found);
	batch.model = String(found[0]?.body.model);
	return undefined;
}
