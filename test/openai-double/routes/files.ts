import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import type { FileObject } from 'openai/resources/files';
import { serve, type Call } from '../http/call';
import { faultBefore, writeHalf } from '../http/faulty';
import { readForm } from '../http/form';
import { invalidRequest, missingParameter, unknownParameter } from '../rules/errors';
import { Params } from '../rules/params';
import type { State } from '../state';

const purposes: readonly FileObject['purpose'][] = [
	'assistants',
	'batch',
	'fine-tune',
	'vision',
	'user_data',
];

export function addFiles(app: FastifyInstance, state: State): void {
	serve(app, state, 'POST', '/v1/files', upload);
	serve(app, state, 'GET', '/v1/files', async (call) => {
		const data = state.files.list();
		await call.send(200, {
			object: 'list',
			data,
			first_id: data[0]?.id ?? null,
			last_id: data.at(-1)?.id ?? null,
			has_more: false,
		});
	});
	serve(app, state, 'GET', '/v1/files/:id', async (call) => {
		if (await faultBefore(call, '')) return;
		await call.send(200, state.files.get(lastPart(call)).object);
	});
	serve(app, state, 'GET', '/v1/files/:id/content', async (call) => {
		if (await faultBefore(call, '')) return;
		const id = call.entry.path.split('/').at(-2) ?? '';
		const { bytes, contentType, pieces } = state.files.get(id);
		if (!pieces) return await call.sendBytes(200, bytes, contentType);
		const raw = call.raw(200, { 'content-type': contentType });
		let sent = 0;
		for await (const piece of pieces()) {
			if (call.gone) return;
			// Broken off inside a line, behind so many whole ones.
			if (call.fault('cut') && sent >= (call.fault('cut')?.lines ?? 1)) {
				await writeHalf(raw, piece);
				return call.destroy();
			}
			if (!raw.write(piece)) await once(raw, 'drain');
			sent += 1;
		}
		call.finish(200);
		raw.end();
	});
	serve(app, state, 'DELETE', '/v1/files/:id', async (call) => {
		if (await faultBefore(call, '')) return;
		const id = lastPart(call);
		state.files.delete(id);
		await call.send(200, { id, object: 'file', deleted: true });
	});
}

const lastPart = (call: Call): string => call.entry.path.split('/').at(-1) ?? '';

async function upload(call: Call): Promise<void> {
	const { fields, files } = await readForm(call);
	if (await faultBefore(call, '')) return;
	const { 'expires_after[anchor]': anchor, 'expires_after[seconds]': seconds, ...rest } = fields;
	const params = new Params({ ...rest, expires_after: seconds }, true);
	params.allowOnly(['purpose', 'expires_after']);
	const [file, another] = files;
	if (!file) throw missingParameter('file');
	if (file.field !== 'file' || another) throw unknownParameter(another?.field ?? file.field);
	params.requiredText('purpose');
	const wanted = params.choice('purpose', purposes);
	const purpose = purposes.find((known) => known === wanted) ?? 'user_data';
	if (anchor !== undefined && anchor !== 'created_at') {
		throw invalidRequest(
			"Invalid value for 'expires_after.anchor'. Only 'created_at' is supported.",
			'expires_after.anchor',
			'invalid_value',
		);
	}
	if (file.bytes.length === 0) throw invalidRequest('The file is empty.', 'file', 'empty_file');
	await call.send(
		200,
		call.state.files.add({
			...file,
			purpose,
			expiresAfterSeconds: params.integer('expires_after', 3600, 2_592_000),
		}),
	);
}
