/** The bar chart of image costs, as a PNG. */

import { escapeXml, fitText, fontFamily, loadSharpWithFont } from './font';

/** One row of the chart. Amounts in USD, 0 or more. */
export interface ChartRow {
	readonly name: string;
	/** Small text under the name, e.g. how many images. */
	readonly caption: string;
	readonly paid: number;
	/** What reuse and batches saved. */
	readonly saved: number;
	/** What orders and dry runs will cost. */
	readonly planned: number;
}

export interface ChartData {
	readonly title: string;
	readonly subtitle: string;
	readonly rows: readonly ChartRow[];
}

const kinds = [
	{ kind: 'paid', name: 'Paid', fill: '#3454d1' },
	{ kind: 'saved', name: 'Saved', fill: '#5bbf8a' },
	{ kind: 'planned', name: 'Planned (estimate)', fill: '#c3cad9' },
] as const;

const chart = { width: 1200, margin: 48, head: 148, row: 60, bar: 26, left: 360, right: 880 };
const maxRows = 40;

function visibleRows(rows: readonly ChartRow[]): readonly ChartRow[] {
	if (rows.length <= maxRows) return rows;
	const others = rows.slice(maxRows - 1);
	const sum = (kind: 'paid' | 'saved' | 'planned') =>
		others.reduce((total, row) => total + row[kind], 0);
	const rest = { paid: sum('paid'), saved: sum('saved'), planned: sum('planned') };
	return [
		...rows.slice(0, maxRows - 1),
		{ name: `${others.length} others`, caption: 'together', ...rest },
	];
}

/** Small amounts need more digits to differ. */
const dollars = (usd: number): string => {
	const digits = usd > 0 && usd < 0.1 ? 4 : 2;
	return `$${usd.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
};

const line = (text: string, x: number, y: number, size: number, fill: string): string =>
	`<text x="${x}" y="${y}" font-size="${size}" fill="${fill}">${escapeXml(text)}</text>`;

function drawRow(row: ChartRow, y: number, perUsd: number): string {
	let x = chart.left;
	const bars = kinds.map(({ kind, fill }) => {
		// A paid cent must stay visible next to a hundred dollars.
		const width = row[kind] === 0 ? 0 : Math.max(2, row[kind] * perUsd);
		const bar = `<rect x="${x}" y="${y - chart.bar / 2}" width="${width}" height="${chart.bar}" fill="${fill}"/>`;
		x += width;
		return bar;
	});
	const amounts = [
		dollars(row.paid),
		row.saved > 0 ? `${dollars(row.saved)} saved` : '',
		row.planned > 0 ? `${dollars(row.planned)} planned` : '',
	];
	return [
		line(fitText(row.name, 17), chart.margin, y - 3, 17, '#1b2438'),
		line(fitText(row.caption, 21), chart.margin, y + 16, 13.5, '#5d6880'),
		...bars,
		line(amounts.filter(Boolean).join(', '), x + 10, y + 6, 15, '#1b2438'),
	].join('');
}

/**
 * A bar chart of costs: one row per group; from the 40th on they are drawn as one.
 * @returns a PNG, 1200 pixels wide
 * @throws sharp_unavailable
 */
export async function drawChart({ title, subtitle, rows: all }: ChartData): Promise<Buffer> {
	const rows = visibleRows(all);
	const largest = Math.max(...rows.map(({ paid, saved, planned }) => paid + saved + planned), 0);
	const perUsd = (chart.right - chart.left) / (largest || 1);
	const height = chart.head + Math.max(1, rows.length) * chart.row + 64;
	const legend = kinds.map(({ name, fill }, index) => {
		const x = chart.left + 190 * index;
		return `<rect x="${x}" y="116" width="14" height="14" fill="${fill}"/>${line(name, x + 22, 128, 13.5, '#5d6880')}`;
	});
	const svg = [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${chart.width}" height="${height}" font-family="${fontFamily}">`,
		'<rect width="100%" height="100%" fill="#ffffff"/>',
		line(fitText(title, 60), chart.margin, 62, 30, '#1b2438'),
		line(fitText(subtitle, 105), chart.margin, 94, 17, '#5d6880'),
		...legend,
		...rows.map((row, index) => drawRow(row, chart.head + chart.row * (index + 0.5), perUsd)),
		'</svg>',
	].join('');
	const sharp = await loadSharpWithFont();
	return await sharp(Buffer.from(svg)).png().toBuffer();
}
