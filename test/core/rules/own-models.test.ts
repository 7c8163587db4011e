import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GptImageError } from '../../../core/errors';
import { builtInRows, tableOn } from '../../../core/rules/model-table';
import { withOwnModels } from '../../../core/rules/own-models';

/** N8N_GPT_IMAGE_MODELS: rows of the owner, and what refuses the whole file. */

const price = { from: '2026-12-01', source: 'pricing page', checked: '2026-12-01' };
const read = (...models: object[]) =>
	withOwnModels(JSON.stringify({ models }), 'm.json', builtInRows);
const on = (day: string, ...models: object[]) => tableOn(day, read(...models));
const image = (day: string, id: string, ...models: object[]) =>
	on(day, ...models).image.find((row) => row.id === id);

const published: unknown = JSON.parse(
	readFileSync(path.join(__dirname, '../../../docs/models.schema.json'), 'utf8'),
);
const matchesPublished = new Ajv({ strict: false }).compile(published as object);

it('a new model has the abilities of the one it is like, and its own dates and prices', () => {
	const row = {
		id: 'gpt-image-3',
		like: 'gpt-image-2.6-flare',
		from: '2026-12-03',
		formats: ['png', 'webp'],
		sizes: ['1024x1024'],
		prices: [{ ...price, textInput: 6, imageOutput: 33.25 }],
	};
	expect(matchesPublished({ models: [row] })).toBe(true);
	expect(image('2026-12-03', 'gpt-image-3', row)).toMatchObject({
		id: 'gpt-image-3',
		snapshots: [],
		from: '2026-12-03',
		until: undefined,
		complexities: ['low', 'medium', 'high'],
		formats: ['png', 'webp'],
		sizes: { rule: 'fixed', sizes: ['1024x1024'] },
		batches: false,
		prices: {
			name: 'gpt-image-3 (2026-12-01)',
			usdPerMillion: { textInput: 6, imageOutput: 33.25 },
			checked: '2026-12-01',
		},
	});
});

it('without prices its price is unknown, not that of the model it is like', () => {
	const row = { id: 'gpt-image-3', like: 'gpt-image-2' };
	expect(image('2026-12-03', 'gpt-image-3', row)?.prices.usdPerMillion).toEqual({});
});

it('a known model gets new prices and keeps the rest; each counts on its days', () => {
	const row = {
		id: 'gpt-image-2',
		until: '2027-06-30',
		prices: [
			{ ...price, from: '2026-01-01', imageOutput: 30 },
			{ ...price, from: '2026-12-24', until: '2026-12-26', imageOutput: 10 },
			{ ...price, from: '2027-01-01', until: '2027-01-31', imageOutput: 40 },
		],
	};
	const outputOn = (day: string) =>
		image(day, 'gpt-image-2', row)?.prices.usdPerMillion.imageOutput;
	expect(
		['2026-12-23', '2026-12-24', '2026-12-27', '2027-01-01', '2027-02-01'].map(outputOn),
	).toEqual([30, 10, 30, 40, 30]);
	expect(image('2026-12-23', 'gpt-image-2', row)).toMatchObject({
		until: '2027-06-30',
		snapshots: ['gpt-image-2-2026-04-21'],
	});
	expect(outputOn('2025-12-31')).toBeUndefined();
});

it('what stands in for another gives way when it has stopped itself', () => {
	const row = {
		id: 'gpt-image-2.5-sunburst',
		until: '2027-05-01',
		successor: 'gpt-image-2.6-sunburst',
	};
	const fallbackOn = (day: string) => image(day, 'gpt-image-2', row)?.transparentFallback;
	expect(fallbackOn('2027-05-01')).toBe('gpt-image-2.5-sunburst');
	expect(fallbackOn('2027-05-02')).toBe('gpt-image-2.6-sunburst');
});

