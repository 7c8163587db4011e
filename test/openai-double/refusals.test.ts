import { startDouble, type Double } from './index';
import { clientOf, post, refusalOf } from './testing';

let double: Double;
beforeAll(async () => {
	double = await startDouble({ drawing: 'plain' });
});
afterAll(() => double.close());
beforeEach(() => double.reset());

const good = { model: 'gpt-image-2', prompt: 'x' };

describe('keys', () => {
	it('are needed', async () => {
		const answer = await fetch(`${double.url}/models`);
		expect(answer.status).toBe(401);
		expect(await answer.json()).toMatchObject({
			error: { type: 'invalid_request_error', param: null, code: null },
		});
	});

	it('that are wrong come back starred out', async () => {
		const answer = await post(double, '/images/generations', good, 'sk-bad-0123456789abcdef');
		expect(answer.status).toBe(401);
		expect(await answer.json()).toEqual({
			error: {
				message:
					'Incorrect API key provided: sk-bad-0***********cdef. You can find your API key at ' +
					'https://platform.openai.com/account/api-keys.',
				type: 'invalid_request_error',
				param: null,
				code: 'invalid_api_key',
			},
		});
	});

	it('of an unverified organisation may list models but not buy', async () => {
		const refused = await refusalOf(clientOf(double, 'sk-unverified').images.generate(good));
		expect(refused.status).toBe(403);
		expect(refused.message).toContain('Your organization must be verified to use the model');
		expect((await clientOf(double, 'sk-unverified').models.list()).data.length).toBeGreaterThan(9);
	});

	it('without money left answer 429 insufficient_quota', async () => {
		const refused = await refusalOf(clientOf(double, 'sk-quota').images.generate(good));
		expect([refused.status, refused.code, refused.type]).toEqual([
			429,
			'insufficient_quota',
			'insufficient_quota',
		]);
	});

	it('are in the journal only as a digest, with organisation and project', async () => {
		await fetch(`${double.url}/models`, {
			headers: {
				authorization: 'Bearer sk-very-secret',
				'openai-organization': 'org-1',
				'openai-project': 'proj-1',
			},
		});
		expect(JSON.stringify(double.journal)).not.toContain('very-secret');
		expect(double.journal[0]).toMatchObject({ organization: 'org-1', project: 'proj-1' });
		expect(double.journal[0]?.apiKey).toMatch(/^[0-9a-f]{12}$/);
	});
});

const sizeRule = 'image_generation_user_error';
const plainRule = 'invalid_request_error';

