import path from 'node:path';
import { startDoubleProcess } from '../test/faults/double-process';
import { inOwnProcess } from './measure';
import type { OrdersResult, OrdersTask } from './orders-child';
import { isReached, megabytes, milliseconds, sectionText, type Section } from './report';

/**
 * A batch whose output file has more than 4 GB: memory while it is collected, and CPU beside the same
 * images bought one by one. Some three minutes and 7 GB of disk, so it runs only when it is asked for.
 */

const SIZE = 12;
/** 16.8 MB of base64 each: 4.2 GB. */
const MANY = 250;
const FEW = 40;
/**
 * V8's rooms for young and old objects as they are in a process that has worked for a while. Left to
 * itself, V8 lets them grow meanwhile, from 1 to 128 MB for the young, and collects all once for every
 * image in some runs and hardly ever in others, which hides what is ours.
 */
const flags = ['--max-semi-space-size=16', '--initial-old-space-size=256'];

async function ordersSection(url: string): Promise<Section> {
	const script = path.join(__dirname, 'orders-child.ts');
	const run = async (way: OrdersTask['way'], items: number): Promise<OrdersResult> =>
		await inOwnProcess<OrdersResult>(script, { way, url, items, lanes: 1 }, flags);
	const few = await run('order', FEW);
	// As many, because every way takes more CPU once the disk is busy writing.
	const now = await run('now', MANY);
	const many = await run('order', MANY);
	const row = (name: string, items: number, { cpuMs, wallMs, peakMb, baseMb }: OrdersResult) => [
		name,
		String(items),
		milliseconds(cpuMs / items),
		milliseconds(wallMs / items),
		megabytes(peakMb - baseMb),
	];
	return {
		title: `A batch of ${MANY} images of ${SIZE} MB: an output file of 4.2 GB`,
		text: 'Each way in a process of its own, binaries in the file system. CPU and time of a batch are those of ordering and collecting together, without the time that the service takes. V8 has rooms of a given size for its objects.',
		head: ['way', 'images', 'CPU per image', 'time per image', 'peak growth'],
		rows: [
			row('now, 1 lane', MANY, now),
			row('ordered and collected', FEW, few),
			row('ordered and collected', MANY, many),
		],
		verdicts: [
			{ what: 'peak growth', value: many.peakMb - many.baseMb, atMost: 150, unit: 'MB' },
			{
				what: 'CPU per image to the same image now',
				value: many.cpuMs / now.cpuMs,
				atMost: 1.2,
			},
		],
	};
}

async function main(): Promise<void> {
	const double = await startDoubleProcess({ bigMegabytes: SIZE, batchMs: 3_600_000 });
	try {
		const section = await ordersSection(double.url);
		console.log(sectionText(section));
		if (!section.verdicts.every(isReached)) process.exitCode = 1;
	} finally {
		await double.close();
	}
}

void main();
