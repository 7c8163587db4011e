import { loadSharp } from './sharp';
import { loadTypesetter, type Typesetter } from './text';

/** One row of the chart. Amounts in USD, 0 or more. */
export interface ChartRow {
	readonly name: string;
	/** Small text under the name, e.g. how many images. */
	readonly caption: string;
	readonly paid: number;
	/** What reused images would have cost. */
	readonly saved: number;
	/** What dry runs would cost. */
	readonly planned: number;
}

export interface ChartWish {
	readonly title: string;
	readonly subtitle: string;
	readonly rows: readonly ChartRow[];
}

type Part = 'paid' | 'saved' | 'planned';
const PARTS: ReadonlyArray<{ readonly part: Part; readonly name: string; readonly fill: string }> =
	[
		{ part: 'paid', name: 'Paid', fill: '#3454d1' },
		{ part: 'saved', name: 'Saved by reuse', fill: '#5bbf8a' },
		{ part: 'planned', name: 'Dry run (estimate)', fill: '#c3cad9' },
	];

const WIDTH = 1200;
const MARGIN = 48;
const ROW = 60;
const BAR = 26;
const HEAD = 148;
const FOOT = 64;
/** More rows than this are drawn as one. */
const MOST_ROWS = 40;

const INK = '#1b2438';
const QUIET = '#5d6880';
const GRID = '#e3e7ef';
const TITLE = { size: 30, fill: INK, weight: 'bold' } as const;
const SUBTITLE = { size: 17, fill: QUIET } as const;
const NAME = { size: 17, fill: INK } as const;
const CAPTION = { size: 13.5, fill: QUIET } as const;
const VALUE = { size: 17, fill: INK, weight: 'bold' } as const;
const TICK = { size: 13.5, fill: QUIET } as const;

const total = ({ paid, saved, planned }: ChartRow): number => paid + saved + planned;

/** Rows that fit: the first ones, and the others as one. */
function shown(rows: readonly ChartRow[]): readonly ChartRow[] {
	if (rows.length <= MOST_ROWS) return rows;
	const others = rows.slice(MOST_ROWS - 1);
	const sum = (part: Part) => others.reduce((amount, row) => amount + row[part], 0);
	return [
		...rows.slice(0, MOST_ROWS - 1),
		{
			name: `${others.length} others`,
			caption: 'together',
			paid: sum('paid'),
			saved: sum('saved'),
			planned: sum('planned'),
		},
	];
}

/** A round distance between the lines of the axis: about five of them. */
function tickStep(largest: number): number {
	const rough = largest / 5;
	const power = 10 ** Math.floor(Math.log10(rough));
	const factor = [1, 2, 2.5, 5, 10].find((round) => round * power >= rough) ?? 10;
	return factor * power;
}

const decimalsOf = (step: number): number =>
	Math.max(2, Math.min(6, Math.ceil(-Math.log10(step) + (/2\.?5/.test(String(step)) ? 1 : 0))));

/** `$1,234.50`; small amounts with as many digits as they need to differ. */
function dollars(usd: number, decimals: number): string {
	const format = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
	return `$${usd.toLocaleString('en-US', format)}`;
}

const amount = (usd: number): string => dollars(usd, usd > 0 && usd < 0.1 ? 4 : 2);

/** The paid amount, and beside it what the lighter parts of the bar stand for. */
function valueOf({ paid, saved, planned }: ChartRow): readonly [paid: string, more: string] {
	const more = [
		saved > 0 ? `${amount(saved)} saved` : '',
		planned > 0 ? `${amount(planned)} dry run` : '',
	];
	return [amount(paid), more.filter((text) => text !== '').join(', ')];
}

const MORE_GAP = 10;

function valueWidth(type: Typesetter, row: ChartRow): number {
	const [paid, more] = valueOf(row);
	return type.width(paid, VALUE) + (more === '' ? 0 : MORE_GAP + type.width(more, CAPTION));
}

function drawValue(type: Typesetter, row: ChartRow, x: number, y: number): string {
	const [paid, more] = valueOf(row);
	const moreAt = x + type.width(paid, VALUE) + MORE_GAP;
	const clear = `<rect x="${x - 4}" y="${y - 18}" width="${valueWidth(type, row) + 8}" height="24" fill="#ffffff"/>`;
	return clear + type.line(paid, x, y, VALUE) + type.line(more, moreAt, y, CAPTION);
}

