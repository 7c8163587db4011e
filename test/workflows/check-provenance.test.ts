import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';
import type { Double } from '../openai-double';
import { runGptImage, type NodeRun } from './gpt-image';
import { setUp } from './set-up';

let double: Double;
let made: INodeExecutionData;
beforeAll(async () => {
	double = await setUp();
	const { items } = await runGptImage({
		baseUrl: double.url,
		parameters: { prompt: 'a fox', size: '816x816', quality: 'low' },
	});
	[made = { json: {} }] = items;
});
afterAll(async () => await double.close());
beforeEach(() => double.reset());

const check = async (
	items: readonly INodeExecutionData[],
	parameters: IDataObject = {},
	more: Partial<NodeRun> = {},
) =>
	await runGptImage({
		baseUrl: double.url,
		items,
		parameters: { operation: 'checkProvenance', ...parameters },
		...more,
	});

const file = (bytes: Buffer, mimeType = 'image/png'): INodeExecutionData => ({
	json: { row: 1 },
	binary: { data: { data: bytes.toString('base64'), mimeType, fileName: 'a.png' } },
});

async function photo(): Promise<Buffer> {
	const create = { width: 64, height: 64, channels: 3 as const, background: 'teal' };
	return await sharp({ create }).png().toBuffer();
}

it("tells OpenAI's image from another; fields and image pass through", async () => {
	const { items, error } = await check([made, file(await photo())]);
	expect(error).toBeUndefined();
	const time = '2026-11-28T12:00:00Z';
	expect(items.map(({ json }) => json.provenance)).toEqual([
		{
			c2pa: {
				outcome: 'detected',
				validationState: 'trusted',
				issuer: 'OpenAI OpCo, LLC',
				model: 'gpt-image-2',
				generatedAt: time,
			},
			synthid: { outcome: 'detected', model: 'gpt-image-2', generatedAt: time },
		},
		{
			c2pa: {
				outcome: 'not_detected',
				validationState: 'not_present',
				issuer: null,
				model: null,
				generatedAt: null,
			},
			synthid: { outcome: 'not_detected', model: null, generatedAt: null },
		},
	]);
	expect(items[0]?.json.image).toEqual(made.json.image);
	expect(items[1]).toMatchObject({
		json: { row: 1 },
		binary: { data: { fileName: 'a.png' } },
		pairedItem: 1,
	});
	expect(double.journal.map(({ method, path }) => `${method} ${path}`)).toEqual([
		'POST /v1/content_provenance_checks',
		'POST /v1/content_provenance_checks',
	]);
});

it.each(['png', 'jpeg', 'webp', 'gif'] as const)(
	'a %s that is cut off is refused unsent: its mark may be missing',
	async (format) => {
		const whole = await sharp(await photo())
			.toFormat(format)
			.toBuffer();
		const cut = file(whole.subarray(0, whole.length - 5));
		const { error } = await check([cut]);
		expect(error?.message).toContain(
			`is cut off: the end of the ${format.toUpperCase()} is missing`,
		);
		expect(double.journal).toHaveLength(0);
		expect((await check([file(whole)])).error).toBeUndefined();
	},
);

it('keeps a field of its name', async () => {
	const { items, run } = await check([{ ...file(await photo()), json: { provenance: 'France' } }]);
	expect(items[0]?.json).toMatchObject({
		provenanceInput: 'France',
		provenance: { synthid: { outcome: 'not_detected' } },
	});
	expect(run.data.resultData.runData['GPT Image']?.[0]?.hints).toContainEqual(
		expect.objectContaining({ message: expect.stringContaining("now 'provenanceInput'") }),
	);
});

it.each([
	['a text file', file(Buffer.from('Hello'), 'text/plain'), {}, 'cannot be checked'],
	['no image', { json: {} }, { images: { values: [] } }, "'Images' is not one file"],
	[
		'a URL',
		{ json: {} },
		{ images: { values: [{ source: 'url', url: 'https://example.com/a.png' }] } },
		"'Images' is not one file",
	],
	[
		'two images',
		file(Buffer.from('Hello')),
		{ images: { values: [{ source: 'field' }, { source: 'field' }] } },
		"'Images' is not one file",
	],
])('%s is refused before anything is sent', async (_name, item, parameters, message) => {
	const { error } = await check([item], parameters);
	expect(error?.message).toContain(message);
	expect(double.journal).toEqual([]);
});

it('a failed item stays in its place', async () => {
	const { items } = await check(
		[file(Buffer.from('Hello')), file(await photo())],
		{},
		{
			settings: { onError: 'continueRegularOutput' },
		},
	);
	expect(items[0]?.json).toMatchObject({ error: expect.stringContaining('cannot be checked') });
	expect(items[1]?.json.provenance).toBeDefined();
});
