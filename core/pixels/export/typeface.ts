/** Loads fonts for text on images. */

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, promises as fs, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GptImageError, invalidParameter } from '../../errors';
import { excerpt } from '../../rules/parameters';
import { fontFile, loadSharpWithFont } from '../font';
import { refusal, type Origin } from '../source';
import { readFont } from './sfnt';

export interface Typeface {
	/** For Pango; no other font on the machine has this name. */
	readonly family: string;
	/** As messages call it. */
	readonly name: string;
	readonly has: (codePoint: number) => boolean;
}

const largestFont = 40_000_000;
/** fontconfig keeps every font for the life of the process. */
const mostFonts = 100;

let folder: string | undefined;

/** Fonts have to lie on disk, for this process alone. */
function fontFolder(): string {
	if (folder === undefined || !existsSync(folder)) {
		const made = mkdtempSync(path.join(os.tmpdir(), 'gpt-image-fonts-'));
		process.once('exit', () => rmSync(made, { recursive: true, force: true }));
		folder = made;
	}
	return folder;
}

const notWritten = (cause: unknown): GptImageError =>
	new GptImageError(
		`Text cannot be drawn: its font cannot be written to the folder for temporary files, ${os.tmpdir()}`,
		{
			code: 'invalid_environment',
			advice:
				'Let the n8n user write there, or set TMPDIR to a folder where it may; check that the disk is not full.',
			billed: 'no',
			cause,
		},
	);

/** @throws invalid_environment when there is no folder for it */
async function writeFont(family: string, bytes: Buffer): Promise<string> {
	try {
		const file = path.join(fontFolder(), `${family}.ttf`);
		await fs.writeFile(file, bytes);
		return file;
	} catch (error) {
		throw notWritten(error);
	}
}

interface Registered extends Typeface {
	readonly file: string;
}

/** By the digest of the font. */
const known = new Map<string, Promise<Registered>>();

async function register(bytes: Buffer, origin: Origin): Promise<Registered> {
	const font = readFont(bytes);
	if ('problem' in font) throw refusal(origin, font.problem, font.advice);
	const family = `gi${randomBytes(12).toString('hex')}`;
	const file = await writeFont(family, font.renamed(family));
	const sharp = await loadSharpWithFont();
	// Drawing with a font's file makes it known to the whole process.
	await sharp({ text: { text: 'x', font: family, fontfile: file } }).toBuffer();
	return { family, file, name: excerpt(origin.name), has: font.has };
}

/**
 * @throws invalid_parameter when it is no TTF or OTF file, is damaged or too large;
 *   invalid_environment when it cannot be written for the library that draws
 */
export async function loadTypeface(bytes: Buffer, origin: Origin): Promise<Typeface> {
	if (bytes.length > largestFont) {
		const problem = `has more than ${largestFont / 1e6} MB`;
		throw refusal(origin, problem, 'Use a font with fewer characters.');
	}
	const digest = createHash('sha256').update(bytes).digest('hex');
	const before = known.get(digest);
	// Systems remove what has lain in their temporary folder for some days.
	const isGone = before !== undefined && !existsSync((await before).file);
	if (isGone && known.get(digest) === before) known.delete(digest);
	let loading = known.get(digest);
	if (!loading) {
		if (known.size >= mostFonts) {
			throw invalidParameter(
				origin.param,
				`${origin.label}: more than ${mostFonts} different fonts since n8n was started`,
				'Use fewer fonts, or restart n8n.',
			);
		}
		loading = register(bytes, origin);
		known.set(digest, loading);
		// What failed is tried again by whoever comes next.
		loading.catch(() => known.delete(digest));
	}
	return await loading;
}

/** @returns the font that comes with the package: Latin, Greek and Cyrillic letters */
export const bundledTypeface = async (): Promise<Typeface> =>
	await loadTypeface(await fs.readFile(fontFile), {
		param: 'fontField',
		label: 'Bundled font',
		name: 'Inter SemiBold',
	});
