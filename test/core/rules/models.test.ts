import { tableCalendar } from '../../../core/rules/calendar';
import { findChatModel, findImageModel } from '../../../core/rules/model';
import { chatModelChoices, modelChoices, stopsOf } from '../../../core/rules/model-list';
import type { ImageModel } from '../../../core/rules/model-types';
import { builtInRows, imageModels, tableOn } from '../../../core/rules/model-table';
import { namedSizes } from '../../../core/rules/models';
import { brokenSizeRules, parseSize } from '../../../core/rules/size';

const price = (id: string) => findImageModel(id)?.prices.usdPerMillion;

it.each([
	[
		'gpt-image-2',
		{ textInput: 5, textInputCached: 1.25, imageInput: 8, imageInputCached: 2, imageOutput: 30 },
	],
	['gpt-image-2.5-sunburst', { textInput: 5, imageInput: 8, imageOutput: 30 }],
	['gpt-image-2.6-flare', { textInput: 5, imageInput: 8, imageOutput: 30 }],
	['gpt-image-1.5', { textInput: 5, imageInput: 8, imageOutput: 32, textOutput: 10 }],
	[
		'gpt-image-1-mini',
		{ textInput: 2, textInputCached: 0.2, imageInput: 2.5, imageInputCached: 0.25, imageOutput: 8 },
	],
])('%s costs what the pricing page says', (id, expected) => {
	expect(price(id)).toMatchObject(expected);
});

it('knows which models take batches', () => {
	expect(
		imageModels.filter(({ batches, until }) => batches && until === undefined).map(({ id }) => id),
	).toEqual(['gpt-image-2', 'gpt-image-2.5-sunburst', 'gpt-image-2.5-flare']);
});

it('finds dated snapshots', () => {
	expect(findImageModel('gpt-image-2-2026-04-21')?.id).toBe('gpt-image-2');
	expect(findImageModel('gpt-image-2.5-flare-2026-09-08')?.id).toBe('gpt-image-2.5-flare');
	expect(findImageModel('gpt-image-2.5')).toBeUndefined();
});

it('prices mainline models', () => {
	expect(findChatModel('gpt-5.4')?.prices.usdPerMillion).toEqual({
		input: 2.5,
		inputCached: 0.25,
		output: 15,
	});
	expect(findChatModel('gpt-5.6')?.id).toBe('gpt-5.6-sol');
	expect(findChatModel('gpt-6.1-sol')?.refusedEfforts).toEqual(['none']);
	expect(findChatModel('gpt-6.2-sol')?.refusedEfforts).toEqual(['none']);
});

it.each([
	['gpt-5', 'gpt-6.1-sol'],
	['gpt-5-mini', 'gpt-6.1-terra'],
	['gpt-5-nano', 'gpt-6-luna'],
])('%s stops on 2026-12-11 and becomes %s', (id, successor) => {
	expect(findChatModel(id)).toMatchObject({ until: '2026-12-11', successor });
	expect(findChatModel(successor)).not.toHaveProperty('until');
});

it('a price counts on its days; after the last it is unknown', () => {
	const on = (day: string, id: string) =>
		tableOn(day, builtInRows).chat.find((row) => row.id === id)?.prices.usdPerMillion;
	expect(on('2026-11-21', 'gpt-5.6-sol')).toEqual({ input: 4, inputCached: 0.4, output: 20 });
	expect(on('2026-11-22', 'gpt-5.6-sol')).toEqual({});
	expect(on('2026-11-28', 'gpt-6.2-sol')).toEqual({ input: 2, inputCached: 0.1, output: 10 });
	expect(on('2026-11-28', 'gpt-6.2-astra')).toEqual({});
});

