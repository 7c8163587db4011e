/** The placeholder image of a dry run. */

import type { Dimensions, ImageRequest } from '../rules/request-types';
import { sizeText } from '../rules/size';
import { escapeXml, fontFamily, loadSharpWithFont, textWidth, wrapText } from './font';

export type PlaceholderContent = Pick<
	ImageRequest,
	'size' | 'format' | 'prompt' | 'model' | 'quality'
>;

/** Size of the placeholder where the model would choose. */
const AUTO_SIZE = { width: 1024, height: 1024 };

/**
 * The largest of any model so far. A model that is not known here may take more, and its placeholder is
 * drawn smaller: nothing is sent, so OpenAI does not refuse what would fill the memory.
 */
const LARGEST = { edge: 3840, pixels: 3840 * 2160 };

function drawnSize({ width, height }: Dimensions): Dimensions {
	const scale = Math.min(
		1,
		LARGEST.edge / Math.max(width, height),
		Math.sqrt(LARGEST.pixels / (width * height)),
	);
	const scaled = (edge: number): number => Math.max(1, Math.floor(edge * scale));
	return { width: scaled(width), height: scaled(height) };
}

const GROUND = '#eef1f6';
const FRAME = '#9aa7bd';
const INK = '#1f2a44';
const QUIET = '#56637d';

const lineHeight = 1.35;

function draw(width: number, height: number, content: PlaceholderContent): string {
	const margin = Math.round(Math.min(width, height) * 0.05);
	const inner = width - 5 * margin;
	const size = content.size === 'auto' ? 'size auto' : sizeText(content.size).replace('x', ' × ');
	const facts = [size, content.model, `quality ${content.quality}`, content.format].join('  ·  ');

	const titleSize = Math.min(height * 0.2, width * 0.16);
	const factsSize = Math.min(titleSize * 0.2, inner / textWidth(facts));
	const promptSize = titleSize * 0.27;
	const leading = promptSize * lineHeight;
	const head = titleSize + factsSize * 2.4;
	const room = height - 4 * margin - head - promptSize;
	const maxLines = Math.max(0, Math.min(8, Math.floor(room / leading)));
	const lines = wrapText(content.prompt.slice(0, 2000), inner / promptSize, maxLines);

	const titleAt = (height - head - promptSize - lines.length * leading) / 2 + titleSize;
	const factsAt = titleAt + factsSize * 2.4;
	const edge = Math.max(2, Math.round(margin / 16));
	const line = (text: string, y: number, fontSize: number, fill: string): string =>
		`<text x="50%" y="${y}" font-size="${fontSize}" fill="${fill}" text-anchor="middle">${escapeXml(text)}</text>`;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}">`,
		`<title>${escapeXml(`DRY RUN: ${content.prompt.slice(0, 500)}`)}</title>`,
		`<rect width="100%" height="100%" fill="${GROUND}"/>`,
		`<rect x="${margin}" y="${margin}" width="${width - 2 * margin}" height="${height - 2 * margin}" rx="${margin / 2}" `,
		`fill="none" stroke="${FRAME}" stroke-width="${edge}" stroke-dasharray="${edge * 6} ${edge * 4}"/>`,
		line('DRY RUN', titleAt, titleSize, INK),
		line(facts, factsAt, factsSize, QUIET),
		...lines.map((text, index) =>
			line(text, factsAt + promptSize * (1.9 + index * lineHeight), promptSize, INK),
		),
		'</svg>',
	].join('');
}

/**
 * The image of a dry run: DRY RUN in large letters, the request and its prompt.
 * @returns a file of the request's format and size, no larger than any known model makes
 * @throws sharp_unavailable
 */
export async function drawPlaceholder(content: PlaceholderContent): Promise<Buffer> {
	const { width, height } = content.size === 'auto' ? AUTO_SIZE : drawnSize(content.size);
	const svg = Buffer.from(draw(width, height, content));
	if (content.format === 'svg') return svg;
	const sharp = await loadSharpWithFont();
	return await sharp(svg).toFormat(content.format).toBuffer();
}