function drawLegend(type: Typesetter, parts: typeof PARTS, right: number, y: number): string {
	let x = right;
	const drawn: string[] = [];
	for (const { name, fill } of parts.toReversed()) {
		x -= type.width(name, TICK);
		drawn.push(type.line(name, x, y, TICK));
		x -= 22;
		drawn.push(`<rect x="${x}" y="${y - 12}" width="14" height="14" rx="3" fill="${fill}"/>`);
		x -= 22;
	}
	return drawn.join('');
}

function drawAxis(
	type: Typesetter,
	ticks: readonly number[],
	step: number,
	at: (usd: number) => number,
	bottom: number,
): string {
	const lines = ticks.map((tick) => {
		const x = at(tick).toFixed(1);
		return (
			`<path d="M${x} ${HEAD}V${bottom}" stroke="${GRID}" stroke-width="1"/>` +
			type.line(dollars(tick, decimalsOf(step)), at(tick), bottom + 26, {
				...TICK,
				anchor: 'middle',
			})
		);
	});
	return lines.join('');
}

function drawBar(row: ChartRow, parts: typeof PARTS, y: number, at: (usd: number) => number) {
	let from = 0;
	return parts
		.map(({ part, fill }) => {
			const [left, right] = [at(from), at(from + row[part])];
			from += row[part];
			if (row[part] === 0) return '';
			// A paid cent must not vanish beside a paid hundred dollars.
			const width = Math.max(2, right - left);
			return `<rect x="${left.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3" fill="${fill}"/>`;
		})
		.join('');
}

function draw(type: Typesetter, { title, subtitle, rows: all }: ChartWish): string {
	const rows = shown(all);
	const parts = PARTS.filter(({ part }) => part === 'paid' || rows.some((row) => row[part] > 0));
	const height = HEAD + Math.max(1, rows.length) * ROW + FOOT;
	const bottom = height - FOOT;
	const nameWidth = Math.min(
		340,
		Math.max(
			120,
			...rows.map(({ name, caption }) =>
				Math.max(type.width(name, NAME), type.width(caption, CAPTION)),
			),
		),
	);
	const left = MARGIN + nameWidth + 20;
	const right = WIDTH - MARGIN - 18 - Math.max(...rows.map((row) => valueWidth(type, row)), 60);
	const largest = Math.max(...rows.map(total), 0) || 0.01;
	const step = tickStep(largest);
	const ticks = Array.from({ length: Math.ceil(largest / step - 1e-9) + 1 }, (_, i) => i * step);
	const end = ticks.at(-1) ?? largest;
	const at = (usd: number) => left + ((right - left) * usd) / end;
	const drawn = rows.map((row, index) => {
		const middle = HEAD + ROW * (index + 0.5);
		const name = type.fit(row.name, NAME, nameWidth);
		const caption = type.fit(row.caption, CAPTION, nameWidth);
		return [
			type.line(name, MARGIN, middle - (caption === '' ? -6 : 3), NAME),
			type.line(caption, MARGIN, middle + 16, CAPTION),
			drawBar(row, parts, middle - BAR / 2, at),
			drawValue(type, row, at(total(row)) + 10, middle + 6),
		].join('');
	});
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}">`,
		`<rect width="100%" height="100%" fill="#ffffff"/>`,
		type.line(type.fit(title, TITLE, WIDTH - 2 * MARGIN), MARGIN, 62, TITLE),
		type.line(type.fit(subtitle, SUBTITLE, WIDTH - 2 * MARGIN), MARGIN, 94, SUBTITLE),
		parts.length === 1 ? '' : drawLegend(type, parts, WIDTH - MARGIN, 128),
		drawAxis(type, ticks, step, at, bottom),
		...drawn,
		`<path d="M${left} ${HEAD}V${bottom}" stroke="${INK}" stroke-width="1.5"/>`,
		'</svg>',
	].join('');
}

/**
 * A bar chart of costs for a report: one row per group, its paid, saved and planned amounts side by
 * side, the paid one in digits, an axis in USD.
 * @param wish rows in the order to be drawn; from the 40th on they are drawn as one
 * @returns a PNG, 1200 pixels wide
 */
export async function chartPicture(wish: ChartWish): Promise<Buffer> {
	const sharp = await loadSharp();
	const svg = Buffer.from(draw(await loadTypesetter(), wish));
	return await sharp(svg).png().toBuffer();
}
