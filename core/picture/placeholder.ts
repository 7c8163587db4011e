import type { OutputFormat } from '../rules/model-types';
import type { PictureRequest } from '../rules/request-types';
import { loadSharp } from './sharp';
import { escapeXml, loadTypesetter, type Typesetter } from './text';

/** What a dry run shows of the request. */
export type PlaceholderWish = Pick<
	PictureRequest,
	'size' | 'format' | 'prompt' | 'model' | 'quality'
>;

/** Size of the placeholder where the model would choose. */
const AUTO_SIZE = { width: 1024, height: 1024 };

const GROUND = '#eef1f6';
const STRIPE = '#e4e8f0';
const FRAME = '#9aa7bd';
const INK = '#1f2a44';
const QUIET = '#56637d';

const lineHeight = 1.35;

/** Diagonal stripes as one path: a pattern fill takes three times as long to draw. */
function stripes(width: number, height: number): string {
	const step = Math.max(8, Math.round(Math.min(width, height) / 24));
	let path = '';
	for (let x = -height; x < width; x += 2 * step) {
		path += `M${x} ${height}l${height} ${-height}h${step}l${-height} ${height}Z`;
	}
	return path;
}

function draw(type: Typesetter, width: number, height: number, wish: PlaceholderWish): string {
	const margin = Math.round(Math.min(width, height) * 0.05);
	const title = { size: Math.min(height * 0.2, width * 0.16), fill: INK, weight: 'bold' } as const;
	const prompt = { size: title.size * 0.27, fill: INK } as const;
	const inner = width - 5 * margin;

	const size = wish.size === 'auto' ? 'size auto' : `${width} × ${height}`;
	const what = [size, wish.model, `quality ${wish.quality}`, wish.format].join('  ·  ');
	const fitting = inner / type.width(what, { size: 1 });
	const facts = { size: Math.min(title.size * 0.2, fitting), fill: QUIET } as const;
	const head = type.capHeight(title) + facts.size * 2.4;
	const room = height - 4 * margin - head - prompt.size;
	const most = Math.max(0, Math.min(8, Math.floor(room / (prompt.size * lineHeight))));
	const lines = most === 0 ? [] : type.wrap(wish.prompt, prompt, inner, most);
	const block = head + prompt.size + lines.length * prompt.size * lineHeight;

	const middle = width / 2;
	const centred = { anchor: 'middle' } as const;
	const titleAt = (height - block) / 2 + type.capHeight(title);
	const factsAt = titleAt + facts.size * 2.4;
	const edge = Math.max(2, Math.round(margin / 16));
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
		`<title>${escapeXml(`DRY RUN: ${wish.prompt.slice(0, 500)}`)}</title>`,
		`<rect width="100%" height="100%" fill="${GROUND}"/>`,
		`<path fill="${STRIPE}" d="${stripes(width, height)}"/>`,
		`<rect x="${margin}" y="${margin}" width="${width - 2 * margin}" height="${height - 2 * margin}" rx="${margin / 2}" `,
		`fill="${GROUND}" stroke="${FRAME}" stroke-width="${edge}" stroke-dasharray="${edge * 6} ${edge * 4}"/>`,
		type.line('DRY RUN', middle, titleAt, { ...title, ...centred }),
		type.line(what, middle, factsAt, { ...facts, ...centred }),
		...lines.map((text, index) =>
			type.line(text, middle, factsAt + prompt.size * (1.9 + index * lineHeight), {
				...prompt,
				...centred,
			}),
		),
		'</svg>',
	].join('');
}

async function encode(svg: Buffer, format: Exclude<OutputFormat, 'svg'>): Promise<Buffer> {
	const sharp = await loadSharp();
	return await sharp(svg).toFormat(format).toBuffer();
}

/**
 * The picture of a dry run: DRY RUN in large letters, the request and its prompt.
 * @param wish a checked request
 * @returns a file of the request's format and size; 1024x1024 where the model would choose
 */
export async function placeholderPicture(wish: PlaceholderWish): Promise<Buffer> {
	const { width, height } = wish.size === 'auto' ? AUTO_SIZE : wish.size;
	const svg = Buffer.from(draw(await loadTypesetter(), width, height, wish));
	return wish.format === 'svg' ? svg : await encode(svg, wish.format);
}
