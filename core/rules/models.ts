import type {
	ChatModel,
	Confidence,
	FreeSizes,
	ImageModel,
	OutputFormat,
	PriceRow,
	Quality,
	TokenPrices,
} from './model-types';

/**
 * THE table: what each OpenAI image model can do and what it costs. Lists in the editor, checks,
 * estimates and the README's tables are made from it. Adding a model is adding a row.
 * Sources: the types of the npm package openai 7.55.0 (2026-11-10), OpenAI's API reference and
 * guides (read July to November 2026), its pricing page (2026-10-01) and its model pages.
 */

const SDK = 'openai 7.55.0 types and API reference, 2026-11';
const PRICING = 'OpenAI pricing page, 2026-10-01';
const MODEL_PAGE = ['OpenAI model page', 'high', '2026-11-05'] as const;

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
	/** Formats that can be neither streamed nor shown partially. */
	unstreamable: ['gif', 'svg'] as readonly OutputFormat[],
	/** Only the first is possible per call. */
	singleImage: ['svg'] as readonly OutputFormat[],
	/** Image formats that the edit endpoint reads. */
	inputFormats: ['png', 'jpeg', 'webp'] as readonly string[],
	/** Output tokens of each partial image that is sent (image generation guide). */
	partialImageTokens: 100,
	/** Text tokens that the API adds to the prompt of a generation (forum measurements). */
	promptOverheadTokens: 6,
	/** USD per web search call of the Responses API (pricing page). */
	webSearchUsd: 0.01,
	/** Default of an animated GIF: its frames share one sheet that must obey the size rules. */
	gifFrames: 9,
} as const;

/** Every quality that some model takes, from cheap to dear. */
export const qualities: readonly Quality[] = ['auto', 'low', 'medium', 'high', 'xhigh', 'max'];

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

/** Sizes that people ask for by name; all are legal where sizes are free. */
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

const prices = (
	model: string,
	usdPerMillion: TokenPrices,
	source: string = PRICING,
	confidence: Confidence = 'medium',
	date = '2026-10-01',
): PriceRow => ({ name: `${model} (${date})`, usdPerMillion, date, source, confidence });

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
	status: 'live',
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
	confidence: 'high',
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
	qualities,
	markup: true,
	batch: 'unsure',
	outputTokens: { rule: 'formula', bases: bases25 },
} as const;

const [more, same] = [[1, 4.5] as const, [0.95, 1.05] as const];
const v26 = {
	...v25,
	formats: ['png', 'jpeg', 'webp', 'gif', 'svg'],
	complexities: ['low', 'medium', 'high'],
	batch: 'no',
	// One reseller measured 3 to 4 times the tokens of 2.5 at low and medium (1536x1024 low: 664,
	// which is 4.2 times) and about the same from high on (3840x2160 high: 3,337; 2026-11-05).
	outputTokens: {
		rule: 'range',
		bases: bases25,
		factors: { low: more, medium: more, high: same, xhigh: same, max: same },
	},
	confidence: 'medium',
} as const;

const legacy = {
	...current,
	status: 'stopping',
	stopsOn: '2026-12-01',
	successor: 'gpt-image-2.5-flare',
	sizes: threeSizes,
	inputTokens: tiles,
	outputTokens: legacyTable,
	batch: 'yes',
	confidence: 'medium',
} as const;

const price15: TokenPrices = { ...currentPrices, imageOutput: 32, textOutput: 10 };

const retired = (id: string, stopsOn: string, successor: string): ImageModel => ({
	...legacy,
	id,
	snapshots: [],
	summary: 'shut down by OpenAI',
	status: 'retired',
	stopsOn,
	successor,
	prices: prices(id, {}),
});

