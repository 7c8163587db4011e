import sharp from 'sharp';
import { inspect, readToEnd } from '../../core/pixels/source';
import { measure } from '../../core/pixels/measure';
import { fileName } from '../../core/pixels/file-name';
import { drawChart } from '../../core/pixels/chart';
import { readErrorBody } from '../../core/openai/errors/body';
import { readImages, type ImageAnswer } from '../../core/openai/image-answer';
import { underLimits } from '../../core/openai/images';
import { Client } from '../../core/openai/client';
import { promptTokens } from '../../core/pricing/prompt-tokens';
import { checkImageParams } from '../../core/rules/request';
import { tableCalendar } from '../../core/rules/calendar';
import { GptImageError } from '../../core/errors';
import { below, mutate, oneOf, type Random } from './mutate';

/** What is fuzzed. A target may throw GptImageErrors; bounds are those of docs/security.md. */

export interface Target {
	readonly name: string;
	/** Bytes that it may take at most beside its input, by the table of bounds. */
	readonly mostBytes: number;
	run(random: Random): Promise<void>;
}

const key = 'gw-9f8e7d6c5b4a39281706';
const origin = { param: 'images', label: "'Images' 1", name: 'a' };
const megabyte = 2 ** 20;

const svg = Buffer.from(
	'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><style>rect{fill:red}</style><defs><g id="a"><rect width="9" height="9"/></g><filter id="f"><feGaussianBlur stdDeviation="2"/></filter></defs><use href="#a"/><a href="https://a.example"><path d="M0 0L9 9" stroke-dasharray="2" filter="url(#f)"/></a></svg>',
);

export async function targets(): Promise<readonly Target[]> {
	const draw = sharp({ create: { width: 64, height: 48, channels: 4, background: '#a0b0c080' } });
	const images: [Buffer, ...Buffer[]] = [
		await draw.clone().png().toBuffer(),
		await draw.clone().jpeg().toBuffer(),
		await draw.clone().webp().toBuffer(),
		await draw.clone().gif().toBuffer(),
	];
	const image = images[0].toString('base64');
	const usage = {
		input_tokens: 8,
		input_tokens_details: { text_tokens: 8, image_tokens: 0 },
		output_tokens: 196,
		total_tokens: 204,
	};
	const json = Buffer.from(JSON.stringify({ data: [{ b64_json: image }], usage }));
	const frame = (type: string): string =>
		`event: ${type}\ndata: ${JSON.stringify({ type, b64_json: image, usage })}\n\n`;
	const stream = Buffer.from(
		frame('image_generation.partial_image') + frame('image_generation.completed'),
	);
	const failure = Buffer.from(
		JSON.stringify({ error: { message: `Bad key ${key}`, type: key, param: key, code: key } }),
	);
	let answer: { readonly status: number; readonly body: Buffer } = { status: 200, body: json };
	const client = new Client({
		apiKey: key,
		baseUrl: 'https://service.invalid/v1',
		fetch: async () =>
			new Response(new Uint8Array(answer.body), {
				status: answer.status,
				headers: { 'x-request-id': `req ${key}` },
			}),
	});
	const ask = async (status: number, body: Buffer): Promise<void> => {
		answer = { status, body };
		const read = await underLimits(
			'gpt-image-2',
			{ timeoutMs: 20_000 },
			async (signal) => await call(signal),
		);
		if (read.images.length > 1 || read.partials.length > 1) throw new Error('More than asked for');
		if (read.requestId?.includes(key)) throw new Error('The key is in the request ID');
	};
	const call = async (signal: AbortSignal): Promise<ImageAnswer> => {
		const asked = { model: 'gpt-image-2', count: 1, partialImages: 1 };
		const response = await client.post('/images/generations', { prompt: 'a' }, signal);
		const size = { width: 1024, height: 1024 };
		return await readImages(response, client, { ...asked, size }, signal);
	};
	const texts = (random: Random): string =>
		mutate(Buffer.from('A red mug / {prompt}-{index}'), random).toString('utf8');

	return [
		{
			name: 'images',
			mostBytes: 96 * megabyte,
			run: async (random) => {
				const bytes = mutate(oneOf(random, images), random);
				await measure(bytes);
				await readToEnd(sharp, await inspect(sharp, bytes, origin));
			},
		},
		{
			name: 'drawings',
			mostBytes: 160 * megabyte,
			run: async (random) => {
				await inspect(sharp, mutate(svg, random), origin);
			},
		},
		{
			name: 'answers',
			mostBytes: 128 * megabyte,
			run: async (random) => await ask(200, mutate(oneOf(random, [json, stream]), random)),
		},
		{
			name: 'errors',
			mostBytes: 32 * megabyte,
			run: async (random) => {
				const body = readErrorBody(mutate(failure, random).toString('utf8'));
				if ((body.reason ?? '').length > 500) throw new Error('A reason is too long');
			},
		},
		{
			name: 'parameters',
			mostBytes: 64 * megabyte,
			run: async (random) => {
				const text = texts(random);
				await promptTokens(text.slice(0, 32_000));
				const named = fileName(
					text,
					{
						prompt: text,
						index: 1,
						count: 2,
						model: text,
						width: 1,
						height: 1,
						format: 'png',
						date: new Date(0),
					},
					2,
				);
				if (Buffer.byteLength(named) > 255) throw new Error('A file name is too long');
				const names = ['size', 'quality', 'aspectRatio', 'megapixels', 'outputFormat', 'model'];
				const name = names[below(random, names.length)] ?? 'size';
				const params = { model: 'gpt-image-2', prompt: 'a', size: '1024x1024', quality: 'low' };
				try {
					checkImageParams(
						{ operation: 'generate', ...params, [name]: text },
						tableCalendar('2026-11-28'),
					);
				} catch (error) {
					if (error instanceof Error && error.message.length > 1_000) {
						throw new Error('A message is too long');
					}
					throw error instanceof GptImageError ? error : new Error(String(error));
				}
			},
		},
		{
			name: 'charts',
			mostBytes: 64 * megabyte,
			run: async (random) => {
				const row = { name: texts(random), caption: 'c', paid: 1, saved: 0, planned: 0 };
				await drawChart({ title: texts(random), subtitle: texts(random), rows: [row] });
			},
		},
	];
}
