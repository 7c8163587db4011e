import { startDouble, type Double } from './index';
import {
	bytesOf,
	clientOf,
	firstImage,
	imageTool,
	imagesOf,
	pixelsOf,
	refusalOf,
	sendTurn,
	type ImageItem,
	type Turn,
} from './testing';

let double: Double;
beforeAll(async () => {
	double = await startDouble();
});
afterAll(() => double.close());
beforeEach(() => double.reset());

const send = (...turn: Turn) => sendTurn(double, ...turn);

describe('a conversation', () => {
	it('goes on from a response: turn 3 comes from turn 2', async () => {
		const one = await send('A logo');
		const two = await send('more geometric', { previous_response_id: one.id });
		const three = await send('add a tagline', { previous_response_id: two.id });
		expect(firstImage(three)).toMatchObject({
			action: 'edit',
			revised_prompt: 'A logo, then more geometric, then add a tagline. Carefully composed.',
		});
		expect(double.journal.map(({ lineage }) => lineage)).toEqual([
			['A logo'],
			['A logo', 'more geometric'],
			['A logo', 'more geometric', 'add a tagline'],
		]);
		// One image was handed in at turn 2, both at turn 3; those of turn 2 are then cached.
		expect(two.tool_usage?.image_gen.input_tokens_details.image_tokens).toBe(1024);
		expect(three.tool_usage?.image_gen).toMatchObject({
			input_tokens_details: { image_tokens: 2048 },
			cached_tokens: 1024,
			cached_tokens_details: { cached_image_tokens: 1024, cached_text_tokens: 0 },
		});
		expect(three.usage?.input_tokens_details.cached_tokens).toBeGreaterThanOrEqual(1024);
		// The old image shines through the new one.
		const alone = await send('add a tagline', {}, { action: 'generate' });
		const [derived, fresh] = await Promise.all(
			[three, alone].map(async (response) => await pixelsOf(bytesOf(firstImage(response)))),
		);
		expect(derived?.equals(fresh ?? Buffer.alloc(0))).toBe(false);
	});

	it('goes on from an image by its call', async () => {
		const one = await send('A logo [[panels 2]]');
		const [, second] = imagesOf(one);
		const reply = await clientOf(double).responses.create({
			model: 'gpt-5.4',
			tools: [imageTool()],
			input: [
				{ role: 'user', content: 'this one, warmer' },
				// The API needs no more than the id.
				{ type: 'image_generation_call', id: second?.id ?? '' } as ImageItem,
			],
		});
		expect(firstImage(reply).action).toBe('edit');
		expect(reply.tool_usage?.image_gen.input_tokens_details.image_tokens).toBe(1024);
		expect(double.journal[1]?.lineage).toEqual(['A logo [[panels 2]]', 'this one, warmer']);
	});

	it('is lost when unknown, expired, not stored, or of another project', async () => {
		const lost = async (id: string, headers: Record<string, string> = {}) => {
			const refused = await refusalOf(
				clientOf(double).responses.create(
					{ model: 'gpt-5.4', input: 'x', previous_response_id: id },
					{ headers },
				),
			);
			return [refused.status, refused.code, refused.param];
		};
		const gone = [404, 'previous_response_not_found', 'previous_response_id'];
		expect(await lost('resp_none')).toEqual(gone);
		const { id } = await send('x');
		expect(await lost(id, { 'OpenAI-Project': 'proj-2' })).toEqual(gone);
		double.expire([id]);
		expect(await lost(id)).toEqual(gone);
		const unstored = await send('x', { store: false });
		expect(await lost(unstored.id)).toEqual(gone);
		const call = [{ type: 'image_generation_call', id: 'ig_none' } as ImageItem];
		expect((await refusalOf(send(call))).status).toBe(404);
		const other = await send('x');
		await fetch(`${double.url.replace('/v1', '')}/__expire`, { method: 'POST' });
		expect(await lost(other.id)).toEqual(gone);
	});

	it('refuses to edit nothing', async () => {
		const refused = await refusalOf(send('warmer', {}, { action: 'edit' }));
		expect([refused.status, refused.param]).toEqual([400, 'tools[0].action']);
		expect(double.journal[0]?.paid).toBe(0);
	});
});

