import { Readable } from 'node:stream';
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { signedFile } from '../../../nodes/host/signed-url';

const prefix = 'http://n8n.example/rest/binary-data/signed?token=';
const megabyte = Buffer.alloc(2 ** 20);

/** n8n's helpers: what it signs, and what it answers. */
function contextOf(answer: (asked: IHttpRequestOptions) => unknown, stop?: AbortSignal) {
	const context: unknown = {
		helpers: {
			createBinarySignedUrl: () => `${prefix}any`,
			httpRequest: async (asked: IHttpRequestOptions) => answer(asked),
		},
		getExecutionCancelSignal: () => stop,
	};
	return context as IExecuteFunctions;
}
const load = async (context: IExecuteFunctions) =>
	await signedFile(context, `${prefix}abc`, 'images', "'Images' 1")?.load();

it('is not read beyond what an image may have', async () => {
	let pieces = 0;
	const endless = Readable.from(
		(function* () {
			for (;;) {
				pieces += 1;
				yield megabyte;
			}
		})(),
	);
	const bytes = await load(contextOf(() => ({ statusCode: 200, headers: {}, body: endless })));
	expect(bytes).toHaveLength(50 * 2 ** 20 + 1);
	expect(pieces).toBeLessThan(80);
	expect(endless.destroyed).toBe(true);
});

it('is not waited for when the execution is stopped', async () => {
	const stop = new AbortController();
	const context = contextOf(async ({ abortSignal }) => {
		stop.abort();
		expect(abortSignal?.aborted).toBe(true);
		throw new Error('canceled');
	}, stop.signal);
	await expect(load(context)).rejects.toMatchObject({
		code: 'invalid_parameter',
		message: "'Images' 1: n8n did not return the image behind its own URL",
	});
});

it('is no image when n8n refuses it', async () => {
	const body = Readable.from([Buffer.from('Invalid token')]);
	const context = contextOf(() => ({ statusCode: 400, headers: {}, body }));
	await expect(load(context)).rejects.toMatchObject({ code: 'invalid_parameter', billed: 'no' });
});
