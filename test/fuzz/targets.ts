import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { inspect, readToEnd } from '../../core/pixels/source';
import { measure } from '../../core/pixels/measure';
import { fileName } from '../../core/pixels/file-name';
import { drawChart } from '../../core/pixels/chart';
import { usable } from '../../core/calls/finish';
import { labelXmp } from '../../core/pixels/ai-label';
import { open } from '../../core/pixels/export/open';
import { readFont } from '../../core/pixels/export/sfnt';
import { fontFile } from '../../core/pixels/font';
import { promptTokens } from '../../core/pricing/prompt-tokens';
import { checkImageParams } from '../../core/rules/request';
import { tableCalendar } from '../../core/rules/calendar';
import { GptImageError } from '../../core/errors';
import { below, mutate, oneOf, type Random } from './mutate';
import { serviceTargets } from './service';
import { megabyte, type Target } from './target';

const origin = { param: 'images', label: "'Images' 1", name: 'a' };
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
	const label = Buffer.from(labelXmp('composite'));
	const font = readFileSync(fontFile);
	const request = checkImageParams(
		{ operation: 'generate', model: 'gpt-image-2', prompt: 'a', size: '1024x1024', quality: 'low' },
		tableCalendar('2026-11-28'),
	);
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
		...serviceTargets(images[0]),
		{
			name: 'drawn answers',
			mostBytes: 160 * megabyte,
			run: async (random) => {
				const bytes = mutate(svg, random);
				const found = await usable(bytes, request);
				if (found) await measure(found.bytes);
			},
		},
		{
			name: 'exports',
			mostBytes: 96 * megabyte,
			run: async (random) => {
				const kinds = [draw.clone().png(), draw.clone().jpeg(), draw.clone().webp()] as const;
				// An empty packet is refused by sharp itself.
				const xmp = ` ${mutate(label, random).toString('utf8')}`;
				const bytes = await oneOf(random, kinds).withXmp(xmp).toBuffer();
				await open(sharp, oneOf(random, [bytes, mutate(bytes, random)]), origin);
			},
		},
		{
			name: 'fonts',
			mostBytes: 64 * megabyte,
			run: async (random) => {
				const found = readFont(mutate(font, random));
				if ('problem' in found) return;
				for (const codePoint of [0x41, 0x4e2d, 0x1f600]) found.has(codePoint);
				found.renamed('fuzzed');
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
