import { addAbortSignal, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { listedModels } from '../../../nodes/host/model-list';

const key = 'gw-9f8e7d6c5b4a39281706';

/** n8n's helper, which answers with a stream. */
function contextOf(body: Readable) {
	const asked: IHttpRequestOptions[] = [];
	const context: unknown = {
		getCredentials: async () => ({
			service: 'openai',
			apiKey: key,
			baseUrl: 'https://gateway.example/v1',
		}),
		helpers: {
			httpRequest: async (options: IHttpRequestOptions) => {
				asked.push(options);
				if (options.abortSignal) addAbortSignal(options.abortSignal as AbortSignal, body);
				return { statusCode: 200, headers: {}, body };
			},
		},
	};
	return { asked, context: context as IExecuteFunctions };
}

it('is read without the key', async () => {
	const data = [{ id: 'gpt-image-2', shutdown_date: '2027-01-01' }, { id: `of-${key}` }];
	const { asked, context } = contextOf(Readable.from([Buffer.from(JSON.stringify({ data }))]));
	expect(await listedModels(context)).toEqual([
		{ id: 'gpt-image-2', shutdownDate: '2027-01-01' },
		{ id: 'of-…', shutdownDate: undefined },
	]);
	expect(asked).toMatchObject([{ url: 'https://gateway.example/v1/models' }]);
});

it('that comes byte by byte without an end is given up', async () => {
	const endless = Readable.from(
		(async function* () {
			for (;;) {
				yield Buffer.from(' ');
				await sleep(50);
			}
		})(),
	);
	const { context } = contextOf(endless);
	expect(await listedModels(context)).toBeUndefined();
	expect(endless.destroyed).toBe(true);
});
