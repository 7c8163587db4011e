import sharp from 'sharp';
import { startDouble, type Double } from './index';
import {
	bytesOf,
	clientOf,
	firstImage,
	flatPng,
	imageTool,
	maskPng,
	imagesOf,
	pixelsOf,
	post,
	refusalOf,
	sendTurn,
	upload,
	type Turn,
} from './testing';

let double: Double;
beforeAll(async () => {
	double = await startDouble();
});
afterAll(() => double.close());
beforeEach(() => double.reset());

const send = (...turn: Turn) => sendTurn(double, ...turn);
const dataUrl = (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`;

describe('one turn', () => {
	it('answers with an image call and a text', async () => {
		const response = await send('A logo for a bakery');
		expect(response).toMatchObject({
			id: expect.stringMatching(/^resp_/),
			object: 'response',
			status: 'completed',
			model: 'gpt-5.4',
			previous_response_id: null,
			error: null,
			output_text: 'Here it is: A logo for a bakery',
		});
		expect(response.output.map(({ type }) => type)).toEqual(['image_generation_call', 'message']);
		expect(firstImage(response)).toMatchObject({
			id: expect.stringMatching(/^ig_/),
			status: 'completed',
			action: 'generate',
			background: 'opaque',
			output_format: 'png',
			quality: 'low',
			size: '1024x1024',
			revised_prompt: 'A logo for a bakery. Carefully composed.',
		});
		const found = await sharp(bytesOf(firstImage(response))).metadata();
		expect(found).toMatchObject({ width: 1024, height: 1024, format: 'png' });
		expect(double.journal[0]).toMatchObject({ paid: 1, model: 'gpt-5.4', status: 200 });
	});

	it('bills the image model apart from the mainline model', async () => {
		const { usage, tool_usage } = await send('A logo', { reasoning: { effort: 'low' } });
		// "A logo. Carefully composed." is 6 tokens, and 6 around it.
		expect(tool_usage).toEqual({
			image_gen: {
				input_tokens: 12,
				input_tokens_details: { image_tokens: 0, text_tokens: 12 },
				output_tokens: 196,
				output_tokens_details: { image_tokens: 196, text_tokens: 0 },
				total_tokens: 208,
			},
			web_search: { num_requests: 0 },
		});
		expect(usage?.output_tokens_details.reasoning_tokens).toBe(64);
		expect(usage?.total_tokens).toBe((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
	});

	it('defaults to gpt-image-2, and takes any other by the tool', async () => {
		const old = await send('x', {}, { model: 'gpt-image-1.5', quality: 'high' });
		expect(old.tool_usage?.image_gen.output_tokens_details?.image_tokens).toBe(4160);
		const fine = await send('x', {}, { model: 'gpt-image-2.5-flare', quality: 'xhigh' });
		expect(fine.tool_usage?.image_gen.output_tokens).toBe(3122);
		const svg = await send('x', {}, { model: 'gpt-image-2.6-flare', output_format: 'svg' });
		expect(bytesOf(firstImage(svg)).toString()).toContain('<svg');
		expect(firstImage(svg).svg_usage?.total_tokens).toBeGreaterThan(0);
	});

	it('gives several images, only text, or a failed call when told', async () => {
		const panels = imagesOf(await send('A story [[panels 3]]'));
		expect(panels.map(({ revised_prompt }) => revised_prompt)).toEqual([
			'Panel 1 of 3: A story. Carefully composed.',
			'Panel 2 of 3: A story. Carefully composed.',
			'Panel 3 of 3: A story. Carefully composed.',
		]);
		expect(new Set(panels.map(({ result }) => result)).size).toBe(3);
		expect(imagesOf(await send('A story [[panels 6]]', { max_tool_calls: 2 }))).toHaveLength(2);
		const talk = await send('What can you do? [[talk]]');
		expect(talk.output.map(({ type }) => type)).toEqual(['message']);
		expect(talk.output_text).toContain('What can you do?');
		const failed = await send('A story [[panels 2]] [[failcall 2]]');
		expect(failed.status).toBe('completed');
		expect(imagesOf(failed).map(({ status }) => status)).toEqual(['completed', 'failed']);
		expect(imagesOf(failed)[1]).toMatchObject({
			result: null,
			error: {
				code: 'moderation_blocked',
				type: 'image_generation_user_error',
				moderation_details: { moderation_stage: 'output', categories: ['violence'] },
			},
		});
		expect(failed.tool_usage?.image_gen.output_tokens).toBe(196);
		expect(double.journal.map(({ paid }) => paid)).toEqual([3, 2, 0, 1]);
	});

	it('can leave out either usage', async () => {
		expect(await send('x [[notoolusage]]')).not.toHaveProperty('tool_usage');
		expect(await send('x [[nousage]]')).not.toHaveProperty('usage');
	});

	it('can fail, or stop before its end', async () => {
		expect(await send('x [[failresponse image_too_large]]')).toMatchObject({
			status: 'failed',
			error: { code: 'image_too_large' },
		});
		expect(await send('x [[incomplete]]')).toMatchObject({
			status: 'incomplete',
			incomplete_details: { reason: 'max_output_tokens' },
		});
	});

	it('searches the web when it has the tool', async () => {
		const tools = [{ type: 'web_search' as const }, imageTool()];
		const response = await send('Today in Lisbon [[search 2]]', { tools });
		expect(response.tool_usage?.web_search.num_requests).toBe(2);
		expect(response.output.filter(({ type }) => type === 'web_search_call')).toHaveLength(2);
	});

	it('must draw when the tool is forced, and must not when it is forbidden', async () => {
		const forced = await send('x [[talk]]', { tool_choice: { type: 'image_generation' } });
		expect(forced.output.map(({ type }) => type)).toEqual(['image_generation_call']);
		expect(imagesOf(await send('x', { tool_choice: 'none' }))).toHaveLength(0);
	});
});

describe('attachments', () => {
	const ask = (content: object[]) =>
		send([
			{ role: 'user', content: [{ type: 'input_text', text: 'Use these' }, ...content] },
		] as never);

	it('are images by data URL, address and file, and documents', async () => {
		const photo = await flatPng(1024, 1024);
		const { files } = clientOf(double);
		const image = await files.create({ file: await upload(photo), purpose: 'vision' });
		const pdf = await files.create({
			file: await upload(Buffer.from('%PDF-1.7'), 'brief.pdf', 'application/pdf'),
			purpose: 'user_data',
		});
		const response = await ask([
			{ type: 'input_image', image_url: dataUrl(photo), detail: 'high' },
			{ type: 'input_image', image_url: 'https://example.com/a.png', detail: 'auto' },
			{ type: 'input_image', file_id: image.id, detail: 'low' },
			{ type: 'input_file', file_id: pdf.id },
			{ type: 'input_file', filename: 'a.csv', file_data: 'data:text/csv;base64,YSxiCg==' },
			{ type: 'input_file', file_url: 'https://example.com/terms.pdf' },
		]);
		expect(firstImage(response)).toMatchObject({
			action: 'edit',
			revised_prompt: 'Use these, following brief.pdf, a.csv, terms.pdf. Carefully composed.',
		});
		expect(response.tool_usage?.image_gen.input_tokens_details.image_tokens).toBe(3 * 1024);
	});

	it('that cannot be used are refused', async () => {
		const heavy = `data:application/pdf;base64,${Buffer.alloc(60 * 2 ** 20).toString('base64')}`;
		for (const [part, code] of [
			[{ type: 'input_image', image_url: 'data:image/png;base64,AAAA' }, 'invalid_image'],
			[{ type: 'input_image', file_id: 'file-none' }, 'image_file_not_found'],
			[{ type: 'input_image' }, 'missing_required_parameter'],
			[{ type: 'input_file', filename: 'big.pdf', file_data: heavy }, 'file_too_large'],
			[
				{ type: 'input_file', filename: 'a.exe', file_data: 'data:x;base64,AA==' },
				'unsupported_file',
			],
			[{ type: 'input_video' }, 'invalid_value'],
		] as const) {
			expect((await refusalOf(ask([part]))).code).toBe(code);
		}
	});

	it('can have a mask for the first image', async () => {
		const photo = await flatPng(1024, 1024);
		const hole = { left: 100, top: 100, width: 200, height: 200 };
		const mask = await maskPng({ width: 1024, height: 1024 }, hole);
		const response = await send(
			[
				{
					role: 'user',
					content: [
						{ type: 'input_text', text: 'A lamp' },
						{ type: 'input_image', image_url: dataUrl(photo), detail: 'auto' },
					],
				},
			],
			{},
			{ input_image_mask: { image_url: dataUrl(mask) } },
		);
		const [before, after] = [await pixelsOf(photo), await pixelsOf(bytesOf(firstImage(response)))];
		const same = (x: number, y: number) => {
			const at = (y * 1024 + x) * 4;
			return before.subarray(at, at + 4).equals(after.subarray(at, at + 4));
		};
		expect([same(50, 50), same(800, 800), same(200, 120)]).toEqual([true, true, false]);
	});
});

describe('refusals', () => {
	it.each([
		[{ model: 'gpt-image-2' }, 400, 'model', 'unsupported_model'],
		[{ model: 'nonsense' }, 404, 'model', 'model_not_found'],
		[{ n: 2 }, 400, 'n', 'unknown_parameter'],
		[{ input: undefined }, 400, 'input', 'missing_required_parameter'],
		[{ tools: [imageTool({ n: 2 })] }, 400, 'tools[0].n', 'unknown_parameter'],
		[{ tools: [imageTool({ markup: {} })] }, 400, 'tools[0].markup', 'unknown_parameter'],
		[{ tools: [imageTool({ size: '10x10' })] }, 400, 'tools[0].size', 'invalid_value'],
		[{ tools: [imageTool({ quality: 'max' })] }, 400, 'tools[0].quality', 'invalid_value'],
		[{ tools: [imageTool({ model: 'gpt-image-1' })] }, 404, 'tools[0].model', 'model_not_found'],
		[{ tools: [{ type: 'magic' }] }, 400, 'tools[0].type', 'invalid_value'],
		[{ tools: [], tool_choice: { type: 'image_generation' } }, 400, 'tool_choice', 'invalid_value'],
		[{ reasoning: { effort: 'huge' } }, 400, 'reasoning.effort', 'invalid_value'],
		[{ background: true, store: false }, 400, 'store', 'invalid_value'],
	])('%j', async (more, status, param, code) => {
		const body = { model: 'gpt-5.4', input: 'x', tools: [imageTool()], ...more };
		const answer = await post(double, '/responses', body);
		const { error } = (await answer.json()) as { error: { param: string; code: string } };
		expect([answer.status, error.param, error.code]).toEqual([status, param, code]);
	});

	it('by the markers of the message', async () => {
		expect((await refusalOf(send('x [[moderation]]'))).code).toBe('moderation_blocked');
		expect((await refusalOf(send('x [[500 billed]]'))).status).toBe(500);
		expect(double.journal.map(({ paid }) => paid)).toEqual([0, 1]);
	});
});
