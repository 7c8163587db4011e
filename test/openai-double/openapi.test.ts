import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { startDouble, type Double } from './index';
import { clientOf, flatPng, post, upload } from './testing';

/** OpenAI's own description of the API, where it stands beside the checkout. */
const file = join(__dirname, '../../../shared/facts/openai-images.openapi.json');

/** OpenAPI 3.0 writes a value that may be null as `nullable`, which JSON Schema does not know. */
function withoutNullable(_key: string, value: unknown): unknown {
	if (typeof value !== 'object' || value === null || !('nullable' in value)) return value;
	const { nullable, ...schema } = value;
	return nullable ? { anyOf: [schema, { type: 'null' }] } : schema;
}

it('an answer has the keys of the SDK type and no others', async () => {
	const double = await startDouble({ drawing: 'plain' });
	const answer = await post(double, '/images/generations', { model: 'gpt-image-2', prompt: 'x' });
	const body = (await answer.json()) as Record<string, object>;
	await double.close();
	expect(Object.keys(body).sort()).toEqual([
		'background',
		'created',
		'data',
		'output_format',
		'quality',
		'size',
		'usage',
	]);
	expect(Object.keys(body.usage ?? {}).sort()).toEqual([
		'input_tokens',
		'input_tokens_details',
		'output_tokens',
		'total_tokens',
	]);
});

if (existsSync(file)) {
	describe('by the API description', () => {
		let double: Double;
		let validators: Ajv2020;
		beforeAll(async () => {
			double = await startDouble({ drawing: 'plain' });
			validators = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
			validators.addSchema(JSON.parse(readFileSync(file, 'utf8'), withoutNullable), 'api');
		});
		afterAll(() => double.close());
		beforeEach(() => double.reset());

		const schema = (name: string): ValidateFunction => {
			const validate = validators.getSchema(`api#/components/schemas/${name}`);
			if (!validate) throw new Error(`No schema ${name}`);
			return validate;
		};
		const problems = (name: string, value: unknown) => {
			const validate = schema(name);
			validate(JSON.parse(JSON.stringify(value)));
			return (validate.errors ?? []).map(
				({ instancePath, message }) => `${instancePath} ${message}`,
			);
		};

		// The description is older than free sizes in answers and than the 2.5 qualities.
		it.each([
			{ model: 'gpt-image-2', prompt: 'x', size: '1024x1024', quality: 'high' },
			{ model: 'gpt-image-2', prompt: 'x', size: '1536x1024', quality: 'low', n: 2 },
			{ model: 'gpt-image-1.5', prompt: 'x', size: '1024x1536', quality: 'medium' },
			{
				model: 'gpt-image-1-mini',
				prompt: 'x',
				size: '1024x1024',
				quality: 'low',
				output_format: 'webp',
				output_compression: 80,
				background: 'transparent',
				moderation: 'low',
				user: 'u',
			},
		])('generation %j', async (body) => {
			expect(problems('CreateImageRequest', body)).toEqual([]);
			const answer = await post(double, '/images/generations', body);
			expect(answer.status).toBe(200);
			expect(problems('ImagesResponse', await answer.json())).toEqual([]);
		});

		it('a stream of events', async () => {
			const stream = await clientOf(double).images.generate({
				model: 'gpt-image-2',
				prompt: 'x',
				size: '1024x1024',
				quality: 'low',
				stream: true,
				partial_images: 1,
			});
			const found = [];
			for await (const event of stream) found.push(problems('ImageGenStreamEvent', event));
			expect(found).toEqual([[], []]);
		});

		it('edits in both forms', async () => {
			const photo = await flatPng(64, 64);
			const body = {
				model: 'gpt-image-2',
				prompt: 'x',
				size: '1024x1024',
				quality: 'low',
				moderation: 'low',
				images: [{ image_url: `data:image/png;base64,${photo.toString('base64')}` }],
			};
			expect(problems('EditImageBodyJsonParam', body)).toEqual([]);
			const answer = await post(double, '/images/edits', body);
			expect(problems('ImagesResponse', await answer.json())).toEqual([]);
			const form = await clientOf(double).images.edit({
				model: 'gpt-image-1.5',
				prompt: 'x',
				size: '1024x1024',
				quality: 'low',
				image: await upload(photo),
			});
			expect(problems('ImagesResponse', form)).toEqual([]);
		});

		it('models, moderations and files', async () => {
			const { models, moderations, files } = clientOf(double);
			const list = await (
				await fetch(`${double.url}/models`, { headers: { authorization: 'Bearer sk-1' } })
			).json();
			expect(problems('ListModelsResponse', list)).toEqual([]);
			expect(problems('Model', await models.retrieve('gpt-image-2'))).toEqual([]);
			const judged = await moderations.create({ input: ['a', 'forbidden'] });
			expect(problems('CreateModerationResponse', judged)).toEqual([]);
			const stored = await files.create({
				file: await upload(Buffer.from('x'), 'a.txt', 'text/plain'),
				purpose: 'user_data',
			});
			expect(problems('OpenAIFile', stored)).toEqual([]);
		});

		it('responses and their events', async () => {
			const { responses } = clientOf(double);
			const turn = {
				model: 'gpt-5.4',
				input: 'A story [[panels 2]] [[failcall 2]]',
				reasoning: { effort: 'low' as const },
				tools: [
					{ type: 'web_search' as const },
					{ type: 'image_generation' as const, size: '1024x1024' as const },
				],
			};
			const { output_text: _, ...response } = await responses.create(turn);
			expect(problems('Response', response)).toEqual([]);
			const found = [];
			for await (const event of await responses.create({ ...turn, stream: true })) {
				found.push(...problems('ResponseStreamEvent', event));
			}
			expect(found).toEqual([]);
		});

		it('notices what does not fit', () => {
			expect(problems('ImagesResponse', { created: 'now' })).not.toEqual([]);
			expect(problems('Response', { id: 'resp_1' })).not.toEqual([]);
			expect(problems('ResponseStreamEvent', { type: 'response.flood' })).not.toEqual([]);
		});

		it('errors', async () => {
			const answer = await post(double, '/images/generations', { prompt: '' });
			expect(problems('ErrorResponse', await answer.json())).toEqual([]);
		});
	});
}
