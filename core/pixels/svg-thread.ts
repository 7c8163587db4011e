import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { readFont } from './export/sfnt';
import { fontFile } from './font';

/** Draws one SVG in a thread of its own, which `svg.ts` ends when it takes too long. */

export interface Task {
	/** The compiled renderer, for all threads. */
	readonly module: object;
	readonly bytes: Uint8Array;
	/** Pixels that its longest edge is enlarged to. */
	readonly leastEdge: number;
	readonly mostPixels: number;
}

export interface Drawing {
	/** Natural size in pixels. */
	readonly width: number;
	readonly height: number;
	readonly png: Uint8Array;
	/** The first address of something that is not in the file, or a tag, of what is missing. */
	readonly foreign?: string;
	/** The first letter that the bundled font does not have. */
	readonly missing?: string;
}

const isTask = (data: unknown): data is { gptImageSvg: Task } =>
	typeof data === 'object' && data !== null && 'gptImageSvg' in data;

/** Beside HTML for programs of one kind (`required…`, in a <switch>) stands what all others draw. */
const places =
	/<!ENTITY|<(?:\w{1,20}:)?include\b|<foreignObject\b(?![^>]{0,500}\srequired(?:Features|Extensions)\s*=)|<\?xml-stylesheet|@import\b|<a\s[^>]*>|\bhref\s*=\s*["']([^"']{0,200})|\burl\(\s*["']?([^"')]{0,200})/gi;

function foreignIn(text: string): string | undefined {
	for (const [found, href, url] of text.matchAll(places)) {
		// Links are not loaded, and logos that were exported from a website have them.
		if (/^<a\s/i.test(found)) continue;
		const address = href ?? url;
		if (address === undefined) return found;
		if (!/^\s*(?:#|data:image\/(?:png|jpe?g|webp|gif)[;,])/i.test(address)) return address;
	}
	return undefined;
}

function missingIn(text: string, bytes: Buffer): string | undefined {
	const font = readFont(bytes);
	if (!/<text[\s>]/.test(text) || 'problem' in font) return undefined;
	const letters = text
		.replace(/<(style|title|desc|metadata)[\s>].*?<\/\1>|<!--.*?-->|<[^>]*>/gs, '')
		.replace(/&#(x?)([\da-f]{1,6});/gi, (_all, hex: string, code: string) =>
			String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(code, hex === '' ? 10 : 16) || 32)),
		);
	for (const letter of letters) {
		if (letter > '~' && !font.has(letter.codePointAt(0) ?? 0)) return letter;
	}
	return undefined;
}

async function draw({ module, bytes, leastEdge, mostPixels }: Task): Promise<Drawing> {
	await initWasm(module);
	const file = readFileSync(fontFile);
	const font = { fontBuffers: [file], defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' };
	const { width, height } = new Resvg(bytes, { font });
	const zoom = Math.min(
		Math.max(1, leastEdge / Math.max(width, height)),
		Math.sqrt(mostPixels / (width * height)),
	);
	const drawing = new Resvg(bytes, { font, fitTo: { mode: 'zoom', value: zoom } });
	const png = drawing.render().asPng();
	const text = Buffer.from(bytes).toString('utf8');
	return { width, height, png, foreign: foreignIn(text), missing: missingIn(text, file) };
}

if (isTask(workerData)) {
	void draw(workerData.gptImageSvg).then(
		(drawing) => parentPort?.postMessage(drawing),
		// What cannot be read: the thread ends without an answer.
		() => parentPort?.close(),
	);
}