describe('stored responses', () => {
	it('can be fetched again and deleted', async () => {
		const { responses } = clientOf(double);
		const made = await send('A logo');
		expect(await responses.retrieve(made.id)).toEqual(made);
		await responses.delete(made.id);
		expect((await refusalOf(responses.retrieve(made.id))).status).toBe(404);
	});

	it('survive a connection that breaks', async () => {
		const stream = await clientOf(double).responses.create({
			model: 'gpt-5.4',
			input: 'x [[cut]]',
			tools: [imageTool()],
			stream: true,
		});
		let id = '';
		await expect(
			(async () => {
				for await (const event of stream)
					if (event.type === 'response.created') id = event.response.id;
			})(),
		).rejects.toThrow();
		expect(await clientOf(double).responses.retrieve(id)).toMatchObject({ status: 'completed' });
		expect(double.journal[0]?.paid).toBe(1);
	});
});

describe('in the background', () => {
	it('goes from queued to completed', async () => {
		const { responses } = clientOf(double);
		const begun = await send('x [[slow 400]]', { background: true });
		expect(begun).toMatchObject({ status: 'queued', output: [] });
		const seen = new Set<string | undefined>([begun.status]);
		let now = begun;
		while (now.status === 'queued' || now.status === 'in_progress') {
			await new Promise((resolve) => setTimeout(resolve, 20));
			now = await responses.retrieve(begun.id);
			seen.add(now.status);
		}
		expect([...seen]).toEqual(['queued', 'in_progress', 'completed']);
		expect(firstImage(now).result).toBeTruthy();
		expect(double.journal[0]?.paid).toBe(1);
	});

	it('can be cancelled, unpaid; others cannot', async () => {
		const { responses } = clientOf(double);
		const begun = await send('x [[slow 300]]', { background: true });
		expect(await responses.cancel(begun.id)).toMatchObject({ status: 'cancelled' });
		await new Promise((resolve) => setTimeout(resolve, 400));
		expect(await responses.retrieve(begun.id)).toMatchObject({ status: 'cancelled' });
		expect(double.journal[0]?.paid).toBe(0);
		const plain = await send('x');
		const refused = await refusalOf(responses.cancel(plain.id));
		expect(refused.message).toContain('Cannot cancel a synchronous response.');
	});

	it('streams, and the stream can be taken up again', async () => {
		const { responses } = clientOf(double);
		const stream = await responses.create({
			model: 'gpt-5.4',
			input: 'x [[slow 100]]',
			tools: [imageTool()],
			background: true,
			stream: true,
		});
		let id = '';
		for await (const event of stream) {
			if (event.type === 'response.queued') id = event.response.id;
			if (event.type === 'response.in_progress') break;
		}
		const rest = await responses.retrieve(id, { stream: true, starting_after: 2 });
		const numbers = [];
		let last = '';
		for await (const event of rest) {
			numbers.push(event.sequence_number);
			last = event.type;
		}
		expect(numbers[0]).toBe(3);
		expect(last).toBe('response.completed');
	});
});

it('streams events in the order of the SDK types', async () => {
	const stream = await clientOf(double).responses.create({
		model: 'gpt-5.4',
		input: 'Hi',
		tools: [imageTool({ partial_images: 2 })],
		stream: true,
	});
	const events = [];
	for await (const event of stream) events.push(event);
	expect(events.map(({ type }) => type)).toEqual([
		'response.created',
		'response.in_progress',
		'response.output_item.added',
		'response.image_generation_call.in_progress',
		'response.image_generation_call.generating',
		'response.image_generation_call.partial_image',
		'response.image_generation_call.partial_image',
		'response.image_generation_call.completed',
		'response.output_item.done',
		'response.output_item.added',
		'response.content_part.added',
		'response.output_text.delta',
		'response.output_text.delta',
		'response.output_text.delta',
		'response.output_text.delta',
		'response.output_text.done',
		'response.content_part.done',
		'response.output_item.done',
		'response.completed',
	]);
	expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, i) => i));
	const done = events.find(({ type }) => type === 'response.output_item.done');
	expect(done).toMatchObject({ item: { type: 'image_generation_call', status: 'completed' } });
	// 196 for the image, 100 for each of two partials.
	expect(events.at(-1)).toMatchObject({
		response: { tool_usage: { image_gen: { output_tokens: 396 } } },
	});
});
