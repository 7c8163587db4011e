import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { repository } from '../host/paths';
import { byId } from './locate';

/** A part of the page, in CSS pixels. */
export interface Crop {
	x: number;
	y: number;
	width: number;
	height: number;
}

export interface Card {
	bytes: Buffer;
	width: number;
	height: number;
}

export async function boxOf(locator: Locator): Promise<Crop> {
	const box = await locator.boundingBox();
	if (!box) throw new Error('There is nothing to see');
	return box;
}

/** A screenshot in the given width, framed so that it stands out from a white page. */
export async function card(bytes: Buffer, width: number): Promise<Card> {
	const scaled = sharp(bytes).resize({ width: width - 2 });
	const framed = scaled.extend({ top: 1, bottom: 1, left: 1, right: 1, background: '#c8ccd4' });
	const { data, info } = await framed.png().toBuffer({ resolveWithObject: true });
	return { bytes: data, width: info.width, height: info.height };
}

/** Writes a small WebP file and says how small; `file` is relative to the repository. */
export async function save(file: string, bytes: Buffer): Promise<void> {
	const path = join(repository, file);
	await mkdir(dirname(path), { recursive: true });
	const { width, height, size } = await sharp(bytes).webp({ quality: 82 }).toFile(path);
	console.log(`- ${file}: ${width}x${height}, ${Math.round(size / 1000)} kB`);
}

/** The open node's parameters and output, down to the given parameter. */
export async function withoutInput(page: Page, last: string): Promise<Crop> {
	const output = await boxOf(byId(page, 'output-panel'));
	const { x } = await boxOf(byId(page, 'node-parameters').first());
	const lowest = await boxOf(byId(page, last).last());
	const height = lowest.y + lowest.height + ROOM - output.y;
	return { x, y: output.y, width: output.x + output.width - x, height };
}

/** Room below the last thing that is shown, in CSS pixels. */
const ROOM = 16;
