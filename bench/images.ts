import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { preserveOutside } from '../core/pixels/mask/preserve-outside';
import { prepareInput } from '../core/pixels/input';
import { maskFromBox } from '../core/pixels/mask/mask';
import { loadSharp } from '../core/pixels/sharp';

/**
 * One edit with four JPEG photos of twelve megapixels, two of them lying on their side as phones
 * write them, a mask and an answer: our own work (prepare, mask, compose) beside the same steps
 * written directly with sharp, without our checks and promises.
 * Run: node --import tsx bench/images.ts
 */

const rounds = 5;
const photo = { width: 4000, height: 3000 };
const drawn = { width: 1536, height: 1152 };
const megabyte = 1e6;
const decodedPhoto = photo.width * photo.height * 3;
const memoryBound = 2 * decodedPhoto + 150 * megabyte;
const timeBound = 1.5;

interface Edit {
	readonly photos: readonly Buffer[];
	readonly answer: Buffer;
}

/** Large soft shapes with fine noise over them: as hard to encode as a photo. */
async function makePhoto(orientation: number): Promise<Buffer> {
	const { width, height } = photo;
	const noise = (w: number, h: number, sigma: number) =>
		sharp({
			create: {
				width: w,
				height: h,
				channels: 3,
				background: '#888',
				noise: { type: 'gaussian', mean: 128, sigma },
			},
		}).png({ compressionLevel: 1 });
	const shapes = await noise(width / 20, height / 20, 60).toBuffer();
	const grain = await noise(width, height, 12).toBuffer();
	return await sharp(shapes)
		.resize(width, height, { kernel: 'cubic' })
		.composite([{ input: grain, blend: 'soft-light' }])
		.withMetadata({ orientation })
		.jpeg({ quality: 88 })
		.toBuffer();
}

async function makeEdit(): Promise<Edit> {
	const photos = [await makePhoto(1), await makePhoto(6), await makePhoto(1), await makePhoto(6)];
	const answer = await sharp(photos[0])
		.resize(drawn.width, drawn.height)
		.modulate({ hue: 40 })
		.png()
		.toBuffer();
	return { photos, answer };
}

const box = { x: 30, y: 30, width: 40, height: 40 };
const feather = 8;

async function ours({ photos, answer }: Edit): Promise<void> {
	const origin = { param: 'images', label: "'Images'", name: 'photo.jpg' };
	const inputs = await Promise.all(photos.map((bytes) => prepareInput(bytes, origin)));
	const [original] = photos;
	const [first] = inputs;
	if (!original || !first) throw new Error('No photo');
	const mask = await maskFromBox(box, first.full);
	await preserveOutside({
		original,
		origin,
		mask,
		answer,
		feather,
		format: 'png',
		compression: undefined,
	});
}

/** Upright JPEG; a photo that stands already is only read through, to be sure that it is whole. */
async function prepareDirectly(bytes: Buffer): Promise<Buffer> {
	const { orientation = 1 } = await sharp(bytes).metadata();
	if (orientation === 1) {
		await sharp(bytes).resize(8, 8, { fit: 'fill', kernel: 'nearest' }).raw().toBuffer();
		return bytes;
	}
	return await sharp(bytes)
		.autoOrient()
		.jpeg({ quality: 95, chromaSubsampling: '4:4:4', optimiseCoding: false })
		.toBuffer();
}

