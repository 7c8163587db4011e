import type { IDataObject } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { speckled, withThumbnail } from '../core/pixels/samples';
import { ask, imageItem, itemOf, questionsSent } from './questions';
import { setUp, startAfresh } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => {
	startAfresh(double);
	double.options.answers = [
		{
			answer: {
				altText: 'A blue mug on a table, steam rising from it, beside an open book',
				title: 'Blue mug',
				caption: 'Morning.',
				tags: ['mug', 'blue'],
				fileName: '../../Blue Mug: morning.png',
				textSeen: 'HELLO',
				language: 'en',
			},
		},
	];
});

it('the contract keys, cut at a word and safe as a file name; the image passes through', async () => {
	const { items } = await ask(double, 'describe', {
		options: { altTextLength: 30, language: 'German', context: 'The mug is called Ada' },
	});
	expect(items[0]?.json.description).toMatchObject({
		altText: 'A blue mug on a table, steam',
		title: 'Blue mug',
		caption: 'Morning.',
		tags: ['mug', 'blue'],
		fileName: 'blue-mug-morning-png',
		textSeen: 'HELLO',
		language: 'en',
		chatModel: 'gpt-5.4',
		usage: { inputCached: 0 },
		warnings: [],
	});
	expect(items[0]?.binary?.data?.fileName).toBe('mug.png');
	const text = JSON.stringify(questionsSent(double)[0]);
	expect(text).toContain('at most 30 characters');
	expect(text).toContain('Write in German');
	expect(text).toContain('The mug is called Ada');
});

it("a product's own description stays under another name, and the answer says so", async () => {
	const { items } = await ask(
		double,
		'describe',
		{},
		{ items: [await imageItem(64, 64, { description: 'Handmade', sku: 'A' })] },
	);
	expect(items[0]?.json).toMatchObject({ sku: 'A', descriptionInput: 'Handmade' });
	const { warnings } = items[0]?.json.description as IDataObject;
	expect(warnings).toMatchObject([{ code: 'input_renamed' }]);
});

it.each<[string, IDataObject, string]>([
	['a length of 5', { altTextLength: 5 }, "'Alt Text Length' is 5"],
	[
		'a context of 4,001 characters',
		{ context: 'c'.repeat(4_001) },
		"'Context' has 4,001 characters",
	],
])('%s is refused before anything is sent', async (_what, options, message) => {
	const { error } = await ask(double, 'describe', { options });
	expect(error?.message).toContain(message);
	expect(double.journal).toEqual([]);
});

it('refuses a photo that is cut off before anything is sent, also one with a thumbnail', async () => {
	const photo = await withThumbnail(await speckled(640, 480).jpeg().toBuffer());
	const cut = photo.subarray(0, Math.floor(photo.length * 0.9));
	const { error } = await ask(double, 'describe', {}, { items: [itemOf(cut)] });
	expect(error?.message).toContain('the end of the JPEG is missing');
	expect(double.journal).toEqual([]);
});
