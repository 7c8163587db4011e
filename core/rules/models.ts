/**
 * THE table: what each OpenAI image model can do and what it costs. Lists in the editor, checks,
 * estimates and the README's tables are made from it. Adding a model is adding a row.
 * Sources: the types of the npm package openai 7.55.0 (2026-11-10), OpenAI's API reference and
 * guides (read July to November 2026), its pricing page (2026-10-01) and its model pages.
 */

import { valuesOf } from './choices';
import type {
	ChatKind,
	ChatModel,
	ChatVision,
	FreeSizes,
	ImageModel,
	OutputFormat,
	PriceRow,
	Row,
	TokenPrices,
} from './model-types';

const SDK = 'openai 7.55.0 types and API reference, 2026-11';
/** Deprecations page, read 2026-11-28: it now names the 2.6 models. */
const DEPRECATIONS = 'OpenAI deprecations page, 2026-11-28';
const PRICING = 'OpenAI pricing page, 2026-10-01';
const MODEL_PAGE = ['OpenAI model page', '2026-11-05'] as const;

/** Facts of the Images API that hold for every GPT image model. */
export const common = {
	maxPromptCharacters: 32_000,
	/** Bytes of one input image. */
	maxInputBytes: 50 * 1024 * 1024,
	/** Bytes of a mask: the SDK says 4 MB, the guide 50 MB; the smaller one is safe. */
	maxMaskBytes: 4 * 1024 * 1024,
	/** Characters of one `data:` URL in a JSON edit. */
	maxDataUrlCharacters: 20_971_520,
	/** Formats that take `output_compression`. */
	compressible: ['jpeg', 'webp'] as readonly OutputFormat[],
	/** Formats that can have a transparent background. */
	transparent: ['png', 'webp'] as readonly OutputFormat[],
	/** Formats that can be streamed, shown partially, and edited through a mask. */
	streamable: ['png', 'jpeg', 'webp'] as readonly OutputFormat[],
	/** Image formats that the edit endpoint reads. */
	inputFormats: ['png', 'jpeg', 'webp'] as readonly string[],
	/** Output tokens of each partial image that is sent (image generation guide). */
	partialImageTokens: 100,
	/** Text tokens that the API adds to the prompt of a generation (forum measurements). */
	promptOverheadTokens: 6,
	/** Above so many input tokens, a mainline model's whole request costs more (pricing page). */
	longContextTokens: 272_000,
	/** USD per web search call of the Responses API (pricing page). */
	webSearchUsd: 0.01,
} as const;

const freeSizes: FreeSizes = {
	rule: 'free',
	multipleOf: 16,
	longestEdge: 3840,
	longestRatio: 3,
	minPixels: 655_360,
	maxPixels: 8_294_400,
	experimentalAbove: 2560 * 1440,
};
const threeSizes = { rule: 'fixed', sizes: ['1024x1024', '1536x1024', '1024x1536'] } as const;

/** The named sizes; all are legal where sizes are free. */
export const namedSizes = [
	{ size: '1024x1024', label: 'Square' },
	{ size: '1536x1024', label: 'Landscape 3:2' },
	{ size: '1024x1536', label: 'Portrait 2:3' },
	{ size: '1024x1280', label: 'Portrait 4:5' },
	{ size: '1280x720', label: 'HD 16:9' },
	{ size: '720x1280', label: 'Story 9:16' },
	{ size: '1792x1024', label: 'Wide 7:4' },
	{ size: '1440x480', label: 'Banner 3:1' },
	{ size: '2048x2048', label: 'Square 2K' },
	{ size: '2560x1440', label: 'QHD 16:9' },
	{ size: '3840x2160', label: '4K 16:9, experimental' },
	{ size: '2160x3840', label: '4K 9:16, experimental' },
] as const;

const priced = (
	id: string,
	usdPerMillion: TokenPrices,
	source: string = PRICING,
	checked = '2026-10-01',
): { readonly id: string; readonly prices: readonly PriceRow[] } => ({
	id,
	prices: [{ name: `${id} (${checked})`, usdPerMillion, checked, source }],
});

const patches = { rule: 'patches', patch: 32, budget: 1536 } as const;
const tiles = { rule: 'tiles', base: 65, perTile: 129 } as const;
const highFidelity = { square: 4160, other: 6240 } as const;

const legacyTable = {
	rule: 'table',
	tokens: {
		low: { '1024x1024': 272, '1024x1536': 408, '1536x1024': 400 },
		medium: { '1024x1024': 1056, '1024x1536': 1584, '1536x1024': 1568 },
		high: { '1024x1024': 4160, '1024x1536': 6240, '1536x1024': 6208 },
	},
} as const;

const bases25 = { low: 16, medium: 24, high: 48, xhigh: 64, max: 96 } as const;

