import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { startDouble, type Double } from './index';
import { clientOf, imageOf, post, refusalOf } from './testing';

let double: Double;
beforeAll(async () => {
	double = await startDouble({ drawing: 'plain' });
});
afterAll(() => double.close());
beforeEach(() => double.reset());

const body = (prompt: string, more: object = {}) => ({ model: 'gpt-image-2', prompt, ...more });
const ask = (prompt: string, more: object = {}) =>
	post(double, '/images/generations', body(prompt, more));
const statusOf = async (prompt: string) => (await ask(prompt)).status;

/** Until the double has noticed that the client is gone. */
async function settled(): Promise<void> {
	for (let i = 0; i < 200 && double.journal.some(({ endedAt }) => endedAt === null); i++) {
		await sleep(10);
	}
}

describe('markers in the prompt', () => {
	it('[[429 2]] hits once, with its wait', async () => {
		const refused = await ask('a [[429 2]]');
		expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
		expect(await refused.json()).toMatchObject({
			error: {
				code: 'rate_limit_exceeded',
				message: expect.stringContaining('Please try again in 2s.'),
			},
		});
		expect(await statusOf('a [[429 2]]')).toBe(200);
		expect(await statusOf('b [[429 2]]')).toBe(429);
		expect(double.journal.map(({ paid, fault }) => [paid, fault])).toEqual([
			[0, '429'],
			[1, null],
			[0, '429'],
		]);
	});

	it('[[500 x2]] hits twice, [[503]] always', async () => {
		const statuses = [];
		for (let i = 0; i < 3; i++) statuses.push(await statusOf('a [[500 x2]]'));
		for (let i = 0; i < 3; i++) statuses.push(await statusOf('a [[503]]'));
		expect(statuses).toEqual([500, 500, 200, 503, 503, 503]);
		expect(double.journal.map(({ paid }) => paid)).toEqual([0, 0, 1, 0, 0, 0]);
		expect(double.journal[0]?.error).toBe('server_error');
		expect(double.journal[3]?.error).toBe('server_is_overloaded');
	});

	it('[[500 billed]] fails after the image was paid', async () => {
		expect(await statusOf('a [[500 billed]]')).toBe(500);
		expect(double.journal[0]?.paid).toBe(1);
	});

	it('[[moderation]] is free, [[moderation output]] is not', async () => {
		const input = await refusalOf(
			clientOf(double).images.generate(body('a [[moderation]]', { stream: false })),
		);
		expect([input.status, input.type, input.code, input.param]).toEqual([
			400,
			'image_generation_user_error',
			'moderation_blocked',
			null,
		]);
		expect(input.message).toContain('Your request was rejected by the safety system');
		expect(input.message).toContain('safety_violations=[violence]');
		expect(input.error).toMatchObject({
			moderation_details: { moderation_stage: 'input', categories: ['violence'] },
		});
		const output = await (await ask('a [[moderation output]]')).json();
		expect(output).toMatchObject({ error: { moderation_details: { moderation_stage: 'output' } } });
		expect(double.journal.map(({ paid }) => paid)).toEqual([0, 1]);
	});

	it('[[quota code]] and [[error status code]] answer what they name', async () => {
		const quota = await ask('a [[quota billing_hard_limit_reached]]');
		expect(quota.status).toBe(429);
		expect(await quota.json()).toMatchObject({ error: { code: 'billing_hard_limit_reached' } });
		const error = await ask('a [[error 418 teapot]]');
		expect(error.status).toBe(418);
		expect(await error.json()).toMatchObject({ error: { code: 'teapot' } });
	});

	it('[[slow 300]] takes its time', async () => {
		const started = Date.now();
		await statusOf('a [[slow 300]]');
		expect(Date.now() - started).toBeGreaterThanOrEqual(299);
	});

	it('[[html]] is a proxy that says 502, [[html 200]] one that hides it', async () => {
		for (const [marker, status] of [
			['[[html]]', 502],
			['[[html 200]]', 200],
		] as const) {
			const answer = await ask(`a ${marker}`);
			expect(answer.status).toBe(status);
			expect(answer.headers.get('content-type')).toBe('text/html');
			expect(await answer.text()).toContain('<h1>502 Bad Gateway</h1>');
		}
		expect(double.journal.map(({ paid }) => paid)).toEqual([0, 0]);
	});

	it('[[empty]], [[badbase64]], [[nousage]] and [[oddusage]] spoil a paid answer', async () => {
		const answers = [];
		for (const kind of ['empty', 'badbase64', 'nousage', 'oddusage']) {
			answers.push(await (await ask(`a [[${kind}]]`)).json());
		}
		expect(answers).toMatchObject([
			{ data: [], usage: { total_tokens: expect.any(Number) } },
			{ data: [{ b64_json: '!!! not base64 !!!' }] },
			{ data: [{ b64_json: expect.any(String) }] },
			{ usage: { input_tokens: -1, output_tokens: null } },
		]);
		expect(answers[2]).not.toHaveProperty('usage');
		expect(double.journal.map(({ paid }) => paid)).toEqual([1, 1, 1, 1]);
	});

	it('[[cut]] breaks off in the middle of a paid answer', async () => {
		const answer = await ask('a [[cut]]', { n: 2 });
		expect(answer.status).toBe(200);
		await expect(answer.text()).rejects.toThrow('terminated');
		expect(double.journal[0]).toMatchObject({ paid: 2, aborted: false, fault: 'cut' });
		expect(double.journal[0]?.imageSha256).toHaveLength(2);
	});

	it('[[reset]] breaks off before any answer, unpaid', async () => {
		await expect(ask('a [[reset]]')).rejects.toThrow('fetch failed');
		expect(double.journal[0]).toMatchObject({ paid: 0, status: null });
		await expect(ask('a [[reset billed]]')).rejects.toThrow('fetch failed');
		expect(double.journal[1]?.paid).toBe(1);
	});

	it('[[hang]] pays and never answers', async () => {
		const leave = AbortSignal.timeout(200);
		await expect(
			fetch(`${double.url}/images/generations`, {
				method: 'POST',
				headers: { authorization: 'Bearer sk-1' },
				body: JSON.stringify(body('a [[hang]]')),
				signal: leave,
			}),
		).rejects.toThrow();
		await settled();
		expect(double.journal[0]).toMatchObject({ paid: 1, status: null, aborted: true });
	});

	it('[[big 12]] is a whole PNG of 12 MB, each one its own', async () => {
		const first = await clientOf(double).images.generate(body('a [[big 12]]', { stream: false }));
		const second = await clientOf(double).images.generate(body('a [[big 12]]', { stream: false }));
		const sums = [first, second].map((answer) => {
			const png = imageOf(answer);
			expect(Math.abs(png.length - 12 * 2 ** 20)).toBeLessThan(100);
			return createHash('sha256').update(png).digest('hex');
		});
		expect(sums).toEqual(double.journal.map(({ imageSha256 }) => imageSha256[0]));
		expect(sums[0]).not.toBe(sums[1]);
		const found = await sharp(imageOf(first), { failOn: 'warning' }).stats();
		expect(found.isOpaque).toBe(true);
	});
});