describe('parameters', () => {
	it.each([
		[{ response_format: 'b64_json' }, 'response_format', 'unknown_parameter', plainRule],
		[{ style: 'vivid' }, 'style', 'unknown_parameter', plainRule],
		[{ input_fidelity: 'low' }, 'input_fidelity', 'unknown_parameter', plainRule],
		[{ prompt: '' }, 'prompt', 'empty_string', plainRule],
		[{ prompt: 'x'.repeat(32_001) }, 'prompt', 'string_above_max_length', plainRule],
		[{ prompt: undefined }, 'prompt', 'missing_required_parameter', plainRule],
		[{ prompt: 7 }, 'prompt', 'invalid_type', plainRule],
		[{ model: undefined }, 'model', 'missing_required_parameter', plainRule],
		[{ model: 'gpt-5.4' }, 'model', 'invalid_value', plainRule],
		[{ n: 0 }, 'n', 'integer_below_min_value', plainRule],
		[{ n: 11 }, 'n', 'integer_above_max_value', plainRule],
		[{ n: 2.5 }, 'n', 'invalid_type', plainRule],
		[{ n: '2' }, 'n', 'invalid_type', plainRule],
		[{ size: 'large' }, 'size', 'invalid_value', sizeRule],
		[{ size: '1000x1000' }, 'size', 'invalid_value', sizeRule],
		[{ quality: 'xhigh' }, 'quality', 'invalid_value', plainRule],
		[{ quality: 'standard' }, 'quality', 'invalid_value', plainRule],
		[{ quality: 'hd' }, 'quality', 'invalid_value', plainRule],
		[
			{ background: 'transparent', output_format: 'jpeg' },
			'background',
			'invalid_value',
			plainRule,
		],
		[{ background: 'green' }, 'background', 'invalid_value', plainRule],
		[{ output_format: 'bmp' }, 'output_format', 'invalid_value', plainRule],
		[{ output_format: 'gif' }, 'output_format', 'invalid_value', plainRule],
		[{ output_format: 'svg' }, 'output_format', 'invalid_value', plainRule],
		[{ output_compression: 50 }, 'output_compression', 'invalid_value', plainRule],
		[
			{ output_compression: 101, output_format: 'webp' },
			'output_compression',
			'integer_above_max_value',
			plainRule,
		],
		[{ partial_images: 1 }, 'partial_images', 'invalid_value', plainRule],
		[{ partial_images: 4, stream: true }, 'partial_images', 'integer_above_max_value', plainRule],
		[{ stream: 'yes' }, 'stream', 'invalid_type', plainRule],
		[{ moderation: 'off' }, 'moderation', 'invalid_value', plainRule],
		[{ complexity: 'high' }, 'complexity', 'unsupported_parameter', plainRule],
		[{ frame_count: 3 }, 'frame_count', 'invalid_value', plainRule],
		[{ svg: { model: 'x' } }, 'svg', 'invalid_value', plainRule],
	])('%j', async (params, param, code, type) => {
		const answer = await post(double, '/images/generations', { ...good, ...params });
		const { error } = (await answer.json()) as { error: Record<string, string> };
		expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
		expect([answer.status, error.param, error.code, error.type]).toEqual([400, param, code, type]);
		expect(answer.headers.get('x-request-id')).toBe(double.journal[0]?.requestId);
		expect(double.journal[0]).toMatchObject({ status: 400, error: code, paid: 0 });
	});

	it.each([
		[{ n: 2, output_format: 'svg' }, 'n'],
		[{ stream: true, output_format: 'svg' }, 'stream'],
		[{ partial_images: 0, output_format: 'gif' }, 'partial_images'],
		[{ frame_count: 17, output_format: 'gif' }, 'frame_count'],
		[{ output_compression: 9, output_format: 'gif' }, 'output_compression'],
		[{ background: 'transparent', output_format: 'svg' }, 'background'],
	])('%j on 2.6', async (params, param) => {
		const answer = await post(double, '/images/generations', {
			model: 'gpt-image-2.6-flare',
			prompt: 'x',
			...params,
		});
		const { error } = (await answer.json()) as { error: { param: string } };
		expect([answer.status, error.param]).toEqual([400, param]);
	});

	it.each([
		['1000x1000', 'Width and height must both be divisible by 16.'],
		['4096x2048', 'The longest edge must be less than or equal to 3840.'],
		['2048x512', 'The aspect ratio must be between 1:3 and 3:1.'],
		['800x800', 'Requested resolution is below the current minimum pixel budget.'],
		['16x16', 'Requested resolution is below the current minimum pixel budget.'],
		['3840x3840', 'Requested resolution exceeds the current pixel budget.'],
	])('size %s: %s', async (size, message) => {
		const answer = await post(double, '/images/generations', { ...good, size });
		expect(await answer.json()).toEqual({
			error: { message, type: sizeRule, param: 'size', code: 'invalid_value' },
		});
	});

	it.each(['816x816', '3840x2160', '1440x480', '480x1440', '2880x2880'])(
		'takes size %s',
		async (size) => {
			const answer = await clientOf(double).images.generate({ ...good, size });
			expect(answer.size).toBe(size);
		},
	);

	it.each(['gpt-image-1.5', 'gpt-image-1-mini', 'chatgpt-image-latest'])(
		'%s has three sizes',
		async (model) => {
			const refused = await refusalOf(
				clientOf(double).images.generate({ model, prompt: 'x', size: '1536x864' }),
			);
			expect(refused.message).toBe(
				"400 Invalid value: '1536x864'. Supported values are: '1024x1024', '1024x1536', " +
					"'1536x1024', and 'auto'.",
			);
		},
	);

	it.each(['dall-e-2', 'dall-e-3', 'gpt-image-1', 'gpt-image-2.5', 'nonsense'])(
		'there is no model %s',
		async (model) => {
			const refused = await refusalOf(clientOf(double).images.generate({ model, prompt: 'x' }));
			expect([refused.status, refused.code, refused.param]).toEqual([
				404,
				'model_not_found',
				'model',
			]);
		},
	);

	it('null means absent', async () => {
		const answer = await clientOf(double).images.generate({
			...good,
			n: null,
			size: null,
			background: null,
			output_compression: null,
			user: undefined,
		});
		expect(answer.data).toHaveLength(1);
	});
});