const current = {
	datesSource: SDK,
	sizes: freeSizes,
	qualities: ['auto', 'low', 'medium', 'high'],
	backgrounds: ['auto', 'opaque', 'transparent'],
	formats: ['png', 'jpeg', 'webp'],
	complexities: [],
	inputFidelities: [],
	markup: false,
	maxImages: 10,
	maxReferences: 16,
	maxPartialImages: 3,
	inputTokens: patches,
	source: SDK,
} as const;

const currentPrices: TokenPrices = {
	textInput: 5,
	textInputCached: 1.25,
	imageInput: 8,
	imageInputCached: 2,
	imageOutput: 30,
};

const v25 = {
	...current,
	from: '2026-09-08',
	qualities: valuesOf('quality'),
	markup: true,
	batches: true,
	// The model page of 2026-09-30 said no; a wrong yes costs nothing, a wrong no the user's half.
	batchesSource: '473 edits on sunburst billed at half, game project, 2026-10-10',
	outputTokens: { rule: 'formula', bases: bases25 },
} as const;

const [more, same] = [[1, 4.5] as const, [0.95, 1.05] as const];
const v26 = {
	...v25,
	from: '2026-11-04',
	datesSource: 'OpenAI model page, 2026-11-05',
	formats: ['png', 'jpeg', 'webp', 'gif', 'svg'],
	complexities: ['low', 'medium', 'high'],
	batches: false,
	batchesSource: 'OpenAI model page quoted by AIHubMix, 2026-11-05',
	// One reseller measured 3 to 4 times the tokens of 2.5 at low and medium (1536x1024 low: 664,
	// which is 4.2 times) and about the same from high on (3840x2160 high: 3,337; 2026-11-05).
	outputTokens: {
		rule: 'range',
		bases: bases25,
		factors: { low: more, medium: more, high: same, xhigh: same, max: same },
	},
} as const;

const legacy = {
	...current,
	until: '2026-12-01',
	datesSource: DEPRECATIONS,
	successor: 'gpt-image-2.6-sunburst',
	batchSuccessor: 'gpt-image-2',
	sizes: threeSizes,
	inputTokens: tiles,
	outputTokens: legacyTable,
	batches: true,
	batchesSource: 'OpenAI announcement, 2026-03',
} as const;

const price15: TokenPrices = { ...currentPrices, imageOutput: 32, textOutput: 10 };

const dallE = (id: string): Row<ImageModel> => ({
	...legacy,
	id,
	snapshots: [],
	summary: 'DALL·E',
	until: '2026-05-12',
	datesSource: SDK,
	otherApi: true,
	successor: 'gpt-image-2',
	batchSuccessor: undefined,
	batches: false,
	prices: [],
});

/** Every known image model, in the order of the editor's list. */
export const imageRows: readonly Row<ImageModel>[] = [
	{
		...current,
		...priced('gpt-image-2', currentPrices),
		from: '2026-04-21',
		snapshots: ['gpt-image-2-2026-04-21'],
		summary: '',
		transparentCaution:
			'A transparent background is a preview on gpt-image-2 that OpenAI has switched on and off',
		transparentFallback: 'gpt-image-2.5-sunburst',
		batches: true,
		batchesSource: 'OpenAI model page, 2026-10-01',
		outputTokens: { rule: 'formula', bases: { low: 16, medium: 48, high: 96 } },
	},
	{
		...v25,
		...priced('gpt-image-2.5-sunburst', currentPrices),
		snapshots: ['gpt-image-2.5-sunburst-2026-09-08'],
		summary: 'more detail, precise edits',
	},
	{
		...v25,
		...priced('gpt-image-2.5-flare', currentPrices),
		snapshots: ['gpt-image-2.5-flare-2026-09-08'],
		summary: 'smaller, faster',
		batchCaution:
			'OpenAI may not support gpt-image-2.5-flare in batches; a refused batch costs nothing',
	},
	{
		...v26,
		...priced('gpt-image-2.6-sunburst', currentPrices, ...MODEL_PAGE),
		snapshots: [],
		summary: 'newest, more detail',
	},
	{
		...v26,
		...priced('gpt-image-2.6-flare', currentPrices, ...MODEL_PAGE),
		snapshots: [],
		summary: 'newest, smaller, faster',
	},
	{
		...legacy,
		...priced('gpt-image-1.5', price15),
		snapshots: ['gpt-image-1.5-2025-12-16'],
		summary: 'older, with input fidelity',
		inputFidelities: ['low', 'high'],
		inputTokens: { ...tiles, highFidelity },
	},
	{
		...legacy,
		...priced('chatgpt-image-latest', price15),
		snapshots: [],
		summary: 'older, as in ChatGPT',
		inputTokens: { ...tiles, highFidelity },
	},
	{
		...legacy,
		...priced('gpt-image-1-mini', {
			textInput: 2,
			textInputCached: 0.2,
			imageInput: 2.5,
			imageInputCached: 0.25,
			imageOutput: 8,
		}),
		snapshots: [],
		summary: 'older, smaller',
		successor: 'gpt-image-2.6-flare',
	},
	{
		...legacy,
		...priced('gpt-image-1', {
			textInput: 5,
			textInputCached: 1.25,
			imageInput: 10,
			imageInputCached: 2.5,
			imageOutput: 40,
		}),
		snapshots: [],
		summary: 'the first',
		until: '2026-10-23',
		datesSource: SDK,
		successor: 'gpt-image-2.5-flare',
		inputFidelities: ['low', 'high'],
		inputTokens: { ...tiles, highFidelity },
	},
	dallE('dall-e-3'),
	dallE('dall-e-2'),
];

