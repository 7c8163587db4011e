import type { FastifyInstance } from 'fastify';
import type { ContentProvenanceCheck } from 'openai/resources/content-provenance-checks';
import { serve, type Call } from '../http/call';
import { faultBefore } from '../http/faulty';
import { readForm } from '../http/form';
import { invalidRequest, missingParameter, unknownParameter } from '../rules/errors';
import type { State } from '../state';

export function addProvenance(app: FastifyInstance, state: State): void {
	serve(app, state, 'POST', '/v1/content_provenance_checks', check);
}

/** The double's own manifest, see image/provenance.ts; its images have no watermark to look for. */
const own = /"model":"([\w.-]+)","serial":\d+/;
const starts = ['\x89PNG', '\xff\xd8\xff', 'RIFF', 'GIF8'];

async function check(call: Call): Promise<void> {
	const { files, fields } = await readForm(call);
	const [file, ...others] = files;
	if (!file || file.field !== 'file') throw missingParameter('file');
	const [stray] = [...others.map(({ field }) => field), ...Object.keys(fields)];
	if (stray !== undefined) throw unknownParameter(stray);
	if (await faultBefore(call, file.filename)) return;
	const text = file.bytes.toString('latin1');
	if (!starts.some((start) => text.startsWith(start))) {
		throw invalidRequest('Unsupported file type.', 'file', 'unsupported_file_type');
	}
	const model = own.exec(text)?.[1] ?? null;
	const outcome = model === null ? 'not_detected' : 'detected';
	const generated_at = model === null ? null : '2026-11-28T12:00:00Z';
	const answer: ContentProvenanceCheck = {
		object: 'content_provenance_check',
		created_at: Math.floor(Date.now() / 1000),
		results: [
			{
				type: 'c2pa',
				outcome,
				validation_state: model === null ? 'not_present' : 'trusted',
				issuer: model === null ? null : 'OpenAI OpCo, LLC',
				model,
				generated_at,
			},
			{ type: 'synthid', outcome, model, generated_at },
		],
	};
	await call.send(200, answer);
}
