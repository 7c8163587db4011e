import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { drawPlaceholder, type PlaceholderContent } from '../../../core/pixels/placeholder';

const request = (more: Partial<PlaceholderContent> = {}): PlaceholderContent => ({
	size: { width: 1024, height: 1024 },
	format: 'png',
	prompt: 'Studio photo of a ceramic mug on a linen cloth',
	model: 'gpt-image-2',
	quality: 'medium',
	...more,
});

/** Share of dark pixels in a part of the image, its edges as shares of width and height. */
async function darkness(image: Buffer, top: number, bottom: number): Promise<number> {
	const { data, info } = await sharp(image).greyscale().raw().toBuffer({ resolveWithObject: true });
	let dark = 0;
	const rows = data.subarray(
		Math.floor(info.height * top) * info.width * info.channels,
		Math.floor(info.height * bottom) * info.width * info.channels,
	);
	for (let at = 0; at < rows.length; at += info.channels) if ((rows[at] ?? 255) < 90) dark += 1;
	return dark / (rows.length / info.channels);
}

describe('drawPlaceholder', () => {
	it.each(['png', 'jpeg', 'webp', 'gif', 'svg'] as const)(
		'makes a %s of the size',
		async (format) => {
			const image = await drawPlaceholder(request({ format, size: { width: 1440, height: 480 } }));
			const { format: found, width, height } = await sharp(image).metadata();
			expect([found, width, height]).toEqual([format, 1440, 480]);
		},
	);

	it('makes 1024x1024 where the model would choose', async () => {
		const { width, height } = await sharp(
			await drawPlaceholder(request({ size: 'auto' })),
		).metadata();
		expect([width, height]).toEqual([1024, 1024]);
	});

	it('makes the largest and the longest size', async () => {
		for (const size of [
			{ width: 3840, height: 2160 },
			{ width: 480, height: 1440 },
			{ width: 816, height: 816 },
		]) {
			const { width, height } = await sharp(await drawPlaceholder(request({ size }))).metadata();
			expect({ width, height }).toEqual(size);
		}
	});

	it.each([
		[
			{ width: 9e15, height: 1 },
			{ width: 3840, height: 1 },
		],
		[
			{ width: 16_000, height: 16_000 },
			{ width: 2880, height: 2880 },
		],
		[
			{ width: 3840, height: 3840 },
			{ width: 2880, height: 2880 },
		],
	])('draws %j, which only an unknown model can take, as %j', async (size, drawn) => {
		const { width, height } = await sharp(await drawPlaceholder(request({ size }))).metadata();
		expect({ width, height }).toEqual(drawn);
	});

	it('says DRY RUN in large letters above the prompt', async () => {
		const image = await drawPlaceholder(request());
		// The letters are a sixth of the width high and fill most of a line.
		expect(await darkness(image, 0.28, 0.45)).toBeGreaterThan(0.12);
		expect(await darkness(image, 0.5, 0.75)).toBeGreaterThan(0.01);
		expect(await darkness(image, 0.8, 1)).toBe(0);
	});

	it('shows the prompt and the request', async () => {
		const digest = async (more: Partial<PlaceholderContent>) =>
			createHash('sha256')
				.update(await drawPlaceholder(request(more)))
				.digest('hex');
		const digests = await Promise.all([
			digest({}),
			digest({ prompt: 'another' }),
			digest({ model: 'gpt-image-2.5-flare' }),
			digest({ quality: 'high' }),
		]);
		expect(new Set(digests).size).toBe(4);
	});

	it.each([
		['markup', '</svg><b>&amp;"\'<![CDATA['],
		['32,000 characters', 'word '.repeat(6400)],
		['no spaces', 'x'.repeat(32_000)],
		['other scripts and controls', '東京 😀 مرحبا \u0000\u001b\ud800 end'],
		['blanks only', ' \n '],
	])('takes a prompt with %s', async (_name, prompt) => {
		const { width } = await sharp(await drawPlaceholder(request({ prompt }))).metadata();
		expect(width).toBe(1024);
		const svg = await drawPlaceholder(request({ prompt, format: 'svg' }));
		await expect(sharp(svg).stats()).resolves.toBeDefined();
	});

	it('needs no fonts: it is the same image where there are none', async () => {
		const folder = await mkdtemp(path.join(os.tmpdir(), 'no-fonts-'));
		try {
			const config = path.join(folder, 'fonts.conf');
			// Two threads that make it at once would complain.
			await mkdir(path.join(folder, 'cache'));
			await writeFile(
				config,
				`<?xml version="1.0"?><fontconfig><dir>${folder}</dir><cachedir>${folder}/cache</cachedir></fontconfig>`,
			);
			const { stdout, stderr } = await promisify(execFile)(
				process.execPath,
				[
					'--import',
					'tsx',
					path.join(__dirname, 'placeholder-digest.ts'),
					JSON.stringify(request()),
				],
				{ env: { PATH: process.env.PATH, FONTCONFIG_FILE: config } },
			);
			const here = createHash('sha256')
				.update(await drawPlaceholder(request()))
				.digest('hex');
			expect(stdout).toBe(here);
			expect(stderr).toBe('');
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	});
});