/**
 * OpenAI's guide images-vision (read 2026-09-24): patches of 32 pixels; `high` gives 2,500 patches
 * and 2,048 pixels to gpt-5.4 and later models, 1,536 patches to the small ones before. The guide
 * has 1.2 tokens per patch for gpt-6-astra, and 1.62 and 2.46 for minis and nanos, for which 1.2 was
 * billed (forum thread 1377015, 2026-03).
 */
const visionOf = (budget: number, tokensPerPatch: readonly [number, number]): ChatVision => ({
	patches: { rule: 'patches', patch: 32, budget, longestEdge: 2048 },
	tokensPerPatch,
});
/** Also for a model that the table does not know: the most expensive. */
export const unknownVision = visionOf(2500, [1, 2.46]);

const GENAI = ['genai-prices 0.1.8', '2026-09-23'] as const;

const chat = (
	id: string,
	[input, inputCached, output]: readonly [number, number, number],
	[source, checked]: readonly [source: string, checked: string],
	more: Partial<Row<ChatModel>> & { readonly priceUntil?: string } = {},
): Row<ChatModel> => {
	const { priceUntil, ...rest } = more;
	const price: PriceRow<ChatKind> = {
		name: `${id} (${checked})`,
		usdPerMillion: { input, inputCached, output },
		...(priceUntil === undefined ? {} : { until: priceUntil }),
		checked,
		source,
	};
	return {
		id,
		aliases: [],
		refusedEfforts: [],
		vision: visionOf(2500, [1.2, 1.2]),
		prices: [price],
		...rest,
	};
};
/** The stops of 2026-12-11 and what follows (deprecations page, 2026-11-28; for nano "a gpt-6 model"). */
const stops = (successor: string) => ({ until: '2026-12-11', successor });

/** Mainline models for conversations; short-context prices in USD per million tokens. */
export const chatRows: readonly Row<ChatModel>[] = [
	chat('gpt-5.4', [2.5, 0.25, 15], GENAI),
	chat('gpt-5.4-mini', [0.75, 0.075, 4.5], GENAI, { vision: visionOf(1536, [1.2, 1.62]) }),
	chat('gpt-5.4-nano', [0.2, 0.02, 1.25], GENAI, {
		until: '2027-04-01',
		vision: visionOf(1536, [1.2, 2.46]),
	}),
	chat('gpt-5', [1.25, 0.125, 10], GENAI, { ...stops('gpt-6.1-sol'), vision: unknownVision }),
	chat('gpt-5-mini', [0.25, 0.025, 2], GENAI, {
		...stops('gpt-6.1-terra'),
		vision: visionOf(1536, [1.2, 1.62]),
	}),
	chat('gpt-5-nano', [0.05, 0.005, 0.4], GENAI, {
		...stops('gpt-6-luna'),
		vision: visionOf(1536, [1.5, 2.46]),
	}),
	chat('gpt-5.5', [5, 0.5, 30], GENAI),
	chat('gpt-5.6-luna', [0.2, 0.02, 1.2], ['genai-prices 0.1.8', '2026-07-30']),
	// Promised "at least through 2026-11-21"; looked for on 2026-11-28, no later price was found.
	chat('gpt-5.6-sol', [4, 0.4, 20], ['genai-prices 0.1.8', '2026-08-21'], {
		aliases: ['gpt-5.6'],
		priceUntil: '2026-11-21',
	}),
	chat('gpt-5.6-terra', [2, 0.2, 12], ['genai-prices 0.1.8', '2026-07-30']),
	chat('gpt-6-astra', [10, 1, 50], ['OpenAI models page', '2026-09-23']),
	chat('gpt-6-luna', [0.1, 0.01, 0.5], GENAI),
	chat('gpt-6-sol', [2, 0.2, 10], GENAI),
	chat('gpt-6.1-sol', [2, 0.1, 10], ['provider references', '2026-10-05'], {
		refusedEfforts: ['none'],
	}),
	chat('gpt-6.1-terra', [1, 0.05, 5], ['apidog, PromptFuel', '2026-10-26']),
	chat('gpt-6.2-sol', [2, 0.1, 10], ['OpenAI model page', '2026-11-28'], {
		refusedEfforts: ['none'],
	}),
	// On the model page of 2026-11-28 without a price.
	{
		id: 'gpt-6.2-astra',
		aliases: [],
		refusedEfforts: [],
		vision: visionOf(2500, [1.2, 1.2]),
		prices: [],
	},
];