it('only 2.6 takes complexity, gif and svg; 2.5 and 2.6 take markup; only 1 and 1.5 take fidelity', () => {
	const ids = (rows: readonly ImageModel[]) => rows.map((row) => row.id);
	const on26 = ['gpt-image-2.6-sunburst', 'gpt-image-2.6-flare'];
	const on25 = ['gpt-image-2.5-sunburst', 'gpt-image-2.5-flare'];
	expect(ids(imageModels.filter((row) => row.complexities.length > 0))).toEqual(on26);
	expect(ids(imageModels.filter((row) => row.formats.includes('svg')))).toEqual(on26);
	expect(ids(imageModels.filter((row) => row.markup))).toEqual([...on25, ...on26]);
	expect(ids(imageModels.filter((row) => row.qualities.includes('max')))).toEqual([
		...on25,
		...on26,
	]);
	expect(ids(imageModels.filter((row) => row.inputFidelities.length > 0))).toEqual([
		'gpt-image-1.5',
		'gpt-image-1',
	]);
});

it('every named size is legal on gpt-image-2', () => {
	const rule = findImageModel('gpt-image-2')?.sizes;
	for (const { size } of namedSizes) {
		const dimensions = parseSize(size);
		if (!rule || !dimensions) throw new Error(size);
		expect([size, brokenSizeRules(rule, dimensions)]).toEqual([size, []]);
	}
});

it.each([
	['gpt-image-1.5', '2026-12-01', 'gpt-image-2.6-sunburst', 'gpt-image-2'],
	['gpt-image-1.5-2025-12-16', '2026-12-01', 'gpt-image-2.6-sunburst', 'gpt-image-2'],
	['chatgpt-image-latest', '2026-12-01', 'gpt-image-2.6-sunburst', 'gpt-image-2'],
	['gpt-image-1-mini', '2026-12-01', 'gpt-image-2.6-flare', 'gpt-image-2'],
])('%s ends on %s and becomes %s, in batches %s', (id, until, successor, batchSuccessor) => {
	expect(findImageModel(id)).toMatchObject({ until, successor, batchSuccessor });
});

it('no model is sent to one that ends, nor a batch to one that takes none', () => {
	for (const { successor, batchSuccessor, transparentFallback } of imageModels) {
		for (const id of [successor, batchSuccessor, transparentFallback]) {
			if (id !== undefined) expect(findImageModel(id)).not.toHaveProperty('until');
		}
		if (batchSuccessor !== undefined) expect(findImageModel(batchSuccessor)?.batches).toBe(true);
	}
});

