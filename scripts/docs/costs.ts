/**
 * Makes docs/costs.md from the model table, so that the page never says another price than the node.
 * Run: node --import tsx scripts/docs/costs.ts
 */

import { writeFileSync } from 'node:fs';
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

export const costsPage = path.join(__dirname, '../../docs/costs.md');

/** Whatever the day: the page names the last days, and a gateway may go on after them. */
const priced = imageModels.filter((row) => Object.keys(row.prices.usdPerMillion).length > 0);
const fixed = (row: ImageModel): FixedQuality[] =>
	row.qualities.filter((quality): quality is FixedQuality => quality !== 'auto');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
	[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

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
		[
			'model',
			'text in',
			'cached',
			'image in',
			'cached',
			'image out',
			'text out',
			'source',
			'confidence',
		],
		together(
			priced.map(({ id, prices }): [string, ...string[]] => [
				id,
				...perMillion(prices.usdPerMillion),
				readAt(prices),
				prices.confidence,
			]),
		),
	);

const chatPrices = (): string =>
	table(
		['model', 'input', 'cached', 'output', 'source', 'confidence'],
		chatModels.map(({ id, prices }) => [
			id,
			...chatKinds.map((kind) => amount(prices.usdPerMillion[kind])),
			...(prices.source === '' ? ['price not found', '–'] : [readAt(prices), prices.confidence]),
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

/** @returns the whole page */
export const costs =
	(): string => `<!-- Made by scripts/docs/costs.ts from core/rules/models.ts: change those, then run the script. -->

# What images cost

OpenAI bills images by tokens: those of the prompt, the input images and, mostly, the generated image. The nodes estimate the cost before the call, report it afterwards, and stop before
they exceed a limit.

## One image

USD for the image alone. The prompt adds about $0.0015 per 300 tokens. The same quality name
means different things on different models, so compare the images, not the names.

${perImage()}

## Before the call

The node **GPT Image Cost** needs no credential and sends nothing.

- **Estimate Cost** adds \`estimate\` to each item: lowest and highest price, tokens and USD by
  kind, and warnings that say why the two differ. With a budget, items that would exceed it go to the
  output **Over Budget** ([example](../examples/README.md#campaign-within-a-budget)).
- **Compare Prices** returns one item for each model, quality and size that could make the image,
  cheapest first, models that OpenAI retires soon last. \`meetsRequest\` is true if it has at least the
  pixels and the quality you asked for, \`isCheapest\` for the cheapest of those. \`savesUsd\` is what you
  save compared with your request, \`replaces\` a smaller size of nearly the same aspect ratio that
  costs more.

  ![What Compare Prices gives in n8n](images/cost-compare.webp)

- **Summarize Costs** adds up finished images by model, quality, day or a value of your own. It counts
  reused, dry-run and failed images separately, includes earlier drafts of an image (\`imageInput\`) and
  its reviews, and can add a chart:

  ![Bar chart of costs by campaign](images/cost-chart.png)

**Dry Run** in the GPT Image node checks all settings, estimates the cost, and returns a placeholder
image of the right size and format, so you can build the rest of a workflow for free.

How tokens are counted, and how reliable that is:

${counting()}

- \`exact\` is true only where OpenAI publishes the count: a new image at a fixed size and quality.
- Quality or size \`auto\`: the model chooses, so the price is a range.
- Each partial image that OpenAI sends adds 100 tokens; it may send fewer than requested.
- n images of one prompt cost as much as n calls.
- Edits: OpenAI does not publish how it counts input images and their text, so the node uses measured
  rules. The cost of an image given by URL or file ID is a range.
- OpenAI's two price lists disagree about gpt-image-1-mini: its prices per image are about $0.0025
  higher than its tokens times the token price, which is what this page shows.
- A model that is not in the table has no estimate: \`usd\` is \`{ "min": null, "max": null }\`.

## After the call

The cost of each image is in \`image.cost\`: \`usd\`, \`parts\` by kind of token, and the prices used
(\`pricesOf\`). The node computes it from the tokens that OpenAI reports; the costs of several images from
one call add up to the exact total. If OpenAI's report is missing or does not add up, \`usd\` is \`null\`
with a warning, never a guess. A reused image costs 0; \`originalUsd\` is its original cost.
[When am I charged?](pay-once.md#when-am-i-charged)

## Limits

_Max Cost per Run_ (under _Limits and Retries_) limits what one node spends in one execution,
_Max Cost per Day_ (in the credential) what all nodes with the same key and Base URL spend in a day (UTC);
\`localhost\` and \`127.0.0.1\` count as two. Before each call, the node reserves its highest price;
afterwards, the actual cost replaces the reservation, unless the call
[may have been billed](pay-once.md#when-am-i-charged) without a result. If a call could exceed a limit, its
item fails with \`budget_exceeded\`; if its highest price is unknown, with \`price_unknown\`. The day's
total is in the [store](pay-once.md#one-store), for all n8n processes that share it.

## Cheaper sizes

OpenAI's formula has steps: a slightly longer image can cost less, although it has more pixels. These
save 3% or more; **Compare Prices** finds all.

${cheaperTable()}

## Prices

USD per million tokens. Batches cost half, on models that support them.

${imagePrices()}

Chat models for conversations. Above 272,000 input tokens, a request costs twice as much for input and
1.5 times as much for output. A web search costs $0.01.

${chatPrices()}

If a price changes before this package is updated, add it with its dates to
[a file for the whole n8n instance](models.md#a-new-price), or enter it in **Prices**: in the credential
for one account, or in GPT Image Cost for one estimate:

\`\`\`json
{
  "gpt-image-2": { "imageOutput": 28, "textInput": 4.5 },
  "gpt-image-2 batch": { "imageOutput": 14 },
  "gpt-5.4": { "output": 12 }
}
\`\`\`

Prices have up to four decimals. Kinds that you do not list keep their price from the table. Keys for
image models: textInput, textInputCached, imageInput, imageInputCached, imageOutput, textOutput. Keys
for chat models: input, inputCached, output. A model that is not in the table, e.g. a deployment,
can have prices too; a name that may be misspelled adds a warning.
`;

/** The image of a chart on the page: made-up campaigns that show everything a chart can. */
const chart = (): Promise<Buffer> =>
	drawChart({
		title: 'Image costs by campaign',
		subtitle: '$2.97 paid for 61 images  ·  $0.63 saved by 3 reused  ·  2 failed',
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
