import { findChatModel, findImageModel } from '../../../core/rules/find';
import { modelChoices } from '../../../core/rules/model-list';
import { imageModels, namedSizes } from '../../../core/rules/models';
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

it('the batch price of gpt-image-2 is half', () => {
	expect(findImageModel('gpt-image-2')?.batchPrices?.usdPerMillion).toEqual({
		textInput: 2.5,
		textInputCached: 0.625,
		imageInput: 4,
		imageInputCached: 1,
		imageOutput: 15,
	});
});

it('finds dated snapshots', () => {
	expect(findImageModel('gpt-image-2-2026-04-21')?.id).toBe('gpt-image-2');
	expect(findImageModel('gpt-image-2.5-flare-2026-09-08')?.id).toBe('gpt-image-2.5-flare');
	expect(findImageModel('gpt-image-2.5')).toBeUndefined();
});

it('prices mainline models', () => {
	expect(findChatModel('gpt-5.4')).toMatchObject({ input: 2.5, inputCached: 0.25, output: 15 });
	expect(findChatModel('gpt-5.6')?.id).toBe('gpt-5.6-sol');
	expect(findChatModel('gpt-6.1-sol')?.refusedEfforts).toEqual(['none']);
});

it('only 2.6 takes complexity, gif and svg; 2.5 and 2.6 take markup; only 1.5 takes fidelity', () => {
	const live = imageModels.filter((row) => row.status !== 'retired');
	const ids = (rows: typeof live) => rows.map((row) => row.id);
	const on26 = ['gpt-image-2.6-sunburst', 'gpt-image-2.6-flare'];
	const on25 = ['gpt-image-2.5-sunburst', 'gpt-image-2.5-flare'];
	expect(ids(live.filter((row) => row.complexities.length > 0))).toEqual(on26);
	expect(ids(live.filter((row) => row.formats.includes('svg')))).toEqual(on26);
	expect(ids(live.filter((row) => row.markup))).toEqual([...on25, ...on26]);
	expect(ids(live.filter((row) => row.qualities.includes('max')))).toEqual([...on25, ...on26]);
	expect(ids(live.filter((row) => row.inputFidelities.length > 0))).toEqual(['gpt-image-1.5']);
});

it('every named size is legal on gpt-image-2', () => {
	const rule = findImageModel('gpt-image-2')?.sizes;
	for (const { size } of namedSizes) {
		const dimensions = parseSize(size);
		if (!rule || !dimensions) throw new Error(size);
		expect([size, brokenSizeRules(rule, dimensions)]).toEqual([size, []]);
	}
});

describe('the list of models', () => {
	it('is the table without retired models when the API cannot be asked', () => {
		const ids = modelChoices(undefined).map(({ id }) => id);
		expect(ids[0]).toBe('gpt-image-2');
		expect(ids).toContain('gpt-image-1.5');
		expect(ids).not.toContain('gpt-image-1');
		expect(ids).not.toContain('dall-e-3');
	});

	it('says what the key can use, when models stop, and which models are new', () => {
		const choices = modelChoices([
			{ id: 'gpt-image-2', shutdownDate: undefined },
			{ id: 'gpt-image-1.5', shutdownDate: '2026-12-01' },
			{ id: 'gpt-image-1-mini', shutdownDate: 1_796_083_200 },
			{ id: 'gpt-image-3', shutdownDate: undefined },
			{ id: 'gpt-5.4', shutdownDate: undefined },
			{ id: 'dall-e-3', shutdownDate: undefined },
		]);
		const note = (id: string) => choices.find((choice) => choice.id === id)?.note;
		expect(note('gpt-image-1.5')).toBe('stops on 2026-12-01');
		expect(note('gpt-image-1-mini')).toBe('stops on 2026-12-01');
		expect(note('gpt-image-2.5-flare')).toContain('not listed for this key');
		expect(note('gpt-image-3')).toContain('not in this node');
		expect(note('gpt-5.4')).toBeUndefined();
		expect(note('dall-e-3')).toBeUndefined();
	});
});
