/**
 * What keeping a paid image costs: CPU of this process per 12 MB image, as a ratio to the floor
 * (parse + base64 decode + SHA-256 + one file write). Ours is the same work with the store in place
 * of the hash and the write, and then a second write for n8n's binary store, as n8n does it.
 *
 *     node --import tsx bench/keep.ts [rounds] [folder]
 */
import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openStore } from '../core/store/open';
import { buy } from './buy';
import { decode, parseDecodeHashWrite } from './floor';
import { sum, used } from './measure';

const MEGABYTES = 12;

/** As @n8n/blob-storage writes: a temporary file, renamed. */
async function store(file: string, bytes: Buffer): Promise<void> {
	await fs.writeFile(`${file}.tmp`, bytes);
	await fs.rename(`${file}.tmp`, file);
}

const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;

async function main(): Promise<void> {
	const rounds = Number(process.argv[2] ?? 60);
	const folder = await fs.mkdtemp(path.join(process.argv[3] ?? os.tmpdir(), 'bench-keep-'));
	const image = randomBytes(MEGABYTES * 2 ** 20);
	const body = Buffer.from(JSON.stringify({ data: [{ b64_json: image.toString('base64') }] }));
	const ours = openStore({
		kind: 'sqlite',
		folder: path.join(folder, 'store'),
		leaseMs: 60_000,
	});
	const text = (): string => body.toString('latin1');
	let calls = 0;
	const file = (name: string, round: number): string => path.join(folder, `${name}-${round}`);
	const ways = {
		'floor: parse, decode, hash, one write': async (round: number) => {
			await parseDecodeHashWrite(text(), file('floor', round));
		},
		'parse, decode, store (durable)': async () => {
			await buy(ours, 'e', calls++, decode(text()));
		},
		"parse, decode, store, n8n's binary store": async (round: number) => {
			const bytes = decode(text());
			await buy(ours, 'e', calls++, bytes);
			await store(file('ours', round), bytes);
		},
	};
	const spent = Object.entries(ways).map(([name, work]) => ({
		name,
		work,
		cpu: [] as number[],
		wall: [] as number[],
	}));

	try {
		for (let round = -2; round < rounds; round++) {
			// In random order: the garbage of one way is collected in the time of the next.
			for (const way of [...spent].sort(() => Math.random() - 0.5)) {
				const { cpuMs, wallMs } = await used(async () => await way.work(round));
				if (round < 0) continue;
				way.wall.push(wallMs);
				way.cpu.push(cpuMs);
			}
			await fs.rm(file('floor', round), { force: true });
			await fs.rm(file('ours', round), { force: true });
		}
		process.stdout.write(`${rounds} images of ${MEGABYTES} MB each way, means:\n`);
		const floor = mean(spent[0]?.cpu ?? []);
		for (const { name, cpu, wall } of spent) {
			const numbers = [mean(cpu).toFixed(1), (mean(cpu) / floor).toFixed(2), mean(wall).toFixed(1)];
			process.stdout.write(
				`${name.padEnd(44)} ${numbers[0]} ms CPU (${numbers[1]}x), ${numbers[2]} ms\n`,
			);
		}
	} finally {
		await ours.close();
		await fs.rm(folder, { recursive: true, force: true });
	}
}

void main();