it('chat models, too; a row may be like one before it', () => {
	const chat = on(
		'2026-12-03',
		{ id: 'gpt-7', like: 'gpt-6.2-sol', prices: [{ ...price, input: 3, output: 12 }] },
		{ id: 'gpt-7-mini', like: 'gpt-7', refusedEfforts: [] },
	).chat;
	expect(chat.slice(-2)).toMatchObject([
		{ id: 'gpt-7', refusedEfforts: ['none'], prices: { usdPerMillion: { input: 3, output: 12 } } },
		{ id: 'gpt-7-mini', refusedEfforts: [], prices: { usdPerMillion: {} } },
	]);
});

const good = { id: 'gpt-image-3', like: 'gpt-image-2' };

it.each<[string, object, string, 'schema' | 'meaning']>([
	['a misspelt key', { ...good, qualites: ['low'] }, '"qualites" is an unknown key', 'schema'],
	['no ID', { like: 'gpt-image-2' }, '"id" is missing', 'schema'],
	[
		'a value of another list',
		{ ...good, qualities: ['low', 'best'] },
		'"best", not one of auto',
		'schema',
	],
	[
		'a text for a truth',
		{ ...good, batches: 'yes' },
		'"batches" is "yes", not true or false',
		'schema',
	],
	[
		'a number beyond',
		{ ...good, maxImages: 11 },
		'"maxImages" is 11, not a number of 1 to 10',
		'schema',
	],
	[
		'a misspelt price',
		{ ...good, prices: [{ ...price, imageOut: 1 }] },
		'"imageOut" is an unknown key',
		'schema',
	],
	[
		'a negative price',
		{ ...good, prices: [{ ...price, imageOutput: -1 }] },
		'"imageOutput" is -1',
		'schema',
	],
	[
		'a price as text',
		{ ...good, prices: [{ ...price, imageOutput: '30' }] },
		'"imageOutput" is "30"',
		'schema',
	],
	[
		'a price without a source',
		{ ...good, prices: [{ from: '2026-12-01', checked: '2026-12-01' }] },
		'"source" is missing',
		'schema',
	],
	['a day in words', { ...good, until: 'soon' }, '"until" is "soon"', 'schema'],
	['a row that is none', [], 'the row is [], not an object', 'schema'],
	['a day that is none', { ...good, until: '2026-02-30' }, '2026-02-30 is not a date', 'meaning'],
	[
		'an end before the beginning',
		{ ...good, from: '2027-01-02', until: '2027-01-01' },
		'is before "from"',
		'meaning',
	],
	[
		'an unknown model to be like',
		{ ...good, like: 'gpt-imag-2' },
		'"like" is gpt-imag-2',
		'meaning',
	],
	['nothing to be like', { id: 'gpt-image-3' }, '"like" is missing', 'meaning'],
	[
		'a key of chat models',
		{ ...good, refusedEfforts: ['none'] },
		'"refusedEfforts" is not a key of an image',
		'meaning',
	],
	[
		'a price of chat models',
		{ ...good, prices: [{ ...price, output: 1 }] },
		'"output" is not a price of an image',
		'meaning',
	],
	[
		'five decimals',
		{ ...good, prices: [{ ...price, imageOutput: 0.00001 }] },
		'more than four decimals',
		'meaning',
	],
])('%s refuses the whole file by name and row', (_name, row, problem, by) => {
	const check = () => read({ id: 'gpt-image-2', summary: 'ours' }, row);
	expect(check).toThrow(GptImageError);
	expect(check).toThrow(expect.objectContaining({ code: 'invalid_environment' }));
	expect(check).toThrow('m.json: row 2');
	expect(check).toThrow(problem);
	expect(matchesPublished({ models: [row] })).toBe(by === 'meaning');
});

it.each([
	['{"models": [', 'it is not JSON'],
	['[]', '"models" is not a list'],
	['{"modells": []}', '"modells" is an unknown key'],
	['{"models": {}}', '"models" is not a list'],
])('refuses the file %s', (json, problem) => {
	expect(() => withOwnModels(json, 'm.json', builtInRows)).toThrow(`m.json: ${problem}`);
});
