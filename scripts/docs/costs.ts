/**
 * Makes the tables of docs/costs.md from the model table, so that the page never says another price
 * than the node, and its chart.
 * Run: node --import tsx scripts/docs/costs.ts
 */

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cheaperSize } from '../../core/pricing/compare';
import { estimateWithTokens } from '../../core/pricing/estimate';
import { drawChart } from '../../core/pixels/chart';
import { loadSharp } from '../../core/pixels/sharp';
import {
	chatKinds,
	type FixedQuality,
	type ImageModel,
	type PriceRow,
	type TokenPrices,
} from '../../core/rules/model-types';
import { chatModels, imageModels } from '../../core/rules/model-table';
import { namedSizes } from '../../core/rules/models';
import { brokenSizeRules, parseSize, sizeText } from '../../core/rules/size';
import { table, withText } from './markdown';

export const costsPage = path.join(__dirname, '../../docs/costs.md');

/** Whatever the day: the page names the last days, and a gateway may go on after them. */
const priced = imageModels.filter((row) => Object.keys(row.prices.usdPerMillion).length > 0);
const fixed = (row: ImageModel): FixedQuality[] =>
	row.qualities.filter((quality): quality is FixedQuality => quality !== 'auto');

const usdOf = (text: string): number => Number(text.slice(1));
const dollars = (usd: number): string => `$${usd.toFixed(usd >= 0.1 ? 3 : 4)}`;

function priceOf(row: ImageModel, quality: FixedQuality, text: string): string {
	const size = parseSize(text);
	if (!size || brokenSizeRules(row.sizes, size).length > 0) return '–';
	const { parts } = estimateWithTokens(
		{
			operation: 'generate',
			model: row.id,
			row,
			size,
			quality,
			count: 1,
			format: 'png',
			partialImages: 0,
			inputFidelity: undefined,
			images: [],
		},
		{ min: 0, max: 0 },
	);
	const { min, max } = parts.imageOutput;
	if (min === null || max === null) return '–';
	return min === max ? dollars(min) : `${dollars(min)} to ${dollars(max)}`;
}

/** Models whose rows read the same are one row: flare and sunburst cost the same. */
function together(
	rows: readonly (readonly [model: string, ...cells: string[]])[],
): readonly string[][] {
	const merged = new Map<string, string[]>();
	for (const [model, ...cells] of rows) {
		const key = cells.join('|');
		const models = merged.get(key)?.[0];
		merged.set(key, [models === undefined ? model : `${models}, ${model}`, ...cells]);
	}
	return [...merged.values()];
}

const shownSizes = ['1024x1024', '1536x1024', '1024x1536', '1280x720', '2048x2048', '3840x2160'];

const perImage = (): string =>
	table(
		['model', 'quality', ...shownSizes],
		together(
			priced.flatMap((row) =>
				fixed(row).map((quality): [string, ...string[]] => [
					row.id,
					quality,
					...shownSizes.map((size) => priceOf(row, quality, size)),
				]),
			),
		),
	);

const readAt = ({ checked, source, until }: PriceRow<string>): string =>
	[
		source.includes(checked) ? source : `${source}, ${checked}`,
		until === undefined ? '' : `until ${until}; then unknown`,
	]
		.filter((part) => part !== '')
		.join('; ');

const amount = (usd: number | undefined): string => (usd === undefined ? '–' : String(usd));
const perMillion = (prices: TokenPrices): string[] => [
	amount(prices.textInput),
	amount(prices.textInputCached),
	amount(prices.imageInput),
	amount(prices.imageInputCached),
	amount(prices.imageOutput),
	amount(prices.textOutput),
];

const imagePrices = (): string =>
	table(
		['model', 'text in', 'cached', 'image in', 'cached', 'image out', 'text out', 'source'],
		together(
			priced.map(({ id, prices }): [string, ...string[]] => [
				id,
				...perMillion(prices.usdPerMillion),
				readAt(prices),
			]),
		),
	);

