import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { flatPng } from '../openai-double/testing';
import { generate, image, messagesOf } from './gpt-image';
import { setUp, startAfresh } from './set-up';

/** What of the input an image would overwrite, and what its file is called. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => startAfresh(double));

const invoice = () => ({
	data: Buffer.from('an invoice').toString('base64'),
	mimeType: 'application/pdf',
	fileName: 'invoice.pdf',
});

const first = async (
	parameters: IDataObject,
	item: INodeExecutionData,
): Promise<INodeExecutionData | undefined> => {
	const { items, error } = await generate(double, parameters, { items: [item] });
	expect(error).toBeUndefined();
	return items[0];
};

describe('what the image would overwrite', () => {
	it('is kept under another name, and the item says so', async () => {
		const item = await first(
			{},
			{ json: { sku: 'A', image: 'a.jpg' }, binary: { data: invoice() } },
		);
		expect(item?.json).toMatchObject({ sku: 'A', imageInput: 'a.jpg' });
		expect(item?.binary?.data_input?.fileName).toBe('invoice.pdf');
		expect(item?.binary?.data?.fileName).toBe('a-mug.png');
		expect(image(item).warnings).toEqual([
			{
				code: 'input_renamed',
				message: "The input already has a binary field 'data': it is now 'data_input'",
			},
			{
				code: 'input_renamed',
				message: "The input already has a field 'image': it is now 'imageInput'",
			},
		]);
	});

	it('leaves a field of any name in its place', async () => {
		const json = JSON.parse('{ "__proto__": { "a": 1 }, "image": "a.jpg" }') as IDataObject;
		const item = await first({}, { json });
		expect(Object.keys(item?.json ?? {})).toEqual(['__proto__', 'imageInput', 'image']);
	});

	it.each(['binary', 'file'])('an item whose %s is null, as code may give it', async (what) => {
		const binary = what === 'binary' ? null : { data: null };
		const given = { json: {}, binary } as unknown as INodeExecutionData;
		expect((await first({}, given))?.binary?.data?.fileName).toBe('a-mug.png');
		const { error } = await generate(
			double,
			{ operation: 'edit', images: { values: [{ source: 'allFields' }] } },
			{ items: [given] },
		);
		expect(error?.message).toBe("'Images' has no image [item 0]");
	});

	it('gets a name that is free', async () => {
		const item = await first(
			{},
			{
				json: { image: 1, imageInput: 2 },
				binary: { data: invoice(), data_input: { ...invoice(), fileName: 'older.pdf' } },
			},
		);
		expect(item?.json).toMatchObject({ imageInput: 2, imageInput2: 1 });
		expect(item?.binary?.data_input?.fileName).toBe('older.pdf');
		expect(item?.binary?.data_input2?.fileName).toBe('invoice.pdf');
	});

	it('of an earlier node of ours is kept without a word: its cost is not lost', async () => {
		const earlier = await first({}, { json: {} });
		const later = await first({ prompt: 'a jug' }, earlier ?? { json: {} });
		expect(later?.json.imageInput).toMatchObject({ cost: { usd: 0.00592 }, fileName: 'a-mug.png' });
		expect(later?.binary?.data_input?.fileName).toBe('a-mug.png');
		expect(later?.binary?.data?.fileName).toBe('a-jug.png');
		expect(image(later).warnings).toEqual([]);
	});

	it('gives way where it is the image that was edited', async () => {
		const photo = { mimeType: 'image/png', fileName: 'photo.png' };
		const data = (await flatPng(1024, 1024)).toString('base64');
		const item = await first(
			{ operation: 'edit', prompt: 'autumn' },
			{ json: {}, binary: { data: { ...photo, data } } },
		);
		expect(Object.keys(item?.binary ?? {})).toEqual(['data']);
		expect(messagesOf(item).join()).not.toContain('already has');
	});

	it('needs no other name where the input is not kept', async () => {
		const item = await first(
			{ options: { keepInput: false } },
			{ json: { image: 'a.jpg', sku: 'A' } },
		);
		expect(Object.keys(item?.json ?? {})).toEqual(['image']);
		expect(messagesOf(item)).toEqual([]);
	});
});

describe('file names of a run', () => {
	const namesOf = async (parameters: IDataObject, ...texts: string[]) => {
		const { items, error } = await generate(
			double,
			{ prompt: '={{ $json.what }}', ...parameters },
			{ items: texts.map((what) => ({ json: { what } })) },
		);
		expect(error).toBeUndefined();
		return items.map((item) => item.binary?.data?.fileName);
	};

	it('differ, in the order of the items, whichever image comes first', async () => {
		// The first takes longest.
		const names = await namesOf(
			{ options: { fileName: '={{ $json.what.slice(0, 3) }}' } },
			'mug [[slow 600]]',
			'mug b',
			'mug c',
			'jug',
		);
		expect(names).toEqual(['mug.png', 'mug-2.png', 'mug-3.png', 'jug.png']);
	});

	it('differ also where one is what another would be numbered, and in capitals', async () => {
		expect(await namesOf({}, 'mug', 'mug', 'mug 2', 'MUG')).toHaveLength(4);
		const names = await namesOf({}, 'cup', 'cup', 'cup 2', 'CUP');
		expect(new Set(names.map((name) => name?.toLowerCase())).size).toBe(4);
	});

	it('have an index only where an item has several images', async () => {
		expect(await namesOf({ options: { fileName: 'x-{index}' } }, 'a')).toEqual(['x.png']);
		expect(await namesOf({ options: { fileName: 'y', numberOfImages: 2 } }, 'b', 'c')).toEqual([
			'y-1.png',
			'y-2.png',
			'y-1-2.png',
			'y-2-2.png',
		]);
	});
});
