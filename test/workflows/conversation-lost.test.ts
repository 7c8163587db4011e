import type { Double } from '../openai-double';
import { imageOf, inSession, paidOf, say, sayAndFail, turnsSent } from './conversations';
import { setUp, startAfresh } from './set-up';

// Time limits must let a response begin on a machine under load, and not end.
jest.setTimeout(60_000);

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

describe('an answer that was lost on the way', () => {
	it('is fetched by its id when the stream breaks', async () => {
		const { items, error } = await say(double, 'A mug [[cut]]', inSession('s'));
		expect(error).toBeUndefined();
		expect(imageOf(items[0]).request.attempts).toBe(1);
		expect(double.journal.map(({ method }) => method)).toEqual(['POST', 'GET']);
		expect(paidOf(double)).toBe(1);
	});

	it('is fetched by the next run when the time limit cut it off', async () => {
		const message = 'A mug [[slow 6000]]';
		const parameters = {
			...inSession('s'),
			limits: { timeoutSeconds: 4 },
		};
		const first = await say(double, message, parameters);
		expect(first.error?.message).toContain('OpenAI did not respond within 4 seconds');
		expect(first.error).toHaveProperty(
			'description',
			expect.stringContaining(
				'the node then fetches the response by its ID instead of paying twice',
			),
		);
		expect(turnsSent(double)).toHaveLength(1);
		const second = await say(double, message, {
			...parameters,
			limits: { timeoutSeconds: 30 },
		});
		expect(second.error).toBeUndefined();
		expect(imageOf(second.items[0])).toMatchObject({
			conversation: { turn: 1 },
			warnings: [
				{
					message: expect.stringContaining(
						'its response was fetched instead of paying for a new one',
					),
				},
			],
		});
		expect(turnsSent(double)).toHaveLength(1);
		expect(paidOf(double)).toBe(1);
	});

	it('is bought again when OpenAI does not have it any more, and the item says so', async () => {
		const message = 'A mug [[slow 6000]]';
		await say(double, message, { limits: { timeoutSeconds: 4 } });
		await fetch(`${double.url.replace('/v1', '')}/__expire`, { method: 'POST' });
		const { items, error } = await say(double, message, { limits: { timeoutSeconds: 30 } });
		expect(error).toBeUndefined();
		expect(imageOf(items[0]).warnings).toMatchObject([
			{ code: 'may_have_been_billed' },
			{
				message: expect.stringMatching(/its response could not be fetched .* so it was sent again/),
			},
		]);
		expect(turnsSent(double)).toHaveLength(2);
	});

	it('is bought again within the run as often as the user allows', async () => {
		double.faults.push({ kind: 'reset', times: 1, match: { path: '/responses' } });
		const { items } = await say(double, 'A mug');
		expect(imageOf(items[0])).toMatchObject({
			request: { attempts: 2 },
			warnings: [{ message: expect.stringContaining('It may have been billed') }],
		});
		double.faults.push({ kind: 'reset', times: 1, match: { path: '/responses' } });
		const { error } = await say(double, 'A cup', { limits: { retryLost: false } });
		expect(error?.message).toContain('The connection was lost');
	});

	it('waits out a rate limit, which costs nothing', async () => {
		const { items } = await say(double, 'A mug [[429 0]]');
		expect(imageOf(items[0])).toMatchObject({ request: { attempts: 2 }, warnings: [] });
	});
});

describe('a conversation that OpenAI does not have any more', () => {
	const expire = async () =>
		await fetch(`${double.url.replace('/v1', '')}/__expire`, { method: 'POST' });

	it('fails, and says what can be done', async () => {
		await say(double, 'A red mug', inSession('s'));
		await expire();
		const { error } = await say(double, 'Make it blue', inSession('s'));
		expect(error?.message).toContain(
			'OpenAI no longer has the previous response of this conversation',
		);
		expect(error).toHaveProperty('description', expect.stringContaining("'If Context Is Lost'"));
	});

	it.each(['session', 'response'])(
		'is begun anew from its last image, and says so (%s)',
		async (kind) => {
			const first = imageOf((await say(double, 'A red mug', inSession('s'))).items[0]);
			await expire();
			const { items, error } = await say(double, 'Make it blue', {
				...(kind === 'session'
					? inSession('s')
					: { continueFrom: 'response', previousResponseId: first.conversation.responseId }),
				action: 'edit',
				options: { onLostContext: 'restart' },
			});
			expect(error).toBeUndefined();
			expect(imageOf(items[0])).toMatchObject({
				conversation: { turn: 2 },
				warnings: [{ message: expect.stringContaining('it was restarted from its last image') }],
			});
			const [, refused, restarted] = turnsSent(double);
			expect(refused).toMatchObject({ status: 404, paid: 0 });
			expect(restarted?.body).not.toHaveProperty('previous_response_id');
			expect(restarted?.body?.input).toEqual([
				{
					role: 'user',
					content: [
						{
							type: 'input_image',
							detail: 'auto',
							image_url: expect.objectContaining({ sha256: first.sha256 }),
						},
						{
							type: 'input_text',
							text: 'The first attached image is the last one of our conversation so far.\n\nMake it blue',
						},
					],
				},
			]);
			if (kind === 'response') return;
			await say(double, 'Larger', inSession('s'));
			expect(turnsSent(double)[3]?.body).toMatchObject({
				previous_response_id: imageOf(items[0]).conversation.responseId,
			});
		},
	);

	it('is begun anew without an image when there never was one', async () => {
		await say(double, 'Hello [[talk]]', inSession('s'));
		await expire();
		const { items } = await say(double, 'A mug', {
			...inSession('s'),
			options: { onLostContext: 'restart' },
		});
		expect(imageOf(items[0]).warnings).toMatchObject([
			{ message: expect.stringContaining('restarted without its images') },
		]);
	});

	it('is not bought twice when a later node fails after the restart', async () => {
		await say(double, 'A red mug', inSession('s'));
		await expire();
		const parameters = { ...inSession('s'), options: { onLostContext: 'restart' } };
		await sayAndFail(double, 'Make it blue', parameters);
		const { items } = await say(double, 'Make it blue', parameters);
		expect(imageOf(items[0])).toMatchObject({
			request: { reused: true },
			warnings: [{ message: expect.stringContaining('it was restarted from its last image') }],
		});
		expect(paidOf(double)).toBe(2);
	});
});