async function direct({ photos, answer }: Edit): Promise<void> {
	await Promise.all(photos.map(prepareDirectly));
	const [original] = photos;
	const { width, height } = photo;
	const edited = await sharp({
		create: { width: width * 0.4, height: height * 0.4, channels: 3, background: '#fff' },
	})
		.png()
		.toBuffer();
	const plane = await sharp({ create: { width, height, channels: 3, background: '#000' } })
		.composite([{ input: edited, left: width * 0.3, top: height * 0.3 }])
		.toColourspace('b-w')
		.raw()
		.toBuffer();
	const raw = { width, height, channels: 1 } as const;
	await sharp({ create: { width, height, channels: 3, background: '#000' } })
		.joinChannel(await sharp(plane, { raw }).negate().raw().toBuffer(), { raw })
		.png()
		.toBuffer();

	const soft = await sharp(plane, { raw })
		.blur(feather / 2)
		.extractChannel(0)
		.raw()
		.toBuffer();
	const over = await sharp(answer)
		.resize(width, height, { fit: 'fill' })
		.joinChannel(soft, { raw })
		.raw()
		.toBuffer();
	await sharp(original)
		.composite([{ input: over, raw: { width, height, channels: 4 } }])
		.removeAlpha()
		.png()
		.toBuffer();
	const changed = await sharp(original)
		.resize(drawn.width, drawn.height, { fit: 'fill' })
		.composite([{ input: answer, blend: 'difference' }])
		.raw()
		.toBuffer({ resolveWithObject: true });
	await sharp(changed.data, { raw: changed.info }).stats();
}

const ways = { ours, direct };
type Way = keyof typeof ways;
const isWay = (text: string | undefined): text is Way => text === 'ours' || text === 'direct';

/** Peak of this process's memory so far, in bytes; Linux tells it exactly. */
function peakMemory(): number {
	const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
	return Number(found?.[1]) * 1024;
}

/** Run in a process of its own: makes the files elsewhere, so that only the work counts. */
async function measureMemory(way: Way): Promise<void> {
	const chunks: Buffer[] = [];
	for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
	const all = Buffer.concat(chunks);
	const files: Buffer[] = [];
	for (let at = 0; at < all.length; at += 4 + all.readUInt32BE(at)) {
		files.push(all.subarray(at + 4, at + 4 + all.readUInt32BE(at)));
	}
	const answer = files.pop();
	if (!answer) throw new Error('No files came in');
	await loadSharp();
	const before = process.memoryUsage().rss;
	await ways[way]({ photos: files, answer });
	console.log(JSON.stringify({ before, peak: peakMemory() }));
}

function memoryOf(way: Way, { photos, answer }: Edit): { before: number; peak: number } {
	const input = Buffer.concat(
		[...photos, answer].flatMap((file) => {
			const length = Buffer.alloc(4);
			length.writeUInt32BE(file.length);
			return [length, file];
		}),
	);
	const output = execFileSync(process.execPath, [...process.execArgv, process.argv[1] ?? '', way], {
		input,
	});
	return JSON.parse(output.toString()) as { before: number; peak: number };
}

const median = (values: readonly number[]): number =>
	[...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

async function timed(work: () => Promise<void>): Promise<number> {
	const start = performance.now();
	await work();
	return performance.now() - start;
}

async function main(): Promise<void> {
	const [, , way] = process.argv;
	if (isWay(way)) return await measureMemory(way);

	const edit = await makeEdit();
	await loadSharp();
	const times: Record<Way, number[]> = { ours: [], direct: [] };
	for (let round = 0; round <= rounds; round++) {
		for (const name of ['ours', 'direct'] as const) {
			const milliseconds = await timed(() => ways[name](edit));
			if (round > 0) times[name].push(milliseconds);
		}
	}
	const memory = { ours: memoryOf('ours', edit), direct: memoryOf('direct', edit) };
	const ratio = median(times.ours) / median(times.direct);
	const verdict = (value: number, bound: number) => (value <= bound ? 'kept' : 'BROKEN');
	const line = (name: Way) => {
		const { before, peak } = memory[name];
		return `${name.padEnd(8)} ${median(times[name]).toFixed(0).padStart(6)} ms   ${((peak - before) / megabyte).toFixed(0).padStart(5)} MB above ${(before / megabyte).toFixed(0)} MB`;
	};
	const used = memory.ours.peak - memory.ours.before;
	console.log('An edit with four 12-megapixel JPEGs and a mask: prepare, mask, compose');
	console.log(line('ours'));
	console.log(line('direct'));
	console.log(`time    ${ratio.toFixed(2)}x, bound ${timeBound}x: ${verdict(ratio, timeBound)}`);
	console.log(
		`memory  ${(used / megabyte).toFixed(0)} MB, bound ${(memoryBound / megabyte).toFixed(0)} MB (two decoded photos and 150 MB): ${verdict(used, memoryBound)}`,
	);
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