describe('the list of models', () => {
	const lasting = [
		'gpt-image-2',
		'gpt-image-2.5-sunburst',
		'gpt-image-2.5-flare',
		'gpt-image-2.6-sunburst',
		'gpt-image-2.6-flare',
	];
	const ending = ['gpt-image-1.5', 'chatgpt-image-latest', 'gpt-image-1-mini'];

	it.each([
		['2026-11-20', [...lasting, ...ending]],
		['2026-12-01', [...lasting, ...ending]],
		['2026-12-02', lasting],
		['2028-02-29', lasting],
		['2026-10-01', [...lasting.slice(0, 3), ...ending, 'gpt-image-1']],
	])('is the table of the day when the API cannot be asked: %s', (day, ids) => {
		expect(modelChoices(undefined, tableCalendar(day)).map(({ id }) => id)).toEqual(ids);
	});

	it('goes by the days of the API, which OpenAI moves', () => {
		const ids = (day: string, shutdownDate: unknown) => {
			const listed = [
				{ id: 'gpt-image-2', shutdownDate: null },
				{ id: 'gpt-image-1.5', shutdownDate },
			];
			const calendar = { ...tableCalendar(day), stops: stopsOf(listed) };
			return modelChoices(listed, calendar).map(({ id, note }) => `${id}: ${note}`);
		};
		const postponed = 'gpt-image-1.5: stops on 2027-03-01';
		expect(ids('2026-12-02', '2027-03-01')).toContain(postponed);
		expect(ids('2027-03-01', '2027-03-01')).toContain(postponed);
		expect(ids('2027-03-02', '2027-03-01').join()).not.toContain('gpt-image-1.5');
		expect(ids('2026-11-21', '2026-11-20').join()).not.toContain('gpt-image-1.5');
	});

	it.each([
		1e300,
		1e20,
		8.64e12,
		1e12,
		-1e10,
		0,
		NaN,
		'9'.repeat(40),
		'+123456-01-01',
		'x',
		{},
		[],
		true,
	])('takes %j for no last day', (shutdownDate) => {
		const listed = [{ id: 'gpt-image-2', shutdownDate }];
		expect([...stopsOf(listed)]).toEqual([]);
		const calendar = { ...tableCalendar('2026-11-20'), stops: stopsOf(listed) };
		expect(modelChoices(listed, calendar)[0]).toMatchObject({ id: 'gpt-image-2', note: '' });
	});

	it('of names that every object has is as any other', () => {
		const ids = ['__proto__', 'constructor', 'my-image-__proto__'];
		const listed = ids.map((id) => ({ id, shutdownDate: '2026-12-24' }));
		const calendar = { ...tableCalendar('2026-11-20'), stops: stopsOf(listed) };
		const choices = modelChoices(listed, calendar);
		expect(choices.filter(({ id }) => ids.includes(id))).toEqual([
			{ id: 'my-image-__proto__', note: 'stops on 2026-12-24', summary: '' },
		]);
		expect(ids.map((id) => [findImageModel(id), findChatModel(id)]).flat(2)).toEqual(
			ids.flatMap(() => [undefined, undefined]),
		);
	});

	it('has whatever another service lists, and nothing that has stopped beside it', () => {
		const listed = [{ id: 'gpt-image-1.5', shutdownDate: undefined }];
		const gateway = { ...tableCalendar('2027-01-01'), isOpenAI: false };
		const ids = modelChoices(listed, gateway).map(({ id }) => id);
		expect(ids).toEqual([...lasting, 'gpt-image-1.5']);
	});

	it('begins with the account’s own names, which are all where nothing is listed', () => {
		const deployments = new Map([
			['shop-images', 'gpt-image-2'],
			['words', 'gpt-5.4'],
		]);
		const calendar = { ...tableCalendar('2027-01-01'), isOpenAI: false, deployments };
		const ids = (listed: Parameters<typeof modelChoices>[0]) =>
			modelChoices(listed, calendar).map(({ id, note }) => `${id}: ${note}`);
		expect(ids(undefined)).toEqual(['shop-images: gpt-image-2']);
		const listed = ['shop-images', 'gpt-image-9'].map((id) => ({ id, shutdownDate: undefined }));
		expect(ids(listed)).toEqual([
			'shop-images: gpt-image-2',
			...lasting.map((id) => `${id}: not listed for this key`),
			'gpt-image-9: not in this node’s table',
		]);
	});

	it('of chat models has no stopped one either', () => {
		const notes = (day: string) =>
			chatModelChoices(undefined, tableCalendar(day)).map(({ id, note }) => `${id} ${note}`);
		const nano = expect.stringMatching(/^gpt-5.4-nano .*stops on 2027-04-01/) as string;
		expect(notes('2027-04-01')).toContainEqual(nano);
		expect(notes('2027-04-02').join()).not.toContain('gpt-5.4-nano');
	});

	it('says what the key can use, when models stop, and which models are new', () => {
		const listed = [
			{ id: 'gpt-image-2', shutdownDate: undefined },
			{ id: 'gpt-image-1.5', shutdownDate: '2026-12-01' },
			{ id: 'gpt-image-1-mini', shutdownDate: 1_796_083_200 },
			{ id: 'gpt-image-3', shutdownDate: undefined },
			{ id: 'gpt-5.4', shutdownDate: undefined },
			{ id: 'dall-e-3', shutdownDate: undefined },
		];
		const calendar = { ...tableCalendar('2026-11-20'), stops: stopsOf(listed) };
		const choices = modelChoices(listed, calendar);
		const note = (id: string) => choices.find((choice) => choice.id === id)?.note;
		expect(note('gpt-image-1.5')).toBe('stops on 2026-12-01');
		expect(note('gpt-image-1-mini')).toBe('stops on 2026-12-01');
		expect(note('gpt-image-2.5-flare')).toContain('not listed for this key');
		expect(note('gpt-image-3')).toContain('not in this node');
		expect(note('gpt-5.4')).toBeUndefined();
		expect(note('dall-e-3')).toBeUndefined();
	});
});
