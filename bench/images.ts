import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { preserveOutside } from '../core/pixels/mask/preserve-outside';
import { prepareInput } from '../core/pixels/input';
import { maskFromBox } from '../core/pixels/mask/mask';
import { loadSharp } from '../core/pixels/sharp';
import {
	answer,
	forgetPeak,
	inOwnProcess,
	median,
	peakMegabytes,
	used,
	withFolder,
} from './measure';
import { drawPhoto } from './photo';

/**
 * One edit with four JPEG photos of twelve megapixels, two of them lying on their side as phones
 * write them, a mask and an answer: our own work (prepare, mask, compose) beside the same steps
 * written directly with sharp, without our checks and promises.
 * Run: node --import tsx bench/images.ts
 */

const rounds = 5;
const photo = { width: 4000, height: 3000 };
const drawn = { width: 1536, height: 1152 };
const memoryBoundMb = (2 * photo.width * photo.height * 3) / 1e6 + 150;
const timeBound = 1.5;

interface Edit {
	readonly photos: readonly Buffer[];
	readonly answer: Buffer;
}

async function makePhoto(orientation: number): Promise<Buffer> {
	const drawing = await drawPhoto(photo.width, photo.height, 12);
	return await drawing.withMetadata({ orientation }).jpeg({ quality: 88 }).toBuffer();
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

interface MemoryTask {
	readonly way: Way;
	/** Where the photos and the answer lie: made elsewhere, so that only the work counts. */
	readonly files: readonly string[];
}

interface Memory {
	readonly beforeMb: number;
	readonly peakMb: number;
}

async function measureMemory({ way, files }: MemoryTask): Promise<Memory> {
	const photos = files.map((file) => readFileSync(file));
	const result = photos.pop();
	if (!result) throw new Error('No files came in');
	await loadSharp();
	forgetPeak();
	const beforeMb = process.memoryUsage().rss / 1e6;
	await ways[way]({ photos, answer: result });
	return { beforeMb, peakMb: peakMegabytes() };
}

async function main(): Promise<void> {
	const edit = await makeEdit();
	await loadSharp();
	const times: Record<Way, number[]> = { ours: [], direct: [] };
	for (let round = 0; round <= rounds; round++) {
		for (const name of ['ours', 'direct'] as const) {
			const { wallMs } = await used(async () => await ways[name](edit));
			if (round > 0) times[name].push(wallMs);
		}
	}
	const memory = await withFolder(async (folder) => {
		const files = [...edit.photos, edit.answer].map((bytes, index) => {
			const file = path.join(folder, String(index));
			writeFileSync(file, bytes);
			return file;
		});
		const memoryOf = async (way: Way): Promise<Memory> =>
			await inOwnProcess<Memory>(__filename, { way, files });
		return { ours: await memoryOf('ours'), direct: await memoryOf('direct') };
	});
	const ratio = median(times.ours) / median(times.direct);
	const verdict = (value: number, bound: number) => (value <= bound ? 'kept' : 'BROKEN');
	const line = (name: Way) => {
		const { beforeMb, peakMb } = memory[name];
		return `${name.padEnd(8)} ${median(times[name]).toFixed(0).padStart(6)} ms   ${(peakMb - beforeMb).toFixed(0).padStart(5)} MB above ${beforeMb.toFixed(0)} MB`;
	};
	const usedMb = memory.ours.peakMb - memory.ours.beforeMb;
	console.log('An edit with four 12-megapixel JPEGs and a mask: prepare, mask, compose');
	console.log(line('ours'));
	console.log(line('direct'));
	console.log(`time    ${ratio.toFixed(2)}x, bound ${timeBound}x: ${verdict(ratio, timeBound)}`);
	console.log(
		`memory  ${usedMb.toFixed(0)} MB, bound ${memoryBoundMb.toFixed(0)} MB (two decoded photos and 150 MB): ${verdict(usedMb, memoryBoundMb)}`,
	);
}

if (process.argv[2] === undefined) void main();
else answer<MemoryTask>(measureMemory);