describe('requests', () => {
	it('that are not JSON are refused, and journalled', async () => {
		const answer = await post(double, '/images/generations', '{"model":');
		expect(answer.status).toBe(400);
		expect(double.journal[0]).toMatchObject({ status: 400, body: null });
	});

	it('to unknown and retired addresses are refused', async () => {
		const refused = await refusalOf(clientOf(double).post('/images/variations', { body: good }));
		expect([refused.status, refused.message]).toEqual([
			404,
			'404 Invalid URL (POST /v1/images/variations)',
		]);
	});
});

describe('models', () => {
	it('are listed with the day on which they stop', async () => {
		const { data } = await clientOf(double).models.list();
		const days = new Map(data.map(({ id, shutdown_date }) => [id, shutdown_date]));
		expect(days.get('gpt-image-1.5')).toBe('2026-12-01');
		expect(days.get('gpt-image-2')).toBeNull();
		expect(days.has('gpt-5.4')).toBe(true);
		expect(days.has('dall-e-3')).toBe(false);
	});

	it('can be looked up, and can be told to have stopped', async () => {
		const { models, images } = clientOf(double);
		expect(await models.retrieve('gpt-image-1-mini')).toMatchObject({
			id: 'gpt-image-1-mini',
			object: 'model',
			shutdown_date: '2026-12-01',
		});
		double.options.unavailableModels = ['gpt-image-1-mini'];
		expect((await refusalOf(models.retrieve('gpt-image-1-mini'))).status).toBe(404);
		const refused = await refusalOf(images.generate({ model: 'gpt-image-1-mini', prompt: 'x' }));
		expect(refused.code).toBe('model_not_found');
		double.options.unavailableModels = [];
	});
});

describe('moderations', () => {
	const judge = (input: string | string[]) =>
		clientOf(double).moderations.create({ input, model: 'omni-moderation-latest' });

	it('flag one word and the marker', async () => {
		const { results, id } = await judge(['a mug', 'a Forbidden mug', 'a mug [[moderation]]']);
		expect(id).toMatch(/^modr-/);
		expect(results.map(({ flagged }) => flagged)).toEqual([false, true, true]);
		expect(results[1]?.categories.violence).toBe(true);
		expect(results[1]?.category_scores.violence).toBe(0.97);
		expect(Object.keys(results[0]?.categories ?? {})).toHaveLength(13);
	});

	it('judge text and images together, and cost nothing', async () => {
		const { results } = await clientOf(double).moderations.create({
			input: [
				{ type: 'text', text: 'forbidden' },
				{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
			],
		});
		expect(results).toHaveLength(1);
		expect(results[0]?.category_applied_input_types.violence).toEqual(['text', 'image']);
		expect(double.journal[0]?.paid).toBe(0);
	});

	it('refuse what is no input', async () => {
		expect((await post(double, '/moderations', { input: [{ type: 'video' }] })).status).toBe(400);
		expect((await post(double, '/moderations', {})).status).toBe(400);
	});
});
