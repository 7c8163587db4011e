import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { fontFile } from '../core/pixels/font';
import { exportImage } from '../core/pixels/export/export';
import { loadSharp } from '../core/pixels/sharp';
import { checkExport } from '../core/rules/export';
import { answer, forgetPeak, peakMegabytes, sum, used } from './measure';

/** Both ways in one process in turn, so that they have the same caches and the same neighbours. */

export interface ExportTask {
	readonly image: string;
	readonly logo: string;
	readonly rounds: number;
}

export interface ExportResult {
	/** Milliseconds of CPU per image, all six files of it. */
	readonly cpu: { readonly ours: number; readonly plain: number };
	/** Peak above what the process had before, MB. */
	readonly memory: { readonly ours: number; readonly plain: number };
	/** The longest that the event loop worked without a pause, in milliseconds. */
	readonly longestPause: { readonly ours: number; readonly plain: number };
}

export const sizes = {
	'instagram-portrait': [1080, 1350],
	'instagram-square': [1080, 1080],
	'instagram-story': [1080, 1920],
	'x-post': [1600, 900],
	'open-graph': [1200, 630],
	'pinterest-pin': [1000, 1500],
} as const;

const headline = 'Summer sale: everything 30 % off';
const jpeg = { quality: 88, chromaSubsampling: '4:4:4' } as const;

async function ours(image: Buffer, logo: Buffer): Promise<void> {
	const request = checkExport({
		channels: Object.keys(sizes),
		width: undefined,
		height: undefined,
		fit: 'subject',
		text: { headline },
		logo: { field: 'logo' },
		options: { outputFormat: 'jpeg' },
	});
	const named = (bytes: Buffer, name: string) => ({
		bytes,
		origin: { param: 'inputField', label: "'Input Binary Field'", name },
	});
	const outcomes = await exportImage(
		{
			image: named(image, 'photo.png'),
			isGenerated: true,
			logo: named(logo, 'logo.png'),
			font: undefined,
		},
		request,
	);
	for (const outcome of outcomes) if ('error' in outcome) throw outcome.error;
}

/** What a Code node would do: one decode, then crop, shade, text, logo and encode for each channel. */
async function plain(image: Buffer, logo: Buffer): Promise<void> {
	const { data, info } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
	for (const [width, height] of Object.values(sizes)) {
		const size = Math.round(0.065 * Math.sqrt(width * height));
		const text = await sharp({
			text: {
				text: `<span foreground="white">${headline}</span>`,
				font: `Inter ${size}`,
				fontfile: fontFile,
				width: Math.round(width * 0.92),
				rgba: true,
				dpi: 72,
			},
		})
			.png()
			.toBuffer();
		const mark = await sharp(logo)
			.resize({ width: Math.round(width * 0.2) })
			.png()
			.toBuffer();
		const shade = Buffer.from(
			`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0.6" stop-opacity="0"/><stop offset="0.8" stop-opacity="0.55"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#s)"/></svg>`,
		);
		await sharp(data, { raw: info })
			.resize({ width, height, fit: 'cover', position: 'attention' })
			.composite([
				{ input: shade },
				{ input: text, gravity: 'southwest' },
				{ input: mark, gravity: 'northeast' },
			])
			.removeAlpha()
			.jpeg(jpeg)
			.toBuffer();
	}
}

/**
 * What the thread of the event loop works at most between two ticks, by its own CPU clock: by the
 * wall, a busy machine's neighbours would be counted too.
 */
function watchEventLoop(): () => number {
	let longest = 0;
	let last = process.threadCpuUsage();
	const tick = (): void => {
		const { user, system } = process.threadCpuUsage(last);
		longest = Math.max(longest, (user + system) / 1000);
		last = process.threadCpuUsage();
	};
	const timer = setInterval(tick, 1);
	return () => {
		clearInterval(timer);
		tick();
		return longest;
	};
}

answer<ExportTask>(async ({ image: imageFile, logo: logoFile, rounds }) => {
	const [image, logo] = [readFileSync(imageFile), readFileSync(logoFile)];
	await loadSharp();
	const ways = { ours, plain };
	const cpu: Record<keyof typeof ways, number[]> = { ours: [], plain: [] };
	const memory = { ours: 0, plain: 0 };
	const longestPause = { ours: 0, plain: 0 };
	for (let round = -1; round < rounds; round++) {
		for (const way of ['plain', 'ours'] as const) {
			forgetPeak();
			const before = process.memoryUsage().rss / 1e6;
			const pauses = watchEventLoop();
			const { cpuMs } = await used(async () => await ways[way](image, logo));
			const pause = pauses();
			if (round < 0) continue;
			cpu[way].push(cpuMs);
			memory[way] = Math.max(memory[way], peakMegabytes() - before);
			longestPause[way] = Math.max(longestPause[way], pause);
		}
	}
	const mean = (values: readonly number[]): number => sum(values) / values.length;
	const result: ExportResult = {
		cpu: { ours: mean(cpu.ours), plain: mean(cpu.plain) },
		memory,
		longestPause,
	};
	return result;
});