const chatPrices = (): string =>
	table(
		['model', 'input', 'cached', 'output', 'source'],
		chatModels.map(({ id, prices }) => [
			id,
			...chatKinds.map((kind) => amount(prices.usdPerMillion[kind])),
			prices.source === '' ? 'price not found' : readAt(prices),
		]),
	);

/** Smaller savings are not worth an odd size. */
const leastSaving = 0.03;

/** Named sizes for which the formula's steps leave a larger and cheaper one of nearly the same shape. */
function cheaperTable(): string {
	const [row] = imageModels;
	if (row?.outputTokens.rule !== 'formula') throw new RangeError(`${row?.id} has no formula`);
	const rule = row.outputTokens;
	const rows = namedSizes.flatMap(({ size: text, label }) => {
		const size = parseSize(text);
		return fixed(row).flatMap((quality) => {
			const found = size && cheaperSize(row, rule, quality, size);
			if (!found) return [];
			const cheaper = sizeText(found);
			const [now, then] = [priceOf(row, quality, text), priceOf(row, quality, cheaper)];
			const isWorthIt = usdOf(then) <= usdOf(now) * (1 - leastSaving);
			return isWorthIt ? [[`${text} (${label})`, quality, now, cheaper, then]] : [];
		});
	});
	return table([`${row.id} at`, 'quality', 'costs', 'cheaper', 'costs'], rows);
}

const countRules: Readonly<Record<ImageModel['outputTokens']['rule'], string>> = {
	formula: "OpenAI's published formula; exact",
	table: "OpenAI's published table",
	range: 'no formula published; a range from measurements',
};

const counting = (): string =>
	table(
		['model', 'output tokens', 'input images', 'batch'],
		together(
			priced.map((row): [string, ...string[]] => [
				row.id,
				countRules[row.outputTokens.rule],
				row.inputTokens.rule === 'patches'
					? `patches of ${row.inputTokens.patch} pixels, at most ${row.inputTokens.budget.toLocaleString('en-US')} tokens each`
					: `${row.inputTokens.base} tokens and ${row.inputTokens.perTile} per tile of 512 pixels`,
				row.batches
					? row.batchCaution === undefined
						? 'half price'
						: 'half price, not certain'
					: 'no',
			]),
		),
	);

const tables = {
	'price-per-image': perImage,
	counting,
	'cheaper-sizes': cheaperTable,
	'image-prices': imagePrices,
	'chat-prices': chatPrices,
};

/** @returns the page with tables of today's prices */
export const costs = (): string =>
	Object.entries(tables).reduce(
		(page, [name, make]) => withText(page, name, make()),
		readFileSync(costsPage, 'utf8'),
	);

/** The image of a chart on the page: made-up campaigns that show everything a chart can. */
const chart = (): Promise<Buffer> =>
	drawChart({
		title: 'Image costs by campaign',
		subtitle: '$2.97 paid  ·  61 images  ·  3 reused  ·  2 failed',
		rows: [
			{
				name: 'Spring sale',
				caption: '28 images  ·  3 reused',
				paid: 1.4748,
				saved: 0.6321,
				planned: 0,
			},
			{ name: 'Kids club', caption: '21 images  ·  2 failed', paid: 1.1067, saved: 0, planned: 0 },
			{ name: 'Vegan burger', caption: '12 images', paid: 0.3871, saved: 0, planned: 0 },
			{ name: 'Winter lights', caption: '14 dry run', paid: 0, saved: 0, planned: 0.7379 },
		],
	});

async function main(): Promise<void> {
	writeFileSync(costsPage, costs());
	const sharp = await loadSharp();
	const small = await sharp(await chart())
		.png({ palette: true })
		.toBuffer();
	writeFileSync(path.join(path.dirname(costsPage), 'images/cost-chart.png'), small);
}

if (require.main === module) void main();