describe('a queue for the server', () => {
	it('hits in order, as often as told, and where it matches', async () => {
		double.faults.push(
			{ kind: '503', times: 1 },
			{ kind: '500', times: 2, match: { promptIncludes: 'cat' } },
			{ kind: '429', retryAfter: 7, match: { path: 'edits' } },
		);
		const statuses = [];
		for (const prompt of ['dog', 'dog', 'cat', 'cat', 'cat']) statuses.push(await statusOf(prompt));
		expect(statuses).toEqual([503, 200, 500, 500, 200]);
		expect(double.faults.list()).toHaveLength(1);
		double.reset();
		expect(double.faults.list()).toHaveLength(0);
	});

	it('knows no others', () => {
		expect(() => double.faults.push({ kind: 'flood' as 'slow' })).toThrow("No fault 'flood'");
	});
});

describe('a client that goes away', () => {
	it('is billed all the same', async () => {
		double.options.latencyMs = 500;
		const client = new AbortController();
		const call = fetch(`${double.url}/images/generations`, {
			method: 'POST',
			headers: { authorization: 'Bearer sk-1' },
			body: JSON.stringify(body('a', { n: 3 })),
			signal: client.signal,
		});
		const gone = expect(call).rejects.toThrow();
		while (double.journal.length === 0) await sleep(5);
		client.abort();
		await gone;
		while (double.journal[0]?.paid !== 3) await sleep(5);
		expect(double.journal[0]).toMatchObject({ paid: 3, aborted: true, status: null });
		double.options.latencyMs = 0;
	});
});

describe('limits', () => {
	it('of images per minute hold, and pass', async () => {
		double.options.imagesPerMinute = 3;
		double.options.minuteMs = 400;
		expect((await ask('a', { n: 2 })).status).toBe(200);
		const refused = await ask('a', { n: 2 });
		expect(refused.status).toBe(429);
		expect(await refused.json()).toMatchObject({
			error: {
				message: expect.stringContaining('on images per min: Limit 3, Used 2, Requested 2'),
			},
		});
		expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('1');
		await sleep(Number(refused.headers.get('retry-after-ms')) + 5);
		expect((await ask('a', { n: 2 })).status).toBe(200);
		double.options.imagesPerMinute = undefined;
		double.options.minuteMs = 60_000;
	});

	it('of a storm follow its seed', async () => {
		const weather = async () => {
			double.options.storm = { probability: 0.5, seed: 0 };
			await ask('reseed');
			double.options.storm = { probability: 0.5, seed: 11 };
			const statuses = [];
			for (let i = 0; i < 20; i++) statuses.push(await statusOf(`storm ${i}`));
			return statuses;
		};
		const first = await weather();
		expect(await weather()).toEqual(first);
		expect(new Set(first)).toEqual(new Set([200, 429]));
		double.options.storm = undefined;
	});
});

describe('control over HTTP', () => {
	const root = () => double.url.replace('/v1', '');
	const send = (path: string, value: unknown, method = 'POST') =>
		fetch(root() + path, { method, body: JSON.stringify(value) });

	it('reads the journal, queues faults, sets options and resets', async () => {
		await send('/__faults', [{ kind: '500', times: 1 }]);
		await send('/__options', { latencyMs: 5, drawing: 'plain' });
		expect(double.options.latencyMs).toBe(5);
		expect(await statusOf('a')).toBe(500);
		const journal = (await (await fetch(`${root()}/__journal`)).json()) as { status: number }[];
		expect(journal.map(({ status }) => status)).toEqual([500]);
		expect((await send('/__faults', { kind: 'flood' })).status).toBe(400);
		await send('/__reset', {});
		expect(double.journal).toHaveLength(0);
		await send('/__options', { latencyMs: 0, imagesPerMinute: 1 });
		await send('/__options', { imagesPerMinute: null });
		expect(double.options.imagesPerMinute).toBeUndefined();
	});
});

it('faults can hit the listing of models too', async () => {
	double.faults.push({ kind: '500', times: 1, match: { method: 'GET', path: '/models' } });
	const list = () => fetch(`${double.url}/models`, { headers: { authorization: 'Bearer sk-1' } });
	expect([(await list()).status, (await list()).status]).toEqual([500, 200]);
});
