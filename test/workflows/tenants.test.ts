import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { imageOf, say, turnsSent } from './conversations';
import { image, rows } from './gpt-image';
import { collect, order } from './orders';
import { setUp, startAfresh } from './set-up';

/**
 * Two users of one n8n, whose nodes share a store: the second has a workflow, a key and a service of its
 * own, and knows the IDs that the first one's images have.
 */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain', batchMs: 0 })));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

const orderOf = (item: INodeExecutionData | undefined): IDataObject =>
	image(item).order as IDataObject;

const png = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);

/** A service that answers what its owner likes. */
let server: Server | undefined;
afterEach(() => server?.close());
async function serviceOf(answers: Readonly<Record<string, unknown>>): Promise<{ url: string }> {
	const listening = createServer((request, response) => {
		const answer = answers[request.url?.split('?')[0] ?? ''];
		response.statusCode = answer === undefined ? 404 : 200;
		response.end(JSON.stringify(answer ?? {}));
	});
	server = listening;
	await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
	return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/v1` };
}
const second = { apiKey: 'sk-of-the-second', workflowId: 'second-workflow' };

it('a conversation does not restart from an image of somebody else', async () => {
	const first = await say(double, 'A secret mug');
	const { responseId } = imageOf(first.items[0]).conversation;
	await fetch(`${double.url.replace('/v1', '')}/__expire`, { method: 'POST' });
	const from = {
		continueFrom: 'response',
		previousResponseId: responseId,
		options: { onLostContext: 'restart' },
	};
	const sent = (): string => JSON.stringify(turnsSent(double).at(-1)?.body);

	await say(double, 'Show it', from, {
		apiKey: second.apiKey,
		workflow: { id: second.workflowId },
	});
	expect(sent()).toContain('Show it');
	expect(sent()).not.toContain('input_image');
	// The first one's own conversation does.
	await say(double, 'Show it', from);
	expect(sent()).toContain('input_image');
});

describe('with a service that gives the IDs of an order as its own', () => {
	const batch = (customId: unknown) => ({
		'/v1/batches/batch_2': {
			id: 'batch_2',
			status: 'completed',
			output_file_id: 'file-2',
			request_counts: { total: 1, completed: 1, failed: 0 },
		},
		'/v1/files/file-2/content': {
			custom_id: customId,
			response: { status_code: 200, body: { data: [{ b64_json: png.toString('base64') }] } },
		},
	});

	it('no row of another key is told, and no image is put in the place of its own', async () => {
		const items = [{ json: { what: 'a mug', secret: 'a price list' } }];
		const { id, customId } = orderOf((await order(double, items)).items[0]);
		const service = await serviceOf(batch(customId));
		const by = { collectFrom: 'id', orderId: 'batch_2' };
		const { images } = await collect(service, by, second);
		expect(images.map(({ json }) => Object.keys(json))).toEqual([['image']]);
		expect(JSON.stringify(images)).not.toContain('a price list');

		const own = await collect(double, { collectFrom: 'id', orderId: id });
		expect(own.images.map(({ json }) => json.secret)).toEqual(['a price list']);
		expect(image(own.images[0])).toMatchObject({ width: 1024, height: 1024 });
	});

	it('a message in the background is collected by its own key only', async () => {
		const later = { delivery: 'background' };
		const { id } = orderOf((await say(double, 'A mug', later)).items[0]) as { id: string };
		const call = { type: 'image_generation_call', id: 'ig_2', result: png.toString('base64') };
		const response = { id, object: 'response', status: 'completed', output: [call] };
		const service = await serviceOf({ [`/v1/responses/${id}`]: response });
		const by = { collectFrom: 'id', orderId: id };
		expect((await collect(service, by, second)).images).toHaveLength(1);
		const own = await collect(double);
		expect(own.images.map((item) => image(item).width)).toEqual([1024]);
	});
});

it('an order is read by its ID with a new key in the workflow that placed it, and with its key anywhere', async () => {
	const { id } = orderOf((await order(double, rows('a mug'))).items[0]) as { id: string };
	const by = { collectFrom: 'id', orderId: id };
	const elsewhere = await collect(double, by, second);
	expect(elsewhere.images.map(({ json }) => json.what)).toEqual([undefined]);
	const here = await collect(double, by, { apiKey: second.apiKey });
	expect(here.images.map(({ json }) => json.what)).toEqual(['a mug']);
	expect((await collect(double)).images).toEqual([]);
});