/** Every known image model, in the order of the editor's list. */
export const imageModels: readonly ImageModel[] = [
	{
		...current,
		id: 'gpt-image-2',
		snapshots: ['gpt-image-2-2026-04-21'],
		summary: 'exact price before the call',
		transparentCaution:
			'A transparent background is a preview on gpt-image-2 that OpenAI has switched on and off',
		transparentFallback: 'gpt-image-2.5-sunburst',
		batch: 'yes',
		outputTokens: { rule: 'formula', bases: { low: 16, medium: 48, high: 96 } },
		prices: prices('gpt-image-2', currentPrices),
		batchPrices: prices('gpt-image-2 batch', {
			textInput: 2.5,
			textInputCached: 0.625,
			imageInput: 4,
			imageInputCached: 1,
			imageOutput: 15,
		}),
	},
	{
		...v25,
		id: 'gpt-image-2.5-sunburst',
		snapshots: ['gpt-image-2.5-sunburst-2026-09-08'],
		summary: 'more detail, precise edits',
		prices: prices('gpt-image-2.5-sunburst', currentPrices),
	},
	{
		...v25,
		id: 'gpt-image-2.5-flare',
		snapshots: ['gpt-image-2.5-flare-2026-09-08'],
		summary: 'smaller, faster',
		prices: prices('gpt-image-2.5-flare', currentPrices),
	},
	{
		...v26,
		id: 'gpt-image-2.6-sunburst',
		snapshots: [],
		summary: 'newest, more detail',
		prices: prices('gpt-image-2.6-sunburst', currentPrices, ...MODEL_PAGE),
	},
	{
		...v26,
		id: 'gpt-image-2.6-flare',
		snapshots: [],
		summary: 'newest, smaller, faster',
		prices: prices('gpt-image-2.6-flare', currentPrices, ...MODEL_PAGE),
	},
	{
		...legacy,
		id: 'gpt-image-1.5',
		snapshots: ['gpt-image-1.5-2025-12-16'],
		summary: 'stops on 2026-12-01',
		inputFidelities: ['low', 'high'],
		inputTokens: { ...tiles, highFidelity },
		prices: prices('gpt-image-1.5', price15),
	},
	{
		...legacy,
		id: 'chatgpt-image-latest',
		snapshots: [],
		summary: 'stops on 2026-12-01',
		inputTokens: { ...tiles, highFidelity },
		prices: prices('chatgpt-image-latest', price15),
	},
	{
		...legacy,
		id: 'gpt-image-1-mini',
		snapshots: [],
		summary: 'stops on 2026-12-01',
		prices: prices('gpt-image-1-mini', {
			textInput: 2,
			textInputCached: 0.2,
			imageInput: 2.5,
			imageInputCached: 0.25,
			imageOutput: 8,
		}),
	},
	retired('gpt-image-1', '2026-10-23', 'gpt-image-2.5-flare'),
	retired('dall-e-3', '2026-05-12', 'gpt-image-2'),
	retired('dall-e-2', '2026-05-12', 'gpt-image-2'),
];

const chat = (
	id: string,
	[input, inputCached, output]: readonly [number, number, number],
	source: string,
	date: string,
	more: Partial<ChatModel> = {},
): ChatModel => ({
	id,
	aliases: [],
	input,
	inputCached,
	output,
	refusedEfforts: [],
	date,
	source,
	confidence: 'medium',
	...more,
});
const GENAI = 'genai-prices 0.1.8';

/** Mainline models for conversations; short-context prices in USD per million tokens. */
export const chatModels: readonly ChatModel[] = [
	chat('gpt-5.4', [2.5, 0.25, 15], GENAI, '2026-09-23'),
	chat('gpt-5.4-mini', [0.75, 0.075, 4.5], GENAI, '2026-09-23'),
	chat('gpt-5.4-nano', [0.2, 0.02, 1.25], GENAI, '2026-09-23', { stopsOn: '2027-04-01' }),
	chat('gpt-5.5', [5, 0.5, 30], GENAI, '2026-09-23'),
	chat('gpt-5.6-luna', [0.2, 0.02, 1.2], GENAI, '2026-07-30'),
	chat('gpt-5.6-sol', [4, 0.4, 20], GENAI, '2026-08-21', { aliases: ['gpt-5.6'] }),
	chat('gpt-5.6-terra', [2, 0.2, 12], GENAI, '2026-07-30'),
	chat('gpt-6-astra', [10, 1, 50], 'OpenAI models page', '2026-09-23', { confidence: 'high' }),
	chat('gpt-6-luna', [0.1, 0.01, 0.5], GENAI, '2026-09-23'),
	chat('gpt-6-sol', [2, 0.2, 10], GENAI, '2026-09-23'),
	chat('gpt-6.1-sol', [2, 0.1, 10], 'provider references', '2026-10-05', {
		refusedEfforts: ['none'],
	}),
	chat('gpt-6.1-terra', [1, 0.05, 5], 'apidog, PromptFuel', '2026-10-26'),
];
