import path from 'node:path';
import sharp from 'sharp';
import type { ExportResult, ExportTask } from './export-child';
import { inOwnProcess, withFolder } from './measure';
import { drawPhoto } from './photo';

/**
 * One image of four megapixels to six channels with text and logo, beside plain sharp that does the
 * same crop, shade, text, logo and encode for each channel from one decode.
 * Run: node --import tsx bench/export.ts
 */

const image = { width: 2400, height: 1680 };
const bounds = {
	cpu: 1.25,
	memoryMegabytes: (2 * image.width * image.height * 3) / 1e6,
	pauseMs: 100,
};

async function makeFiles(folder: string): Promise<Pick<ExportTask, 'image' | 'logo'>> {
	const files = { image: path.join(folder, 'photo.png'), logo: path.join(folder, 'logo.png') };
	const photo = await drawPhoto(image.width, image.height, 10);
	await photo.removeAlpha().png().toFile(files.image);
	await sharp({ create: { width: 600, height: 200, channels: 4, background: '#3454d1' } })
		.png()
		.toFile(files.logo);
	return files;
}

async function main(): Promise<void> {
	const child = path.join(__dirname, 'export-child.ts');
	const { cpu, memory, longestPause } = await withFolder(async (folder) => {
		const task: ExportTask = { ...(await makeFiles(folder)), rounds: 5 };
		return await inOwnProcess<ExportResult>(child, task);
	});
	const ratio = cpu.ours / cpu.plain;
	const verdict = (value: number, bound: number): string => {
		if (value > bound) process.exitCode = 1;
		return value <= bound ? 'kept' : 'BROKEN';
	};
	console.log('One image of 4 megapixels to 6 channels with text and logo');
	console.log(`plain sharp  ${cpu.plain.toFixed(0)} ms CPU, ${memory.plain.toFixed(0)} MB`);
	console.log(`ours         ${cpu.ours.toFixed(0)} ms CPU, ${memory.ours.toFixed(0)} MB`);
	console.log(`CPU     ${ratio.toFixed(2)}x, bound ${bounds.cpu}x: ${verdict(ratio, bounds.cpu)}`);
	console.log(
		`memory  ${memory.ours.toFixed(0)} MB, bound ${bounds.memoryMegabytes.toFixed(0)} MB (two decoded images): ${verdict(memory.ours, bounds.memoryMegabytes)}`,
	);
	console.log(
		`pause   ${longestPause.ours.toFixed(0)} ms (plain sharp ${longestPause.plain.toFixed(0)} ms), bound ${bounds.pauseMs} ms: ${verdict(longestPause.ours, bounds.pauseMs)}`,
	);
}

void main();
