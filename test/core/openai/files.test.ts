import { randomBytes } from 'node:crypto';
import type { Client } from '../../../core/openai/client';
import { TurnFiles } from '../../../core/openai/files';
import type { InputDocument, TurnInputs } from '../../../core/rules/conversation-types';
import type { InputImage } from '../../../core/rules/request-types';
import { startDouble, type Double } from '../../openai-double';
import { startGateway } from '../../openai-double/gateway';
import { clientOf, flatPng } from '../../openai-double/testing';
import { clientFor, failureOf, options } from './turns';

let double: Double;
let client: Client;
beforeAll(async () => {
	double = await startDouble();
	client = clientFor(double);
});
afterAll(async () => await double.close());
beforeEach(() => double.reset());

const inputs = (parts: Partial<TurnInputs>): TurnInputs => ({
	images: [],
	documents: [],
	...parts,
});
const documentOf = (bytes: Buffer, fileName: string): InputDocument => ({
	kind: 'bytes',
	bytes,
	mimeType: 'application/pdf',
	fileName,
});
const imageOf = (bytes: Buffer): InputImage => ({
	kind: 'bytes',
	bytes,
	mimeType: 'image/png',
	fileName: 'large.png',
	width: 1024,
	height: 1024,
});
const requests = () =>
	double.journal.map(({ method, path }) => `${method} ${path.replace(/file-[\w-]+/, 'ID')}`);

it('sends small files along, without a request of their own', async () => {
	const files = new TurnFiles(client, options, 3_600);
	const small = inputs({
		documents: [documentOf(Buffer.from('%PDF-1.7'), 'a.pdf')],
		images: [imageOf(await flatPng(64, 64)), { kind: 'url', url: 'https://example.com/a.png' }],
	});
	expect(await files.prepare(small)).toEqual(small);
	expect(await files.close()).toBeUndefined();
	expect(requests()).toEqual([]);
});

it('uploads a document above 8 MB and an image above 15 MB, and deletes both afterwards', async () => {
	const files = new TurnFiles(client, options, 3_600);
	const prepared = await files.prepare(
		inputs({
			documents: [documentOf(randomBytes(8 * 2 ** 20 + 1), 'catalogue.pdf')],
			images: [imageOf(randomBytes(15.1 * 2 ** 20))],
		}),
	);
	expect(prepared.documents).toEqual([{ kind: 'fileId', fileId: expect.stringMatching(/^file-/) }]);
	expect(prepared.images).toEqual([{ kind: 'fileId', fileId: expect.stringMatching(/^file-/) }]);
	const [image, document] = double.journal.map(({ body }) => body);
	expect(image).toMatchObject({ purpose: 'vision', 'expires_after[seconds]': '3600' });
	expect(document).toMatchObject({ purpose: 'user_data', 'expires_after[anchor]': 'created_at' });
	expect(await files.close()).toBeUndefined();
	expect(requests()).toEqual([
		'POST /v1/files',
		'POST /v1/files',
		'DELETE /v1/files/ID',
		'DELETE /v1/files/ID',
	]);
	const left = await clientOf(double).files.list();
	expect(left.data).toEqual([]);
});

it('asks OpenAI whether a file of its own is a document', async () => {
	const upload = async (name: string, type: string, bytes: Buffer) =>
		await clientOf(double).files.create({
			file: new File([new Uint8Array(bytes)], name, { type }),
			purpose: 'user_data',
		});
	const pdf = await upload('brief.pdf', 'application/pdf', Buffer.from('%PDF-1.7'));
	const png = await upload('photo.png', 'image/png', await flatPng(64, 64));
	const files = new TurnFiles(client, options, 3_600);
	const prepared = await files.prepare(
		inputs({
			images: [
				{ kind: 'fileId', fileId: pdf.id },
				{ kind: 'fileId', fileId: png.id },
			],
		}),
	);
	expect(prepared.documents).toEqual([{ kind: 'fileId', fileId: pdf.id }]);
	expect(prepared.images).toEqual([{ kind: 'fileId', fileId: png.id }]);
	await files.close();
	expect(requests().filter((request) => request.startsWith('DELETE'))).toEqual([]);
});

it('says which file OpenAI does not have', async () => {
	const files = new TurnFiles(client, options, 3_600);
	const missing = inputs({ images: [{ kind: 'fileId', fileId: 'file-unknown' }] });
	const error = await failureOf(files.prepare(missing));
	expect(error.message).toBe(
		"'Attachments' refers to the file file-unknown, which OpenAI does not have",
	);
	expect(error).toMatchObject({ code: 'file_not_found', param: 'attachments', billed: 'no' });
});

it('warns of a file that stays at OpenAI', async () => {
	const files = new TurnFiles(client, options, 3_600);
	await files.prepare(inputs({ documents: [documentOf(randomBytes(8.1 * 2 ** 20), 'a.pdf')] }));
	double.faults.push({ kind: '500', match: { path: '/files/' } });
	expect(await files.close()).toBe(
		'An attachment uploaded to OpenAI could not be deleted there, and will expire automatically',
	);
});

it.each<[string, unknown]>([
	['no ID', { object: 'file' }],
	['an ID that is none', { id: '../../models/gpt-image-2?x=' }],
	['an ID that is an object', { id: { id: 'file-1' } }],
	['a list', [{ id: 'file-1' }]],
	['a web page', '<!doctype html><p>Sign in'],
	['nothing', undefined],
])(
	'an upload that is answered with %s fails by itself, and nothing is deleted',
	async (_name, body) => {
		const gateway = await startGateway(double);
		gateway.answers.push({ status: 200, body });
		const files = new TurnFiles(clientFor(gateway), options, 3_600);
		const large = inputs({ documents: [documentOf(randomBytes(8.1 * 2 ** 20), 'a.pdf')] });
		const error = await failureOf(files.prepare(large));
		expect(error.message).toBe(
			"The service accepted a file of 'Attachments' without returning an ID",
		);
		expect(error).toMatchObject({ code: 'empty_answer', retryable: false, billed: 'no' });
		expect(await files.close()).toBeUndefined();
		expect(gateway.paths).toEqual(['/v1/files']);
		await gateway.close();
	},
);

it('has an upload fail without a bill', async () => {
	double.faults.push({ kind: 'reset', match: { path: '/files' } });
	const files = new TurnFiles(client, options, 3_600);
	const large = inputs({ documents: [documentOf(randomBytes(8.1 * 2 ** 20), 'a.pdf')] });
	const error = await failureOf(files.prepare(large));
	expect(error).toMatchObject({ code: 'connection_lost', retryable: true, billed: 'no' });
});
